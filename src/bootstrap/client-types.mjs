/** The calls the client for browsers offers, of all there are. */
const offered = [
  'POST /auth/login',
  'POST /auth/login/seat',
  'POST /auth/login/second-factor/begin',
  'POST /auth/login/second-factor',
  'POST /auth/login/passkey/options',
  'POST /auth/login/passkey',
  'POST /auth/resume',
  'POST /auth/step-up',
  'POST /auth/logout',
  'GET /auth/session',
  'GET /auth/session/data',
  'PATCH /auth/session/data',
  'GET /auth/sessions',
  'DELETE /auth/sessions/{ref}',
  'POST /auth/sessions/end-others',
  'GET /auth/seat',
  'POST /auth/token',
  'GET /auth/factors',
  'POST /auth/factors/passkeys/options',
  'POST /auth/factors/passkeys',
  'POST /auth/factors/totp',
  'POST /auth/factors/totp/{id}/confirm',
  'POST /auth/factors/email',
  'POST /auth/factors/recovery-codes',
  'PATCH /auth/factors/{id}',
  'DELETE /auth/factors/{id}',
  'GET /auth/browsers',
  'DELETE /auth/browsers',
  'DELETE /auth/browsers/{id}',
  'POST /auth/register',
  'POST /auth/verify-email',
  'POST /auth/verify-email/resend',
  'POST /auth/password/forgot',
  'POST /auth/password/reset',
  'POST /auth/password/change',
  'POST /auth/not-me',
  'POST /auth/invitations/accept',
  'POST /auth/set-up',
  'GET /auth/account',
  'PATCH /auth/account',
  'DELETE /auth/account',
  'POST /auth/account/email',
  'POST /auth/account/email/confirm',
  'POST /auth/account/keep',
  'POST /auth/account/sign-out-everywhere',
];

/** The TypeScript types of the client for browsers, from the server's OpenAPI document. To be formatted. */
export function clientTypes(document) {
  const operations = new Map(offered.map((name) => [name, operationOf(document, name)]));
  const view = typeOf(replyOf(operations.get('GET /auth/session')));
  const events = operationOf(document, 'GET /auth/events').responses[200].content ?? {};
  const told = operationOf(document, 'GET /auth/events').responses[200]['x-events'];
  if (events['text/event-stream'] === undefined) throw new Error('GET /auth/events is no stream');
  const calls = [...operations].map(([name, operation]) => {
    const body = operation.requestBody;
    const sent = body === undefined ? '' : ` body${body.required ? '' : '?'}: ${typeOf(schemaOf(body))};`;
    const told = repliesOf(operation).map(typeOf).join(' | ').replaceAll(view, 'SessionView');
    const reply = told.replaceAll(`${view.slice(0, -1)}`, 'SessionView & { ');
    return `  /** ${operation.summary}. */\n  '${name}': {${sent} reply: ${reply || 'undefined'} };`;
  });
  const slugs = Object.keys(document.components.schemas).map((slug) => `  | '${slug}'`);
  return `// Made from the OpenAPI document by src/bootstrap/client-types.mjs. Not to be changed by hand.

/** The name of a problem. */
export type ProblemSlug =\n${slugs.join('\n')};

/** Who is signed in, where they sit, and until when. */
export interface SessionView ${view}

/** Why a session has ended, and whether a remembered browser may come back by itself. */
export interface Ended ${typeOf(told.ended)}

/** When the session ends unless it is used, and when in any case. */
export interface Expiring ${typeOf(told.expiring)}

/** What the calls take and answer. */
export interface Calls {
${calls.join('\n')}
}
`;
}

function operationOf({ paths }, name) {
  const [method, path] = name.split(' ');
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`the document does not tell of ${name}`);
  return operation;
}

const schemaOf = ({ content }) => content['application/json'].schema;
const replyOf = ({ responses }) => schemaOf(responses[200]);

function repliesOf({ responses }) {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const schemas = good.map(([, reply]) => (reply.content === undefined ? { const: undefined } : schemaOf(reply)));
  return schemas.filter((schema, i) => schemas.findIndex((one) => typeOf(one) === typeOf(schema)) === i);
}

/** The type a JSON Schema describes, as far as the document uses it. */
function typeOf(schema) {
  if ('const' in schema) return schema.const === undefined ? 'undefined' : literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return [...new Set(either.map(typeOf))].join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array': {
      const item = typeOf(schema.items ?? {});
      return / \| /.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return objectOf(schema);
    default:
      return 'unknown';
  }
}

function objectOf({ properties, required = [], additionalProperties }) {
  if (properties === undefined) return `Record<string, ${typeOf(additionalProperties || {})}>`;
  const fields = Object.entries(properties).map(([name, schema]) => {
    const key = /^\w+$/.test(name) ? name : literal(name);
    return `${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema)};`;
  });
  return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join(' ')} }`;
}

function literal(value) {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}
