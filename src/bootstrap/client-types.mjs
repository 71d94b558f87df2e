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

/** What many calls take or answer, the call it is the whole answer of, and what is said of it. */
const named = {
  SessionView: ['GET /auth/session', 'Who is signed in, where they sit, and until when'],
  Factor: ['PATCH /auth/factors/{id}', 'One of the second factors of a person'],
  Account: ['POST /auth/set-up', 'An account, as it is told when it is made'],
  OwnAccount: ['GET /auth/account', 'The account of whoever is signed in'],
};

/** The TypeScript types of the client for browsers, from the server's OpenAPI document. To be formatted. */
export function clientTypes(document) {
  const operations = offered.map((name) => [name, operationOf(document, name)]);
  const shapes = Object.entries(named).map(([name, [call, what]]) => {
    const [schema] = repliesOf(operationOf(document, call));
    return { name, what, fields: fieldsOf(schema, []) };
  });
  const events = operationOf(document, 'GET /auth/events').responses[200];
  if (events.content?.['text/event-stream'] === undefined) throw new Error('GET /auth/events is no stream');
  const { ended, expiring } = events['x-events'];
  const slugs = Object.keys(document.components.schemas).map((slug) => `  | '${slug}'`);
  return `// Made from the OpenAPI document by src/bootstrap/client-types.mjs. Not to be changed by hand.

/** The name of a problem. */
export type ProblemSlug =\n${slugs.join('\n')};

${shapes.map(({ name, what, fields }) => `/** ${what}. */\nexport interface ${name} { ${fields.join(' ')} }`).join('\n\n')}

/** Why a session has ended, and whether a remembered browser may come back by itself. */
export interface Ended ${typeOf(ended)}

/** When the session ends unless it is used, and when in any case. */
export interface Expiring ${typeOf(expiring)}

/** What the calls take and answer. */
export interface Calls {
${operations.map(([name, operation]) => callOf(name, operation, shapes)).join('\n')}
}
`;
}

function callOf(name, operation, shapes) {
  const body = operation.requestBody;
  const sent = body === undefined ? '' : ` body${body.required ? '' : '?'}: ${typeOf(schemaOf(body), shapes)};`;
  const reply = eitherOf(repliesOf(operation), shapes) || 'undefined';
  return `  /** ${operation.summary}. */\n  '${name}': {${sent} reply: ${reply} };`;
}

function operationOf({ paths }, name) {
  const [method, path] = name.split(' ');
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`the document does not tell of ${name}`);
  return operation;
}

const schemaOf = ({ content }) => content['application/json'].schema;

function repliesOf({ responses }) {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return good.map(([, reply]) => (reply.content === undefined ? { const: undefined } : schemaOf(reply)));
}

/** The type a JSON Schema describes, as far as the document uses it; `shapes` are told by their names. */
function typeOf(schema, shapes = []) {
  if ('const' in schema) return schema.const === undefined ? 'undefined' : literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return eitherOf(either, shapes);
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, shapes)).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array': {
      const item = typeOf(schema.items ?? {}, shapes);
      return / [|&] /.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return objectOf(schema, shapes);
    default:
      return 'unknown';
  }
}

function eitherOf(schemas, shapes) {
  const types = [...new Set(schemas.map((schema) => typeOf(schema, shapes)))];
  return types.length === 1 ? types[0] : types.map((type) => (/^\w+ & /.test(type) ? `(${type})` : type)).join(' | ');
}

function objectOf(schema, shapes) {
  const { properties, additionalProperties } = schema;
  if (properties === undefined) return `Record<string, ${typeOf(additionalProperties || {}, shapes)}>`;
  const fields = fieldsOf(schema, shapes);
  if (fields.length === 0) return 'Record<string, never>';
  const shape = shapes.find((one) => one.fields.every((field, i) => field === fields[i]));
  const own = fields.slice(shape?.fields.length ?? 0);
  const more = own.length === 0 ? [] : [`{ ${own.join(' ')} }`];
  return [...(shape === undefined ? [] : [shape.name]), ...more].join(' & ');
}

function fieldsOf({ properties, required = [] }, shapes) {
  return Object.entries(properties).map(([name, schema]) => {
    const key = /^\w+$/.test(name) ? name : literal(name);
    return `${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, shapes)};`;
  });
}

function literal(value) {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}
