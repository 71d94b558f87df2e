import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FastPath, type FastPathParts } from '../../src/http/fast-path.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';
import { type Answered, type Door, firefox, type Visitor, WebLab } from '../support/web-lab.js';

let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: WebLab;
let fast: Door;
let express: Door;
let cookie: Visitor;
let bearer: Visitor;
let ended: Visitor;

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  lab = new WebLab(links.pair[0]);
  [fast, express] = [await lab.serve({ fastPath: true }), await lab.serve({ fastPath: false })];
  cookie = await lab.visitor({ email: 'zoë%@example.org' });
  bearer = await lab.visitor({ delivery: 'bearer' });
  ended = await lab.visitor();
  await lab.end(ended, { reason: 'ended-by-staff', message: 'Maintenance at noon' });
});

afterAll(async () => {
  await lab.close();
  await links.close();
  await redis.stop();
});

/** All of an answer but what differs from request to request, which the length of the request's id is part of. */
function essence({ status, headers, text }: Answered) {
  const { date: _, 'x-request-id': id, 'content-length': length, ...others } = headers;
  const body = text.replace(String(id), 'ID');
  const bytes = length === undefined ? null : Number(length) - text.length + body.length;
  return { status, headers: others, hasId: typeof id === 'string', bytes, text: body };
}

const paths = [
  '/auth/session',
  '/auth/verify',
  '/auth/verify?role=user&licence=A-1',
  '/auth/verify?permission=a.b,c.d',
  '/auth/verify?redirect=1',
];
const withCookie = (value: () => string) => () => ({ cookie: value(), 'user-agent': firefox });
const cases: Record<string, () => Record<string, string | string[]>> = {
  'a cookie': () => cookie.headers,
  'a bearer token': () => bearer.headers,
  'a cookie behind others': () => ({ ...cookie.headers, cookie: `a=b; ${cookie.headers['cookie']}; c=d` }),
  'a background request': () => ({ ...cookie.headers, 'x-background': '1' }),
  nobody: () => ({}),
  'nobody who opens a page': () => ({ accept: 'text/html', 'sec-fetch-mode': 'navigate', 'x-original-uri': '/a?b' }),
  'an ended session': () => ended.headers,
  'the cookie twice': withCookie(() => `${cookie.headers['cookie']}; ${cookie.headers['cookie']}`),
  'a foreign cookie before ours': withCookie(() => `sid=s%3Aforeign; ${cookie.headers['cookie']}`),
  'a tampered cookie': withCookie(() => String(cookie.headers['cookie']).replace(/.$/, '~')),
  'a truncated cookie': withCookie(() => String(cookie.headers['cookie']).slice(0, -5)),
  'an unsigned cookie': withCookie(() => `sid=${cookie.issued.id}`),
  'a huge cookie': withCookie(() => `sid=s%3A${'a'.repeat(7000)}`),
  'a cookie session as bearer': () => ({ authorization: `Bearer ${cookie.issued.signed}`, 'user-agent': firefox }),
  'a bearer session as cookie': withCookie(() => `sid=${encodeURIComponent(`s:${bearer.issued.signed}`)}`),
  'a cookie beside a foreign authorization': () => ({ ...cookie.headers, authorization: 'Basic YTpi' }),
  'an origin of another site': () => ({ ...cookie.headers, origin: 'https://evil.example' }),
  'the method of a form': () => ({ ...cookie.headers, 'x-original-method': 'POST', 'sec-fetch-site': 'cross-site' }),
  'the method of a reader': () => ({ ...cookie.headers, 'x-original-method': 'GET', 'sec-fetch-site': 'cross-site' }),
  'the method of our page': () => ({
    ...cookie.headers,
    'x-forwarded-method': 'PATCH',
    'sec-fetch-site': 'same-origin',
  }),
  'identity headers of its own': () => ({ ...cookie.headers, 'x-auth-user': 'root', 'x-auth-roles': 'admin' }),
};

describe.each(paths)('the two doors answer GET %s alike', (path) => {
  it.each(Object.keys(cases))('to %s', async (name) => {
    const headers = (cases[name] ?? (() => ({})))();
    const [one, other] = [await fast.ask('GET', path, { headers }), await express.ask('GET', path, { headers })];
    expect(essence(one)).toEqual(essence(other));
    expect(one.status).toBeLessThan(500);
  });

  it('to somebody on another client, whose session has ended for it', async () => {
    const [first, second] = [await lab.visitor(), await lab.visitor()];
    const stranger = (visitor: Visitor) => ({ ...visitor.headers, 'user-agent': 'curl/8.5.0' });
    const one = await fast.ask('GET', path, { headers: stranger(first) });
    const other = await express.ask('GET', path, { headers: stranger(second) });
    expect(essence(one)).toEqual(essence(other));
    expect([one.status, one.json.type]).toEqual([403, '/problems/different-client']);
    const owner = await fast.ask('GET', path, { headers: { ...first.headers, accept: 'application/json' } });
    expect([owner.status, owner.json.reason]).toEqual([401, 'user-agent']);
  });

  it('with the same log line', async () => {
    const lines = await Promise.all(
      [fast, express].map(async (door) => {
        const { headers } = await door.ask('GET', path, { headers: cookie.headers });
        await new Promise((resolve) => setTimeout(resolve, 20));
        const {
          time: _,
          ms,
          requestId,
          ...line
        } = lab.lines.find((entry) => entry['requestId'] === headers['x-request-id']) ?? {};
        return { ...line, timed: typeof ms, identified: typeof requestId };
      }),
    );
    expect(lines[0]).toEqual(lines[1]);
    expect(lines[0]).toMatchObject({
      level: path.includes('permission') ? 'info' : 'debug',
      route: path.replace(/\?.*/, ''),
      status: path.includes('permission') ? 403 : 200,
      userId: cookie.userId,
      timed: 'number',
    });
  });
});

it('is open to what a proxy asks about a request that only reads, and to no other method', () => {
  const path = new FastPath({} as FastPathParts);
  const takes = (headers: Record<string, string>) =>
    path.takes({ method: 'GET', url: '/auth/verify', headers } as unknown as IncomingMessage);
  expect([takes({}), takes({ 'x-original-method': 'GET' }), takes({ 'x-forwarded-method': 'GET' })]).not.toContain(
    false,
  );
  for (const method of ['POST', 'get', 'GET, GET', '']) {
    expect([takes({ 'x-original-method': method }), takes({ 'x-forwarded-method': method })]).toEqual([false, false]);
  }
});

it('answers what is unusual through Express, with the same result', async () => {
  for (const [method, path] of [
    ['HEAD', '/auth/session'],
    ['GET', '/auth/session?x=1'],
    ['GET', '/auth/session/'],
    ['GET', '/auth/Session'],
    ['GET', '/auth/verify?redirect=1'],
    ['GET', '/auth/verify?redirect=2'],
    ['GET', '/auth/verify?refused=1'],
    ['GET', '/auth/verify?rol=admin'],
    ['GET', '/auth/verify?role=a&role=b'],
    ['GET', '/auth/verify?'],
    ['GET', '/auth/verify/?role=a'],
    ['POST', '/auth/session'],
    ['OPTIONS', '/auth/session'],
  ] as const) {
    const [one, other] = [await fast.ask(method, path), await express.ask(method, path)];
    expect(essence(one)).toEqual(essence(other));
  }
});

it('counts both doors in the metrics', async () => {
  for (const door of [fast, express]) {
    const { text } = await door.ask('GET', '/metrics');
    expect(text).toMatch(/duration_seconds_count\{method="GET",route="\/auth\/session",status="200"\} [1-9]/);
    expect(text).toMatch(/usher_session_checks_total\{outcome="live"\} [1-9]/);
  }
});
