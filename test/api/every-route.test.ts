import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { permissions, type RoutePermission } from '../../src/access/permissions.js';
import { permissionsOf } from '../../src/access/roles.js';
import type { Route } from '../../src/kernel/route.js';
import { DocumentSchemas } from '../support/document-schemas.js';
import type { Guest } from '../support/guest.js';
import { type RouteCall, routeCalls, routeRoles, type Subject, targetOf } from '../support/route-calls.js';
import { Subjects } from '../support/subjects.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';

// jest wants the names of the tests before anything runs; that they are the server's routes is a test of its own.
const names = Object.keys(routeCalls);
const isUnsafe = (name: string) => !name.startsWith('GET ');

let server: WholeServer;
let subjects: Subjects;
let routes: Map<string, Route<RoutePermission>>;
// biome-ignore lint/suspicious/noExplicitAny: the OpenAPI document is looked into as it is.
let document: any;
let documents: DocumentSchemas;
let idle: Subject;
let plain: { readonly cookie: Guest; readonly bearer: Guest };
let staff: Guest;
let admin: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  subjects = new Subjects(server);
  routes = new Map(server.usher.web.routes.map((route) => [`${route.method} ${route.path}`, route]));
  document = (await server.client.ask('GET', '/openapi.json')).json;
  documents = new DocumentSchemas(document);
  idle = (await subjects.one()).subject;
  plain = { cookie: await server.world.enter(idle.member), bearer: await bearerOf(idle) };
  staff = await server.world.staff('staff');
  admin = await server.world.staff('admin');
  for (const name of Object.values(routeRoles))
    await server.world.root.must(201, 'POST', '/admin/api/roles', { name, permissions: ['report:write'] });
}, 60_000);

afterAll(() => server?.stop());

const bearerOf = (subject: Subject) => server.world.enter(subject.member, { delivery: 'bearer' });

function routeOf(name: string): Route<RoutePermission> {
  const route = routes.get(name);
  assert.ok(route !== undefined, `the server answers ${name}`);
  return route;
}

function callOf(name: string, subject: Subject): RouteCall {
  const call = routeCalls[name];
  assert.ok(call !== undefined);
  return call(subject);
}

/** Makes the call of a route, as it is or with another body. */
function make(name: string, subject: Subject, guest: Guest, body?: unknown): Promise<Answered> {
  const call = callOf(name, subject);
  const sent = body ?? call.body;
  // What is open to everybody wants the type of a body where there is none.
  const typed: Record<string, string> = sent === undefined ? {} : { 'content-type': 'application/json' };
  return guest.ask(routeOf(name).method, targetOf(call), {
    headers: typed,
    ...(sent === undefined ? {} : { body: sent }),
  });
}

/** Whatever is asked: the headers every answer has, and the status among those the OpenAPI document tells. */
function expectCommon(name: string, answer: Answered): void {
  const { headers } = answer;
  expect(headers['x-request-id']).toMatch(/^[\w-]{8,}$/);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  });
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-powered-by']).toBeUndefined();
  // Keys are what may be kept, for a while.
  expect(headers['etag'] === undefined).toBe(answer.status >= 400 || !/ \/\.well-known\//.test(name));
  if (/ \/(?:auth|admin\/api)\//.test(name)) expect(headers['cache-control']).toBe('no-store');
  expect(Object.keys(described(name).responses)).toContain(String(answer.status));
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function described(name: string): any {
  const { method, path } = routeOf(name);
  return document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
}

/** The answer by the document alone, as somebody reads it who has never seen the code. */
function expectAsDocumented(name: string, answer: Answered): void {
  const { content } = described(name).responses[answer.status];
  if (content === undefined) return;
  const type = String(answer.headers['content-type']).split(';', 1)[0] ?? '';
  const { schema } = content[type] ?? {};
  expect([type, schema !== undefined]).toEqual([type, true]);
  if (answer.json !== undefined) expect(documents.faults(schema, answer.json)).toEqual([]);
}

function expectProblem(name: string, answer: Answered, status: number, slug: string): void {
  expect([answer.status, answer.json?.type]).toEqual([status, `/problems/${slug}`]);
  expect(answer.json.instance).toBe(answer.headers['x-request-id']);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expectCommon(name, answer);
  expectAsDocumented(name, answer);
}

describe('the routes', () => {
  it('are those this test knows a good call of', () => {
    expect([...routes.keys()].sort()).toEqual(names.toSorted());
  });

  it('are those of the OpenAPI document', () => {
    const told = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(told.sort()).toEqual([...routes.keys()].sort());
  });
});

describe('the reader of the document', () => {
  it('finds what is missing, too much or of another kind', () => {
    const { schema } = described('GET /auth/seat').responses[200].content['application/json'];
    expect(documents.faults(schema, { licenceId: null, limit: null, used: null, free: null })).toEqual([]);
    expect(documents.faults(schema, { licenceId: 1, limit: null, used: null })).toHaveLength(2);
    const refused = described('GET /auth/seat').responses[401].content['application/problem+json'].schema;
    expect(documents.faults(refused, { type: '/problems/not-signed-in' })).not.toEqual([]);
  });
});

describe.each(names)('%s', (name) => {
  it('states who may call it, and tells so in the OpenAPI document', () => {
    const { permission, summary } = routeOf(name);
    expect(['public', 'session', ...Object.keys(permissions)]).toContain(permission);
    const { security, description } = described(name);
    expect(described(name).summary).toBe(summary);
    if (permission === 'public') expect(security).toEqual([]);
    else {
      const cookie = isUnsafe(name) ? { cookie: [], csrf: [] } : { cookie: [] };
      expect(security).toEqual([cookie, { bearer: [] }]);
    }
    if (permission !== 'public' && permission !== 'session') expect(description).toContain(`\`${permission}\``);
    expect(name.includes(' /admin/api/')).toBe(permission !== 'public' && permission !== 'session');
  });

  it('answers 401 to whoever is not signed in, unless it is open to everybody', async () => {
    const route = routeOf(name);
    if (route.permission === 'public') return;
    const answer = await make(name, idle, server.nobody);
    if (name === 'POST /auth/logout') expect(answer.status).toBe(204);
    else if (name === 'GET /auth/verify') expect(answer.status).toBe(302);
    else {
      expectProblem(name, answer, 401, 'not-signed-in');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expectCommon(name, answer);
  });

  it('answers 403 and names the permission to whoever lacks it', async () => {
    const { permission } = routeOf(name);
    if (permission === 'public' || permission === 'session') return;
    for (const guest of [plain.cookie, plain.bearer]) {
      const answer = await make(name, idle, guest);
      expectProblem(name, answer, 403, 'forbidden');
      expect(answer.json.permission).toBe(permission);
    }
    expect(permissionsOf(['staff'])).toContain(permission);
  });

  it('refuses what changes something without the token of the session, or from another site', async () => {
    const { permission } = routeOf(name);
    if (!isUnsafe(name) || permission === 'public') return;
    const without = await make(name, idle, admin.with({ 'x-csrf-token': undefined }));
    expectProblem(name, without, 403, 'cross-site-request');
    const wrong = await make(name, idle, admin.with({ 'x-csrf-token': 'AAAAAAAA-aaaaaaaaaaaaaaaaaaaaaaaaaaa' }));
    expectProblem(name, wrong, 403, 'cross-site-request');
    const elsewhere = await make(name, idle, admin.with({ origin: 'https://elsewhere.example' }));
    expectProblem(name, elsewhere, 403, 'cross-site-request');
    const beside = await make(name, idle, admin.with({ 'sec-fetch-site': 'same-site' }));
    expectProblem(name, beside, 403, 'cross-site-request');
  });

  it('refuses an unknown field of the body, and names it', async () => {
    const guest = routeOf(name).permission === 'session' ? plain.cookie : admin;
    if (!isUnsafe(name)) {
      const answer = await guest.ask('GET', targetOf(callOf(name, idle)), { body: { unknown: 1 } });
      expectProblem(name, answer, 400, 'invalid-request');
      return;
    }
    const body = { ...callOf(name, idle).body, unknown: 1 };
    // The session's own data have whatever fields the application gives them, and reports whatever browsers write.
    if (name === 'PATCH /auth/session/data' || name === 'POST /csp-reports') return;
    const answer = await make(name, idle, guest, body);
    expectProblem(name, answer, 400, 'invalid-request');
    const pointer = routeOf(name).input.body === undefined ? '' : '/unknown';
    expect(answer.json.errors).toEqual([{ pointer, rule: expect.any(String) }]);
  });

  it('refuses an unknown query parameter where it takes any', async () => {
    const route = routeOf(name);
    if (route.input.query === undefined) return;
    const call = callOf(name, idle);
    const guest = route.permission === 'session' ? plain.cookie : admin;
    const target = targetOf({ ...call, query: { ...call.query, unknown: '1' } });
    const answer = await guest.ask(route.method, target, call.body === undefined ? {} : { body: call.body });
    expectProblem(name, answer, 400, 'invalid-request');
    expect(answer.json.errors).toEqual([{ pointer: 'query:unknown', rule: expect.any(String) }]);
  });

  it('answers a good call as its schema and the OpenAPI document tell', async () => {
    const route = routeOf(name);
    const { subject, member } = await subjects.one({
      invited: /invitation/.test(name),
      waiting: name === 'POST /auth/login/seat',
      enrolled: /factors/.test(name),
    });
    const byStaff = route.permission !== 'session' && route.permission !== 'public';
    const asMember = route.permission === 'session' || name === 'POST /auth/resume';
    const guest = byStaff ? staff : asMember ? member : server.nobody;
    // Only the first start has a link, and it has been used.
    const answer = name === 'POST /auth/set-up' ? server.setUp : await make(name, subject, guest);
    expect([answer.status, answer.json?.errors]).toEqual([callOf(name, subject).status, undefined]);
    expectCommon(name, answer);
    // Where the call is well-formed, and what it names is nobody's.
    expectAsDocumented(name, answer);
    if (answer.status >= 400) {
      expect(route.problems).toContain(answer.json.type.replace('/problems/', ''));
      return;
    }
    expect(Object.keys(route.replies)).toContain(String(answer.status));
    const silent = !route.replies[answer.status] && route.streams === undefined;
    expect(described(name).responses[answer.status].content === undefined).toBe(silent);
    const schema = route.replies[answer.status];
    if (schema) expect(schema.parse(answer.json)).toEqual(answer.json);
    else if (answer.status === 204) expect(answer.text).toBe('');
  });
});

describe('what only an administrator may do', () => {
  const decisions = [
    ['make a staff account', 'POST', '/admin/api/users', { email: 'new@example.org', roles: ['staff'] }],
    ['make an administrator', 'POST', '/admin/api/users', { email: 'new@example.org', roles: ['admin'] }],
    ['change an administrator', 'PATCH', 'admin', { name: 'X' }],
    ['reset the password of a colleague', 'POST', 'staff/reset', undefined],
    ['give staff rights', 'PATCH', 'user', { roles: ['staff'] }],
    ['disable a colleague', 'POST', 'staff/disable', undefined],
    ['enable a colleague', 'POST', 'staff/enable', undefined],
    ['delete an administrator', 'DELETE', 'admin', undefined],
  ] as const;

  it.each(decisions)('staff are refused to %s, and an administrator is not', async (_what, method, where, body) => {
    const [role, verb] = where.split('/');
    const target = { user: 'user', staff: 'staff', admin: 'admin' }[role ?? ''] as
      | 'user'
      | 'staff'
      | 'admin'
      | undefined;
    let path: string = where;
    if (target !== undefined) {
      const { id } = await server.world.account([target]);
      path = `/admin/api/users/${id}${verb === undefined ? '' : `/${verb}`}`;
    }
    const given =
      body === undefined
        ? {}
        : { body: { ...body, ...('email' in body && { email: `${Math.random()}@example.org` }) } };
    const refused = await staff.ask(method, path, given);
    expect([refused.status, refused.json.type, refused.json.permission]).toEqual([
      403,
      '/problems/forbidden',
      'staff.write',
    ]);
    expect((await admin.ask(method, path, given)).status).toBeLessThan(300);
  });
});
