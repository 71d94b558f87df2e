import { z } from 'zod';
import { permissions, type RoutePermission } from '../access/permissions.js';
import { type ProblemSlug, problems } from '../kernel/problems.js';
import { JsonText, type Route, route } from '../kernel/route.js';
import { bodyTypes } from './body-types.js';
import type { Example } from './examples/example.js';
import { ownExamples } from './examples/own.js';
import { staffExamples } from './examples/staff.js';
import { problemSchemas } from './problem-schemas.js';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the routes: paths, inputs, replies, problems, and who may call. */
function openApiDocument(routes: readonly Route<RoutePermission>[], server: { url: string; cookie: string }): Json {
  const paths: Record<string, Json> = {};
  for (const declared of routes) {
    const path = declared.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [declared.method.toLowerCase()]: operation(declared) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Usher',
      version: '1',
      description: 'Sessions and concurrent licence seats for single-page applications.',
    },
    servers: [{ url: server.url }],
    paths,
    components: {
      schemas: Object.fromEntries(slugs.map((slug) => [slug, problemSchema(slug)])),
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: server.cookie },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

/** `GET /openapi.json`: the document of `routes` and of itself, made once. */
export function openApiRoute(
  routes: readonly Route<RoutePermission>[],
  server: { url: string; cookie: string },
  permission: RoutePermission = 'public',
): Route<RoutePermission> {
  let text: string | null = null;
  const self: Route<RoutePermission> = route({
    method: 'GET',
    path: '/openapi.json',
    permission,
    summary: 'This description of the interface',
    input: {},
    replies: { 200: z.record(z.string(), z.unknown()) },
    handle: async () => {
      text ??= JSON.stringify(openApiDocument([...routes, self], server));
      return { status: 200, body: new JsonText(text) };
    },
  });
  return self;
}

const slugs = Object.keys(problems).filter((slug): slug is ProblemSlug => Object.hasOwn(problems, slug));

function operation(declared: Route<RoutePermission>): Json {
  const { method, permission, input } = declared;
  const unsafe = method !== 'GET';
  const required = input.body?.safeParse(undefined).success === false;
  const body = input.body === undefined ? {} : { requestBody: { required, content: contentOf(declared, input.body) } };
  return {
    summary: declared.summary,
    description: who(declared),
    parameters: [...parameters(input.params, 'path'), ...parameters(input.query, 'query', examplesOf(declared))],
    ...body,
    security: permission === 'public' ? [] : [unsafe ? { cookie: [], csrf: [] } : { cookie: [] }, { bearer: [] }],
    responses: withAnswers({ ...success(declared), ...failures(declared, unsafe) }, examplesOf(declared)),
  };
}

const examples: Readonly<Record<string, readonly Example[]>> = { ...ownExamples, ...staffExamples };

function examplesOf({ method, path }: Route<RoutePermission>): readonly Example[] {
  return examples[`${method} ${path}`] ?? [];
}

/** The examples by their place, as OpenAPI names them. */
function shown(found: readonly Example[], value: (example: Example) => unknown): Json {
  const entries = found.map((example, i) => [`${i + 1}`, { summary: example.summary, value: value(example) }] as const);
  const present = entries.filter(([, { value: given }]) => given !== undefined);
  return present.length === 0 ? {} : { examples: Object.fromEntries(present) };
}

/** The responses, with what the examples are answered. */
function withAnswers(responses: Json, found: readonly Example[]): Json {
  const entries = Object.entries(responses).map(([status, response]) => {
    const told = shown(found, ({ answer }) => (String(answer?.[0]) === status ? answer?.[1] : undefined));
    const { content, ...rest } = response as { content?: Record<string, Json> };
    if (content === undefined || told['examples'] === undefined) return [status, response];
    const filled = Object.entries(content).map(([type, described]) => [type, { ...described, ...told }]);
    return [status, { ...rest, content: Object.fromEntries(filled) }];
  });
  return Object.fromEntries(entries);
}

function who({ permission, managers }: Route<RoutePermission>): string {
  if (permission === 'public') return 'Open to everybody.';
  if (permission === 'session') return 'Needs a live session.';
  const needed = `Needs the permission \`${permission}\`: ${permissions[permission]}.`;
  return managers === undefined ? needed : `${needed} Licence managers may call it about what they manage.`;
}

function success({ replies, streams }: Route<RoutePermission>): Json {
  if (streams !== undefined) return { 200: eventStream(streams) };
  const entries = Object.entries(replies).map(([status, schema]) => [
    status,
    { description: `Status ${status}`, ...(schema === null ? {} : { content: json(schema, 'output') }) },
  ]);
  return Object.fromEntries(entries);
}

/** OpenAPI has no words for single events: their names and data are told beside. */
function eventStream(streams: Readonly<Record<string, z.ZodType>>): Json {
  const events = Object.entries(streams).map(([name, schema]) => [name, schemaOf(schema, 'output')]);
  return {
    description: `Server-sent events: ${Object.keys(streams).join(', ')}. Ends with the session.`,
    content: { 'text/event-stream': { schema: { type: 'string' } } },
    'x-events': Object.fromEntries(events),
  };
}

/** The problems of a route: those it declares and those that its kind brings with it. */
function failures(
  { permission, managers, stepUp, problems: declared, replies }: Route<RoutePermission>,
  unsafe: boolean,
): Json {
  const all = new Set<ProblemSlug>(['invalid-request', ...declared, 'internal']);
  if (unsafe) for (const slug of ['payload-too-large', 'cross-site-request'] as const) all.add(slug);
  if (permission !== 'public') {
    for (const slug of ['not-signed-in', 'session-ended', 'different-client', 'store-unavailable'] as const)
      all.add(slug);
    if (stepUp !== undefined) all.add('step-up-required');
    if (permission !== 'session') all.add('forbidden');
    if (managers !== undefined) all.add('not-found');
  }
  const statuses = new Set([...all].map((slug) => problems[slug].status));
  const entries = [...statuses].map((status) => {
    const found = [...all].filter((slug) => problems[slug].status === status);
    const schema = { oneOf: found.map((slug) => ({ $ref: `#/components/schemas/${slug}` })) };
    const description = found.map((slug) => `\`${slug}\``).join(', ');
    return [String(status), { description, content: { 'application/problem+json': { schema } } }] as const;
  });
  return Object.fromEntries(entries.filter(([status]) => !Object.hasOwn(replies, status)));
}

const membersOf: Readonly<Record<string, z.ZodType>> = problemSchemas;

function problemSchema(slug: ProblemSlug): Json {
  const members = membersOf[slug];
  return {
    type: 'object',
    title: problems[slug].title,
    description: `${problems[slug].what} ${problems[slug].mend}`,
    required: ['type', 'title', 'status', 'detail', 'instance'],
    properties: {
      type: { const: `/problems/${slug}` },
      title: { type: 'string' },
      status: { const: problems[slug].status },
      detail: { type: 'string' },
      instance: { type: 'string', description: 'The request id, also in `X-Request-Id`.' },
    },
    ...(members === undefined ? {} : { allOf: [schemaOf(members, 'output')] }),
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query', found: readonly Example[] = []): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(field, undefined).success,
    schema: schemaOf(field, 'input'),
    ...shown(found, ({ query }) => query?.[name]),
  }));
}

/** What a body may be written as. */
function contentOf(declared: Route<RoutePermission>, body: z.ZodType): Json {
  const told = { schema: schemaOf(body, 'input'), ...shown(examplesOf(declared), (one) => one.body) };
  return Object.fromEntries(bodyTypes(declared).map((type) => [type, told]));
}

function json(schema: z.ZodType, io: 'input' | 'output'): Json {
  return { 'application/json': { schema: schemaOf(schema, io) } };
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...found } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return found;
}
