import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { tagPrefix } from '../../src/sessions/keys.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';
import { type Door, type Visitor, WebLab } from '../support/web-lab.js';

const home = 'http://127.0.0.1:3000';
const friend = 'https://app.example.org';
let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: WebLab;
let door: Door;
let visitor: Visitor;

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  lab = new WebLab(links.pair[0]);
  door = await lab.serve({ config: { CORS_ORIGINS: [friend] } });
});

afterAll(async () => {
  await lab.close();
  await links.close();
  await redis.stop();
});

beforeEach(async () => {
  visitor = await lab.visitor();
});

const change = (headers: Record<string, string>) =>
  door.ask('PATCH', '/auth/session/data', { headers: { ...visitor.headers, ...headers }, body: { a: 1 } });

describe('a request that the session cookie authenticates and that changes something', () => {
  it('passes with the token of sign-in, from a program or from a page of ours', async () => {
    const token = { 'x-csrf-token': visitor.csrfToken };
    for (const headers of [
      {},
      { 'sec-fetch-site': 'same-origin', origin: home },
      { origin: home },
      { origin: friend },
    ]) {
      expect((await change({ ...token, ...headers })).status).toBe(200);
    }
  });

  it('is refused without the token, with that of another session, or with a made-up one', async () => {
    const other = await lab.visitor();
    for (const token of [undefined, '', 'x', other.csrfToken, `${visitor.csrfToken}x`, `${visitor.csrfToken}, x`]) {
      const answer = await change(token === undefined ? {} : { 'x-csrf-token': token });
      expect([answer.status, answer.json.type]).toEqual([403, '/problems/cross-site-request']);
    }
    expect((await door.ask('GET', '/auth/session/data', { headers: visitor.headers })).json).toEqual({});
  });

  it('is refused when the browser says that it comes from elsewhere, even with the token (ASVS 3.5.1)', async () => {
    const token = { 'x-csrf-token': visitor.csrfToken };
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin, cross-site' },
      { 'sec-fetch-site': 'cross-site', origin: home },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${home}.evil.example` },
      { origin: `${home}/` },
    ]) {
      const answer = await change({ ...token, ...headers });
      expect([headers, answer.status, answer.json.type]).toEqual([headers, 403, '/problems/cross-site-request']);
    }
  });

  it('fails by itself, and the server goes on, when somebody has damaged the data of the session in Redis', async () => {
    const { tag, handle } = visitor.issued;
    const key = `${tagPrefix(tag)}:s:${handle}`;
    await links.pair[0].send(key, ['HSET', key, 'd:a', '{', 'z', '5']);
    const answer = await change({ 'x-csrf-token': visitor.csrfToken });
    expect([answer.status, answer.json.type]).toEqual([500, '/problems/internal']);
  });

  it('does not take the token from a body or a query', async () => {
    const token = visitor.csrfToken;
    const inBody = await door.ask('PATCH', '/auth/session/data', { headers: visitor.headers, body: { _csrf: token } });
    const inQuery = await door.ask('POST', `/auth/logout?_csrf=${token}`, { headers: visitor.headers });
    expect([inBody.status, inQuery.status]).toEqual([403, 403]);
    expect((await door.ask('GET', '/auth/session', { headers: visitor.headers })).status).toBe(200);
  });
});

it('asks no token of a bearer session, whatever the origin says', async () => {
  const program = await lab.visitor({ delivery: 'bearer' });
  const answer = await door.ask('PATCH', '/auth/session/data', { headers: program.headers, body: { a: 1 } });
  expect([answer.status, answer.json]).toEqual([200, { a: 1 }]);
});

describe('a request without a session that changes something', () => {
  const signIn = (headers: Record<string, string>, body: unknown = { delivery: 'cookie' }) =>
    door.ask('POST', '/test/sign-in', { headers, body });

  it('is refused from another site, so that nobody is signed in as somebody else', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const answer = await signIn(headers as Record<string, string>);
      expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
    }
  });

  it('is refused in a type that forms can send', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonp',
    ]) {
      const answer = await signIn({ 'content-type': type }, '{"delivery":"cookie"}');
      expect([answer.status, answer.json.errors]).toEqual([
        400,
        [{ pointer: 'header:content-type', rule: 'must be application/json' }],
      ]);
    }
  });

  it('is let through from a page of ours', async () => {
    expect((await signIn({ 'sec-fetch-site': 'same-origin', origin: home })).status).toBe(200);
    expect((await signIn({ 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
  });
});

describe('CORS_ORIGINS', () => {
  it('lets the listed origins ask first and call with credentials', async () => {
    const headers = { origin: friend, 'access-control-request-method': 'PATCH' };
    const preflight = await door.ask('OPTIONS', '/auth/session/data', { headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': friend,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const call = await door.ask('GET', '/auth/session', { headers: { ...visitor.headers, origin: friend } });
    expect([call.status, call.headers['access-control-allow-origin']]).toEqual([200, friend]);
  });

  it('says nothing to any other origin', async () => {
    for (const origin of ['https://evil.example', home, 'null']) {
      const headers = { ...visitor.headers, origin, 'access-control-request-method': 'GET' };
      for (const method of ['OPTIONS', 'GET']) {
        const answer = await door.ask(method, '/auth/session', { headers });
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
    }
  });
});
