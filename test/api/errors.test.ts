import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { RoutePermission } from '../../src/access/permissions.js';
import { Problem } from '../../src/kernel/problem.js';
import { problems } from '../../src/kernel/problems.js';
import { type Route, route } from '../../src/kernel/route.js';
import { StoreRefusesWrites, StoreUnavailable } from '../../src/platform/unavailable.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';
import { type Answered, type Door, type Visitor, WebLab } from '../support/web-lab.js';

let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: WebLab;
let door: Door;
let visitor: Visitor;

const thrown: Record<string, () => unknown> = {
  problem: () => new Problem('too-many-attempts', { retryAfterSeconds: 2.5 }),
  redis: () => new StoreUnavailable('redis'),
  postgres: () => new StoreUnavailable('postgres'),
  writes: () => new StoreRefusesWrites(),
  bug: () => new Error('the password is hunter2'),
  text: () => 'a text',
  nothing: () => undefined,
};

const routes: Route<RoutePermission>[] = [
  route({
    method: 'GET',
    path: '/test/throw/:what',
    permission: 'public',
    summary: 'Throws',
    input: { params: z.object({ what: z.string() }) },
    replies: {},
    handle: async ({ params }) => {
      throw thrown[params.what]?.();
    },
  }),
  route({
    method: 'POST',
    path: '/test/things/:id',
    permission: 'public',
    summary: 'Takes a thing',
    input: {
      params: z.object({ id: z.string().regex(/^\d+$/, 'must be a number') }),
      query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
      body: z.object({ name: z.string().max(10), seats: z.number().int(), password: z.string().optional() }),
    },
    replies: { 200: null },
    handle: async ({ body, query }) => ({ status: 200, body: { body, query } }),
  }),
  route({
    method: 'GET',
    path: '/test/staff',
    permission: 'session.list',
    summary: 'For staff',
    input: {},
    replies: { 200: null },
    handle: async () => ({ status: 200, body: {} }),
  }),
];

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  lab = new WebLab(links.pair[0]);
  door = await lab.serve({ routes });
  visitor = await lab.visitor();
});

afterAll(async () => {
  await lab.close();
  await links.close();
  await redis.stop();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  door.ask('POST', path, { body, headers });
const faults = (answer: Answered): string[] => {
  expect([answer.status, answer.json?.type]).toEqual([400, '/problems/invalid-request']);
  return answer.json.errors.map((fault: { pointer: string }) => fault.pointer).sort();
};

describe('a problem', () => {
  it('is RFC 9457, uncached, and carries the request id', async () => {
    const answer = await door.ask('GET', '/auth/session');
    expect(answer.status).toBe(401);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'www-authenticate': 'Bearer',
    });
    expect(answer.json).toEqual({
      type: '/problems/not-signed-in',
      title: problems['not-signed-in'].title,
      status: 401,
      detail: problems['not-signed-in'].what,
      instance: answer.headers['x-request-id'],
    });
  });

  it.each([
    ['problem', 429, 'too-many-attempts', '3'],
    ['redis', 503, 'store-unavailable', '1'],
    ['postgres', 503, 'store-unavailable', '1'],
    ['writes', 503, 'store-unavailable', '1'],
    ['bug', 500, 'internal', undefined],
    ['text', 500, 'internal', undefined],
  ])('thrown as %s is answered with %i %s', async (what, status, slug, wait) => {
    const answer = await door.ask('GET', `/test/throw/${what}`);
    expect([answer.status, answer.json.type, answer.headers['retry-after']]).toEqual([
      status,
      `/problems/${slug}`,
      wait,
    ]);
  });

  it('tells nothing of a fault of ours, which is logged with its stack under the same id (ASVS 16.5.1)', async () => {
    const answer = await door.ask('GET', '/test/throw/bug');
    expect(answer.text).not.toMatch(/hunter2|Error|at /);
    const line = lab.lines.find((entry) => entry['requestId'] === answer.json.instance && entry['err'] !== undefined);
    expect(line).toMatchObject({ level: 'error', err: { stack: expect.stringContaining('errors.test') } });
  });

  it('is explained at its type, to people and to programs', async () => {
    for (const slug of Object.keys(problems)) {
      expect((await door.ask('GET', `/problems/${slug}`)).json).toMatchObject({ slug });
      const page = await door.ask('GET', `/problems/${slug}`, { headers: { accept: 'text/html' } });
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    }
    expect((await door.ask('GET', '/problems/nothing')).status).toBe(404);
  });
});

describe('what is not there', () => {
  it('is not found, and the methods that are there are named', async () => {
    const answer = await door.ask('DELETE', '/auth/session/data', { headers: visitor.headers });
    expect([answer.status, answer.json.type, answer.headers['allow']]).toEqual([
      404,
      '/problems/not-found',
      'GET, HEAD, PATCH',
    ]);
    for (const path of [
      '/',
      '/auth',
      '/auth/session/x',
      '/auth/session/',
      '/AUTH/session',
      '/auth%2fsession',
      '//auth/session',
    ]) {
      expect([path, (await door.ask('GET', path)).status]).toEqual([path, 404]);
    }
  });

  it('is refused by name to whoever lacks the permission', async () => {
    const answer = await door.ask('GET', '/test/staff', { headers: visitor.headers });
    expect([answer.status, answer.json.permission]).toEqual([403, 'session.list']);
    const staff = await lab.visitor({ permissions: ['session.list'] });
    expect((await door.ask('GET', '/test/staff', { headers: staff.headers })).status).toBe(200);
    expect((await door.ask('GET', '/test/staff')).status).toBe(401);
  });
});

describe('a bad request', () => {
  it('is told all its faults at once, each by its place', async () => {
    const answer = await post('/test/things/x?limit=0&colour=red', { seats: '5', name: ['a'], extra: 1, 'a/b~c': 2 });
    expect(faults(answer)).toEqual(['/a~1b~0c', '/extra', '/name', '/seats', 'path:id', 'query:colour', 'query:limit']);
  });

  it.each([
    ['no object', '[]', ['']],
    ['a text', '"x"', ['']],
    ['nothing', undefined, ['']],
    ['broken JSON', '{"a":', ['']],
    ['a prototype', '{"name":"a","seats":1,"__proto__":{"admin":true}}', ['/__proto__']],
    ['a lone surrogate', '{"name":"\\ud800","seats":1}', ['/name']],
    ['NUL', '{"name":"a\\u0000","seats":1}', ['/name']],
    ['a deep nest', `{"name":${'['.repeat(5000)}${']'.repeat(5000)},"seats":1}`, ['/name/0/0']],
    ['no number', '{"name":"a","seats":1e999}', ['/seats']],
  ])('with a body that is %s is refused', async (_, body, pointers) => {
    const answer = await door.ask('POST', '/test/things/1', {
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    expect(faults(answer)).toEqual(pointers);
  });

  it('may have NUL in a password and nowhere else', async () => {
    expect((await post('/test/things/1', { name: 'a', seats: 1, password: 'a\0b' })).status).toBe(200);
  });

  it('is refused when its body is compressed, in another charset, too large, or not wanted', async () => {
    const body = '{"name":"a","seats":1}';
    expect(faults(await post('/test/things/1', body, { 'content-encoding': 'gzip' }))).toEqual([
      'header:content-encoding',
    ]);
    expect(faults(await post('/test/things/1', body, { 'content-type': 'application/json; charset=latin1' }))).toEqual([
      'header:content-type',
    ]);
    const large = await post('/test/things/1', { name: 'a'.repeat(70_000), seats: 1 });
    expect([large.status, large.json.type]).toEqual([413, '/problems/payload-too-large']);
    const program = await lab.visitor({ delivery: 'bearer' });
    expect(faults(await post('/auth/sessions/end-others', { a: 1 }, program.headers))).toEqual(['']);
    expect((await post('/auth/sessions/end-others', {}, program.headers)).status).toBe(200);
    expect(faults(await door.ask('GET', '/auth/session', { headers: visitor.headers, body: { a: 1 } }))).toEqual(['']);
  });

  it('is refused when a query parameter is given twice', async () => {
    expect(faults(await post('/test/things/1?limit=1&limit=2', { name: 'a', seats: 1 }))).toEqual(['query:limit']);
  });
});

describe('a malformed request', () => {
  const cookie = () => `Cookie: ${visitor.headers['cookie']}\r\nUser-Agent: ${visitor.headers['user-agent']}\r\n`;
  const head = (lines: string, target = '/auth/session') =>
    `GET ${target} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`;
  it.each([
    ['two Host headers', () => head(`Host: a\r\nHost: b\r\n${cookie()}`)],
    ['no Host', () => head(cookie())],
    ['two Authorization headers', () => head('Host: a\r\nAuthorization: Bearer x\r\nAuthorization: Bearer y\r\n')],
    ['an absolute target', () => head(`Host: a\r\n${cookie()}`, 'http://evil.example/auth/session')],
    ['broken percent-encoding', () => head('Host: a\r\n', '/problems/%ff')],
    [
      'a bad expectation',
      () =>
        `POST /auth/logout HTTP/1.1\r\nHost: a\r\nExpect: nothing\r\nContent-Type: a/b\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc`,
    ],
    ['NUL in a header', () => head('Host: a\r\nX-A: \0\r\n')],
    ['two lengths', () => 'POST /auth/logout HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
    [
      'a length and chunks',
      () => 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a huge header', () => head(`Host: a\r\nX-A: ${'a'.repeat(20_000)}\r\n`)],
    ['no HTTP at all', () => 'hello\r\n\r\n'],
  ])('with %s is a problem too', async (_, bytes) => {
    const answer = await door.raw(bytes());
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
    expect(answer.toLowerCase()).toContain('x-request-id: ');
  });

  it('takes two Cookie lines as one, and a session cookie in both as none', async () => {
    const twice = head(`Host: a\r\n${cookie()}Cookie: ${visitor.headers['cookie']}\r\n`);
    expect(await door.raw(twice)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await door.raw(head(`Host: a\r\n${cookie()}Cookie: a=b\r\n`))).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it('answers every request with the same strict headers, and HSTS only by https', async () => {
  const secure = await lab.serve({ config: { PUBLIC_URL: 'https://app.example.org', secure: true } });
  for (const path of ['/auth/session', '/nothing', '/health/live', '/test/throw/bug']) {
    const plain = await door.ask('GET', path);
    expect(plain.headers).toMatchObject({
      'content-security-policy': "default-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(plain.headers['strict-transport-security']).toBeUndefined();
    expect(plain.headers['x-powered-by']).toBeUndefined();
    expect((await secure.ask('GET', path)).headers['strict-transport-security']).toMatch(/^max-age=63072000/);
  }
});
