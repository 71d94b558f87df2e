import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { signInRoutes } from '../../src/sign-in/routes.js';
import { SignInLab } from '../support/sign-in-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';
import { type Answered, type Door, firefox, WebLab } from '../support/web-lab.js';

let redis: RedisServer;
let database: TestDatabase;
let dataSource: DataSource;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: SignInLab;
let web: WebLab;
let door: Door;

beforeAll(async () => {
  [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
  dataSource = await createDataSource(database.url, schema).initialize();
  links = await openLinks(redis.url);
  lab = new SignInLab(dataSource, links.pair[0]);
  web = new WebLab(links.pair[0]);
  // The tests come from many addresses, one for each account, as they would through a proxy.
  door = await web.serve({ routes: signInRoutes(lab), config: { TRUST_PROXY: 'loopback' } });
});

afterAll(async () => {
  await web.close();
  await lab.close();
  await links.close();
  await dataSource.destroy();
  await Promise.all([redis.stop(), database.stop()]);
});

const origin = { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' };
const login = (body: unknown, headers: Record<string, string> = origin, from = lab.newAddress()) =>
  door.ask('POST', '/auth/login', { body, headers: { 'user-agent': firefox, 'x-forwarded-for': from, ...headers } });
const setCookies = (answer: Answered) => [answer.headers['set-cookie'] ?? []].flat();
const cookieOf = (answer: Answered) =>
  setCookies(answer)
    .map((line) => line.split(';')[0])
    .join('; ');

async function seatedUser(seats = 3, roles = ['user']) {
  const user = await lab.user({ roles });
  return { user, licence: await lab.licence([user], { seats }), body: { identifier: user.email, password: 'right' } };
}

describe('POST /auth/login', () => {
  it('sets the session cookie and the device cookie, unreadable to scripts, and answers what GET /auth/session answers (ASVS 3.3.4)', async () => {
    const { body } = await seatedUser();
    const answer = await login(body);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const lines = setCookies(answer);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^(sid|device)=[^;]+;.*HttpOnly/);
    for (const line of lines) expect(line).toMatch(/SameSite=Lax/);
    expect(lines.find((line) => line.startsWith('sid='))).not.toMatch(/Max-Age|Expires/i);
    expect(lines.find((line) => line.startsWith('device='))).toMatch(/Max-Age=34560000/);
    const session = await door.ask('GET', '/auth/session', {
      headers: { cookie: cookieOf(answer), 'user-agent': firefox },
    });
    expect(session.status).toBe(200);
    expect({ ...session.json, session: null }).toEqual({ ...answer.json, session: null });
    expect(session.json.session.ref).toBe(answer.json.session.ref);
  });

  it('confirms the seat once the answer has left', async () => {
    const { body, licence } = await seatedUser();
    const before = Date.now();
    await login(body);
    const expiry = async () => (await lab.store.list(licence, {}, 1, null)).items[0]?.expiresAtMs ?? 0;
    for (let i = 0; i < 100 && (await expiry()) < before + 3_000_000; i += 1)
      await new Promise((done) => setTimeout(done, 10));
    expect(await expiry()).toBeGreaterThan(before + 3_000_000);
  });

  it('gives a program its token in the body and sets no cookie', async () => {
    const { body } = await seatedUser();
    const answer = await login({ ...body, delivery: 'bearer' }, { 'sec-fetch-mode': 'cors' });
    expect(answer.status).toBe(200);
    expect(setCookies(answer)).toEqual([]);
    const headers = { authorization: `Bearer ${answer.json.sessionToken}`, 'user-agent': firefox };
    expect((await door.ask('GET', '/auth/session', { headers })).status).toBe(200);
    const asCookie = { cookie: `sid=${encodeURIComponent(`s:${answer.json.sessionToken}`)}`, 'user-agent': firefox };
    expect((await door.ask('GET', '/auth/session', { headers: asCookie })).status).toBe(401);
    expect(await login({ ...body, delivery: 'bearer' })).toMatchObject({
      status: 400,
      json: { type: '/problems/invalid-request', errors: [{ pointer: '/delivery' }] },
    });
  });

  it('sets no cookie on a failed sign-in, and answers the unknown and the wrong with the same bytes', async () => {
    const { user } = await seatedUser();
    const wrong = await login({ identifier: user.email, password: 'wrong' });
    const unknown = await login({ identifier: 'nobody-here@example.org', password: 'wrong' });
    for (const answer of [wrong, unknown]) {
      expect(answer.status).toBe(401);
      expect(setCookies(answer)).toEqual([]);
    }
    const bare = (answer: Answered) => answer.text.replace(/"instance":"[^"]*"/, '');
    expect(bare(wrong)).toBe(bare(unknown));
    const names = (answer: Answered) => Object.keys(answer.headers).sort();
    expect(names(wrong)).toEqual(names(unknown));
  });

  it('says in a header too how long to wait after too many wrong passwords', async () => {
    const { body } = await seatedUser();
    for (let i = 0; i < 10; i += 1) await login({ ...body, password: `wrong ${i}` });
    const answer = await login(body);
    expect(answer.status).toBe(429);
    expect(answer.json.retryAfterSeconds).toBeGreaterThan(800);
    expect(answer.headers['retry-after']).toBe(String(answer.json.retryAfterSeconds));
    expect(setCookies(answer)).toEqual([]);
  });

  it('exchanges the seat of a browser that signs in again, on a full licence too', async () => {
    const { body } = await seatedUser(1);
    const first = await login(body);
    expect((await login(body)).status).toBe(409);
    const second = await login(body, { ...origin, cookie: cookieOf(first) });
    expect(second.status).toBe(200);
    const before = { cookie: cookieOf(first), 'user-agent': firefox };
    expect(await door.ask('GET', '/auth/session', { headers: before })).toMatchObject({
      status: 401,
      json: { type: '/problems/session-ended', reason: 'signed-out' },
    });
  });

  it('refuses bad input with every fault at once, never with a fault of its own', async () => {
    const good = { identifier: 'anna@example.org', password: 'right' };
    const answer = await login({ identifier: 7, password: ['x'], extra: 1, delivery: 'both' });
    expect(answer.status).toBe(400);
    const pointers = answer.json.errors.map((fault: { pointer: string }) => fault.pointer).sort();
    expect(pointers).toEqual(['/delivery', '/extra', '/identifier', '/password']);
    const bodies = [
      { ...good, identifier: 'a\0b' },
      '{"identifier":"\\ud800","password":"right"}',
      '{"identifier":"anna","password":"\\udfff"}',
      { ...good, password: 'x'.repeat(1025) },
      { ...good, identifier: 'x'.repeat(255) },
      '[]',
      'null',
      '{"identifier":"a"',
      '',
    ];
    for (const body of bodies) expect([body, (await login(body)).status]).toEqual([body, 400]);
    expect((await login({ ...good, password: 'a\0b' })).status).toBe(401);
  });

  it('refuses a page of another site', async () => {
    const { body } = await seatedUser();
    expect((await login(body, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });
});

describe('GET /admin/api/sign-ins', () => {
  const list = (query: string, headers: Record<string, string>) =>
    door.ask('GET', `/admin/api/sign-ins${query}`, { headers: { 'user-agent': firefox, ...headers } });

  it('shows staff who signed in, when, from where and how it ended, newest first', async () => {
    const { user, licence, body } = await seatedUser();
    await login({ ...body, password: 'wrong' }, origin, '192.0.2.77');
    const { json } = await login(body, origin, '192.0.2.77');
    await lab.signIns.settled();
    const staff = await web.visitor({ permissions: ['sign-in.read'] });
    const answer = await list(`?userId=${user.id}&limit=1`, staff.headers);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      total: 2,
      items: [
        {
          userId: user.id,
          licenceId: licence,
          ip: '192.0.2.77',
          userAgent: firefox,
          outcome: 'signed-in',
          ref: json.session.ref,
          at: expect.stringMatching(/Z$/),
        },
      ],
    });
    const next = await list(`?userId=${user.id}&limit=1&cursor=${answer.json.nextCursor}`, staff.headers);
    expect(next.json).toMatchObject({
      total: 2,
      nextCursor: null,
      items: [{ outcome: 'invalid-credentials', ref: null }],
    });
  });

  it('is refused to everybody else, and for bad queries', async () => {
    expect((await list('', {})).status).toBe(401);
    const visitor = await web.visitor();
    expect(await list('', visitor.headers)).toMatchObject({ status: 403, json: { permission: 'sign-in.read' } });
    const { headers } = await web.visitor({ permissions: ['sign-in.read'] });
    for (const query of [
      '?userId=x',
      '?limit=0',
      '?limit=201',
      '?from=yesterday',
      '?cursor=x',
      '?who=me',
      '?userId=a&userId=b',
    ]) {
      expect([query, (await list(query, headers)).status]).toEqual([query, 400]);
    }
  });
});
