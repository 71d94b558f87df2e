import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';
import { type Door, firefox, type Visitor, WebLab } from '../support/web-lab.js';

let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: WebLab;
let door: Door;

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  lab = new WebLab(links.pair[0]);
  door = await lab.serve();
});

afterAll(async () => {
  await lab.close();
  await links.close();
  await redis.stop();
});

/** One request with the session of `visitor`, and with the token where one is needed. */
const as = (visitor: Visitor, method: string, path: string, body?: unknown) =>
  door.ask(method, path, {
    headers: { ...visitor.headers, ...(method === 'GET' ? {} : { 'x-csrf-token': visitor.csrfToken }) },
    ...(body === undefined ? {} : { body }),
  });

const slugOf = (answer: { status: number; json: { type?: string } | undefined }) => [answer.status, answer.json?.type];

describe('GET /auth/session', () => {
  it('answers the session view', async () => {
    const visitor = await lab.visitor();
    const answer = await as(visitor, 'GET', '/auth/session');
    expect(answer.status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(answer.json).toEqual({
      user: {
        id: visitor.userId,
        email: `${visitor.userId}@example.org`,
        username: null,
        name: 'Zoë',
        verified: true,
        roles: ['user'],
        permissions: [],
      },
      licence: { id: visitor.licenceId, serial: 'A-1', name: 'Licence' },
      session: {
        ref: `${visitor.issued.tag}.${visitor.issued.handle}`,
        createdAt: time,
        lastSeenAt: time,
        expiresAt: time,
        absoluteExpiresAt: time,
        amr: ['pwd'],
        aal: 1,
      },
      data: {},
      csrfToken: visitor.csrfToken,
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('says how a session ended, with what staff wrote, and whether it comes back by itself', async () => {
    const visitor = await lab.visitor();
    await lab.end(visitor, { reason: 'ended-by-staff', message: 'Lunch' });
    const answer = await as(visitor, 'GET', '/auth/session');
    expect(slugOf(answer)).toEqual([401, '/problems/session-ended']);
    expect(answer.json).toMatchObject({ reason: 'ended-by-staff', message: 'Lunch', resumable: false });
  });

  it('answers who never claimed a session that they are not signed in', async () => {
    const visitor = await lab.visitor();
    await lab.end(visitor, { reason: 'unclaimed' });
    expect(slugOf(await as(visitor, 'GET', '/auth/session'))).toEqual([401, '/problems/not-signed-in']);
  });
});

describe('GET /auth/verify', () => {
  it('tells a proxy all there is to know, encoded where a header could not hold them', async () => {
    const visitor = await lab.visitor({ email: 'zoë%@example.org' });
    const { status, headers, text } = await as(visitor, 'GET', '/auth/verify');
    expect([status, text]).toEqual([200, '']);
    expect(headers).toMatchObject({
      'x-auth-user': visitor.userId,
      'x-auth-email': 'zo%C3%AB%25@example.org',
      'x-auth-roles': 'user',
      'x-auth-session': `${visitor.issued.tag}.${visitor.issued.handle}`,
      'x-auth-licence': visitor.licenceId,
      'x-auth-name': 'Zo%C3%AB',
      'x-auth-permissions': '',
      'x-auth-aal': '1',
      'x-auth-assertion': '',
    });
  });

  it('lets a form of another site through to nobody', async () => {
    const visitor = await lab.visitor();
    const asked = (method: string, site: string) =>
      door.ask('GET', '/auth/verify', {
        headers: { ...visitor.headers, 'x-original-method': method, 'sec-fetch-site': site },
      });
    expect(slugOf(await asked('POST', 'cross-site'))).toEqual([403, '/problems/cross-site-request']);
    expect((await asked('POST', 'same-origin')).status).toBe(200);
    expect((await asked('GET', 'cross-site')).status).toBe(200);
  });

  it('shows the way to the sign-in page only when asked to, and back only to a path of this origin', async () => {
    const location = async (uri: string | null, path = '/auth/verify?redirect=1') => {
      const answer = await door.ask('GET', path, uri === null ? {} : { headers: { 'x-original-uri': uri } });
      return [answer.status, answer.headers['location']];
    };
    const page = 'http://127.0.0.1:3000/sign-in';
    expect(await location(null, '/auth/verify')).toEqual([401, undefined]);
    expect(await location(null)).toEqual([302, page]);
    expect(await location('/a?b=c&d')).toEqual([302, `${page}?return_to=%2Fa%3Fb%3Dc%26d`]);
    for (const uri of ['//evil.example', '/\\evil.example', 'https://evil.example', 'evil', '/a b', '/a\\b']) {
      expect(await location(uri)).toEqual([302, page]);
    }
    const visitor = await lab.visitor();
    expect((await as(visitor, 'GET', '/auth/verify?redirect=1')).status).toBe(200);
    expect((await as(visitor, 'GET', '/auth/verify?redirect=2')).status).toBe(400);
  });
});

describe('the cookie of a new session', () => {
  const signIn = (body: unknown, to = door) =>
    to.ask('POST', '/test/sign-in', { body, headers: { 'user-agent': firefox } });

  it('is set once, hidden from scripts, for the browser session, and signs in', async () => {
    const answer = await signIn({ delivery: 'cookie' });
    expect(answer.headers['set-cookie']).toHaveLength(1);
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^sid=s%3A[\w.%-]+; Path=\/; HttpOnly; SameSite=Lax$/);
    const headers = { cookie: cookie.split(';')[0] ?? '', 'user-agent': firefox };
    expect((await door.ask('GET', '/auth/session', { headers })).status).toBe(200);
    expect(lab.fate).toBe('delivered');
  });

  it('is bound to host and https where the server is reached by https (ASVS 3.3.1)', async () => {
    const secure = await lab.serve({ config: { PUBLIC_URL: 'https://app.example.org', secure: true } });
    const answer = await signIn({ delivery: 'cookie' }, secure);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-sid=s%3A\S+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it('is not set for a program, which has its token in the body', async () => {
    const answer = await signIn({ delivery: 'bearer' });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([200, undefined]);
    const headers = { authorization: `Bearer ${answer.json.sessionToken}`, 'user-agent': firefox };
    const view = await door.ask('GET', '/auth/session', { headers });
    expect([view.status, view.json.csrfToken]).toEqual([200, null]);
  });

  it('is taken back to sign-in when nobody waited for it', async () => {
    lab.fate = null;
    const body = '{"delivery":"cookie","pauseMs":200}';
    const head = `POST /test/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    await door.raw(head + body, 50);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(lab.fate).toBe('undelivered');
  });
});

describe('a session that is given a new secret', () => {
  it('keeps its place, its token and its seat, and the browser gets the new cookie', async () => {
    const visitor = await lab.visitor();
    lab.fate = null;
    const answer = await as(visitor, 'POST', '/test/rotate');
    expect([answer.status, answer.headers['set-cookie']?.length, lab.fate]).toEqual([204, 1, 'delivered']);
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(cookie).not.toBe(visitor.headers['cookie']);
    const renewed = { ...visitor, headers: { ...visitor.headers, cookie } };
    const view = await as(renewed, 'GET', '/auth/session');
    expect([view.status, view.json.session.ref]).toEqual([200, `${visitor.issued.tag}.${visitor.issued.handle}`]);
    expect((await as(renewed, 'PATCH', '/auth/session/data', { a: 1 })).status).toBe(200);
    expect((await lab.store.seats(visitor.issued.tag)).used).toBe(1);
  });

  it('gets no cookie with an answer that failed', async () => {
    const visitor = await lab.visitor();
    lab.fate = null;
    const answer = await as(visitor, 'POST', '/test/rotate?fail=1');
    expect([answer.status, answer.headers['set-cookie'], lab.fate]).toEqual([500, undefined, 'undelivered']);
  });
});

describe("a session's own data", () => {
  it('is changed field by field, and null removes a field', async () => {
    const visitor = await lab.visitor();
    expect((await as(visitor, 'PATCH', '/auth/session/data', { a: 1, b: { c: ['é'] } })).json).toEqual({
      a: 1,
      b: { c: ['é'] },
    });
    expect((await as(visitor, 'PATCH', '/auth/session/data', { a: null, d: false })).json).toEqual({
      b: { c: ['é'] },
      d: false,
    });
    expect((await as(visitor, 'GET', '/auth/session/data')).json).toEqual({ b: { c: ['é'] }, d: false });
    expect((await as(visitor, 'GET', '/auth/session')).json.data).toEqual({ b: { c: ['é'] }, d: false });
  });

  it('keeps both of two parallel changes of different fields', async () => {
    const visitor = await lab.visitor();
    const names = Array.from({ length: 50 }, (_, i) => `field${i}`);
    await Promise.all(names.map((name) => as(visitor, 'PATCH', '/auth/session/data', { [name]: name })));
    const { json } = await as(visitor, 'GET', '/auth/session/data');
    expect(Object.keys(json).sort()).toEqual([...names].sort());
  });

  it('comes to at most 16 KiB in all', async () => {
    const visitor = await lab.visitor();
    expect((await as(visitor, 'PATCH', '/auth/session/data', { a: 'x'.repeat(15_000) })).status).toBe(200);
    const answer = await as(visitor, 'PATCH', '/auth/session/data', { b: 'x'.repeat(2_000) });
    expect(slugOf(answer)).toEqual([413, '/problems/payload-too-large']);
    expect(Object.keys((await as(visitor, 'GET', '/auth/session/data')).json)).toEqual(['a']);
  });

  it.each([
    ['an empty name', { '': 1 }],
    ['a long name', { ['x'.repeat(65)]: 1 }],
    ['no object', [1]],
    ['a text', '"x"'],
  ])('refuses %s', async (_, body) => {
    const visitor = await lab.visitor();
    expect(slugOf(await as(visitor, 'PATCH', '/auth/session/data', body))).toEqual([400, '/problems/invalid-request']);
  });

  it('takes names that mean something to JavaScript for what they are', async () => {
    const visitor = await lab.visitor();
    const names = { constructor: 1, toString: 2, cookie: 3, csrfSecret: 4, data: 5, '1': 6 };
    expect((await as(visitor, 'PATCH', '/auth/session/data', names)).json).toEqual(names);
    expect((await as(visitor, 'PATCH', '/auth/session/data', { toString: null })).status).toBe(200);
  });

  it('does not bring back a session that ends meanwhile', async () => {
    for (let round = 0; round < 50; round += 1) {
      const visitor = await lab.visitor();
      const [saved] = await Promise.all([
        as(visitor, 'PATCH', '/auth/session/data', { round }),
        lab.end(visitor, { reason: 'ended-by-staff' }),
      ]);
      expect([200, 401]).toContain(saved.status);
      expect((await as(visitor, 'GET', '/auth/session')).json.reason).toBe('ended-by-staff');
    }
  });
});

describe('signing out', () => {
  it('ends the session, frees the seat, clears the cookie, and may be repeated', async () => {
    const visitor = await lab.visitor();
    const answer = await as(visitor, 'POST', '/auth/logout');
    expect([answer.status, answer.headers['set-cookie']]).toEqual([
      204,
      ['sid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'],
    ]);
    expect((await lab.store.seats(visitor.issued.tag)).used).toBe(0);
    expect((await as(visitor, 'GET', '/auth/session')).json.reason).toBe('signed-out');
    const again = await door.ask('POST', '/auth/logout', { headers: visitor.headers });
    expect([again.status, again.headers['set-cookie']]).toEqual([204, answer.headers['set-cookie']]);
    expect((await door.ask('POST', '/auth/logout')).status).toBe(204);
  });

  it('is refused from another site and without the token', async () => {
    const visitor = await lab.visitor();
    const { headers } = visitor;
    const elsewhere = { ...headers, 'x-csrf-token': visitor.csrfToken, 'sec-fetch-site': 'cross-site' };
    expect((await door.ask('POST', '/auth/logout', { headers: elsewhere })).status).toBe(403);
    expect((await door.ask('POST', '/auth/logout', { headers })).status).toBe(403);
    expect((await as(visitor, 'GET', '/auth/session')).status).toBe(200);
  });

  it('needs neither token nor cookie for a program', async () => {
    const program = await lab.visitor({ delivery: 'bearer' });
    const answer = await door.ask('POST', '/auth/logout', { headers: program.headers });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([204, undefined]);
  });
});

describe("a person's own sessions", () => {
  it('are listed over all licences, and the one that asks is marked', async () => {
    const here = await lab.visitor();
    const there = await lab.visitor({ userId: here.userId });
    await lab.visitor({ licenceId: here.licenceId });
    const { json } = await as(here, 'GET', '/auth/sessions');
    const refs = [here, there].map(({ issued }) => `${issued.tag}.${issued.handle}`);
    expect(json.items.map((item: { ref: string }) => item.ref).sort()).toEqual([...refs].sort());
    expect(json.items.find((item: { current: boolean }) => item.current)).toEqual({
      ref: refs[0],
      current: true,
      createdAt: expect.any(String),
      lastSeenAt: expect.any(String),
      expiresAt: expect.any(String),
      userAgent: firefox,
      ip: '192.0.2.1',
      browser: 'Firefox',
      os: 'Linux',
    });
  });

  it('are ended one by one by their owner and by nobody else', async () => {
    const here = await lab.visitor();
    const there = await lab.visitor({ userId: here.userId });
    const stranger = await lab.visitor({ licenceId: here.licenceId });
    const path = `/auth/sessions/${there.issued.tag}.${there.issued.handle}`;
    expect(slugOf(await as(stranger, 'DELETE', path))).toEqual([404, '/problems/not-found']);
    expect((await as(there, 'GET', '/auth/session')).status).toBe(200);
    expect((await as(here, 'DELETE', path)).status).toBe(204);
    expect((await as(there, 'GET', '/auth/session')).json.reason).toBe('ended-by-user');
    for (const ref of [
      'x',
      `${there.issued.tag}.${there.issued.handle}`,
      `${newId()}.${there.issued.handle}`,
      '%00',
      '..',
    ]) {
      expect([400, 404]).toContain((await as(here, 'DELETE', `/auth/sessions/${ref}`)).status);
    }
  });

  it('clears the cookie when the one that asks is ended', async () => {
    const here = await lab.visitor();
    const answer = await as(here, 'DELETE', `/auth/sessions/${here.issued.tag}.${here.issued.handle}`);
    expect([answer.status, answer.headers['set-cookie']?.[0]]).toEqual([204, expect.stringMatching(/^sid=;/)]);
  });

  it('are ended but for the one that asks', async () => {
    const here = await lab.visitor();
    const others = [await lab.visitor({ userId: here.userId }), await lab.visitor({ userId: here.userId })];
    const answer = await as(here, 'POST', '/auth/sessions/end-others');
    expect([answer.status, answer.json]).toEqual([200, { ended: 2 }]);
    expect((await as(here, 'GET', '/auth/session')).status).toBe(200);
    for (const other of others) expect((await as(other, 'GET', '/auth/session')).json.reason).toBe('ended-by-user');
  });
});

it('tells how full the own licence is', async () => {
  const visitor = await lab.visitor({ licenceId: await lab.licence(3) });
  await lab.visitor({ licenceId: visitor.licenceId });
  const { json } = await as(visitor, 'GET', '/auth/seat');
  expect(json).toEqual({ licenceId: visitor.licenceId, limit: 3, used: 2, free: 1 });
});

describe('staff', () => {
  const staffed = (permissions = ['session.list', 'session.end', 'user.write'], userId = newId<UserId>()) =>
    lab.visitor({ permissions, userId });

  it('see live sessions by licence and by user, in pages, with exact totals', async () => {
    const staff = await staffed();
    const licenceId = await lab.licence(10);
    const seated = [];
    for (let i = 0; i < 5; i += 1) seated.push(await lab.visitor({ licenceId }));
    const first = await as(staff, 'GET', `/admin/api/sessions?licenceId=${licenceId}&limit=3`);
    expect([first.status, first.json.total, first.json.items.length]).toEqual([200, 5, 3]);
    const rest = await as(
      staff,
      'GET',
      `/admin/api/sessions?licenceId=${licenceId}&limit=3&cursor=${first.json.nextCursor}`,
    );
    expect([rest.json.items.length, rest.json.nextCursor]).toEqual([2, null]);
    const [someone] = seated;
    const one = await as(staff, 'GET', `/admin/api/sessions?userId=${someone?.userId}`);
    expect(one.json.items).toMatchObject([
      { user: { id: someone?.userId }, licence: { id: licenceId, name: 'Licence' } },
    ]);
    expect((await as(staff, 'GET', `/admin/api/sessions?q=${someone?.userId}`)).json.total).toBe(1);
    for (const query of [
      'limit=0',
      'limit=1e9',
      'limit=-1',
      'cursor=x',
      'licenceId=x',
      'userId=..',
      'q=',
      'x=1',
      'q=%00',
    ]) {
      expect([query, (await as(staff, 'GET', `/admin/api/sessions?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it('end one session and see the seat free; what is gone already is said to be', async () => {
    const [staff, guest] = [await staffed(), await lab.visitor({ licenceId: await lab.licence(2) })];
    const path = `/admin/api/sessions/${guest.issued.tag}.${guest.issued.handle}?message=Maintenance`;
    const licence = { id: guest.licenceId, limit: 2, used: 0 };
    expect((await as(staff, 'DELETE', path)).json).toEqual({ ended: 1, licence });
    expect((await as(staff, 'DELETE', path)).json).toEqual({ ended: 0, licence });
    expect((await as(guest, 'GET', '/auth/session')).json).toMatchObject({
      reason: 'ended-by-staff',
      message: 'Maintenance',
    });
    expect((await as(staff, 'DELETE', '/admin/api/sessions/nothing')).status).toBe(404);
  });

  it('end sessions by a filter, after a dry run, and spare their own', async () => {
    const staff = await staffed();
    const licenceId = await lab.licence(10);
    const guests = [await lab.visitor({ licenceId }), await lab.visitor({ licenceId })];
    const end = (more: object) => as(staff, 'POST', '/admin/api/sessions/end', { filter: { licenceId }, ...more });
    const counted = { matched: 2, ended: 0, more: false, blocked: 0, at: expect.any(String) };
    expect((await end({ dryRun: true, block: true })).json).toEqual(counted);
    expect(lab.disabled).toEqual([]);
    expect((await end({ block: true })).json).toEqual({ matched: 2, ended: 2, more: false, blocked: 2 });
    expect([...lab.disabled].sort()).toEqual(guests.map((guest) => guest.userId).sort());
    expect((await as(staff, 'GET', '/auth/session')).status).toBe(200);
  });

  it('end those they have chosen, by ref, but never their own', async () => {
    const staff = await staffed();
    const licenceId = await lab.licence(10);
    const [one, other, left] = [
      await lab.visitor({ licenceId }),
      await lab.visitor(),
      await lab.visitor({ licenceId }),
    ] as const;
    const refs = [one, other, staff].map(({ issued }) => `${issued.tag}.${issued.handle}`);
    const end = (more: object) => as(staff, 'POST', '/admin/api/sessions/end', { filter: { refs }, ...more });
    const counted = { matched: 2, ended: 0, more: false, blocked: 0, at: expect.any(String) };
    expect((await end({ dryRun: true })).json).toEqual(counted);
    expect((await end({ message: 'Maintenance' })).json).toEqual({ matched: 2, ended: 2, more: false, blocked: 0 });
    expect((await end({})).json).toMatchObject({ matched: 0, ended: 0 });
    expect((await as(other, 'GET', '/auth/session')).json).toMatchObject({ message: 'Maintenance' });
    for (const guest of [left, staff]) expect((await as(guest, 'GET', '/auth/session')).status).toBe(200);
  });

  it('end so many at a time as they say, until no more are left', async () => {
    const staff = await staffed();
    const licenceId = await lab.licence(10);
    for (let i = 0; i < 5; i += 1) await lab.visitor({ licenceId });
    const body = { filter: { licenceId, browser: 'FIRE', ip: '192.0.' }, atMost: 2 };
    const courses = [];
    for (let i = 0; i < 4; i += 1) courses.push((await as(staff, 'POST', '/admin/api/sessions/end', body)).json);
    expect(courses.map(({ ended, more }) => [ended, more])).toEqual([
      [2, true],
      [2, true],
      [1, false],
      [0, false],
    ]);
  });

  it('end none that came after they counted, however they go on', async () => {
    const staff = await staffed();
    const licenceId = await lab.licence(10);
    const end = (filter: object, more: object = {}) =>
      as(staff, 'POST', '/admin/api/sessions/end', { filter: { licenceId, ...filter }, ...more });
    for (let i = 0; i < 5; i += 1) await lab.visitor({ licenceId });
    const { at, matched } = (await end({}, { dryRun: true })).json;
    await new Promise((resolve) => setTimeout(resolve, 2));
    const late = await lab.visitor({ licenceId });
    expect((await end({ openedBefore: at }, { dryRun: true })).json.matched).toBe(matched);
    const courses = [];
    let cursor: string | undefined;
    do {
      const { json } = await end({ openedBefore: at }, { atMost: 2, ...(cursor !== undefined && { cursor }) });
      courses.push(json.ended);
      cursor = json.nextCursor;
    } while (cursor !== undefined);
    expect(courses).toEqual([2, 2, 1]);
    expect((await as(late, 'GET', '/auth/session')).status).toBe(200);
    const lost = await end({}, { cursor: 'nothing' });
    expect([lost.status, lost.json.errors[0].pointer]).toEqual([400, '/cursor']);
  });

  it('must say whom they mean', async () => {
    const staff = await staffed();
    for (const body of [
      {},
      { filter: {} },
      { filter: { all: false } },
      { filter: { all: true }, extra: 1 },
      { filter: { idleForSeconds: -1 } },
      { filter: { refs: [] } },
      { filter: { refs: ['nothing'] } },
      { filter: { refs: [`${newId<LicenceId>()}.${'A'.repeat(22)}`], all: true } },
      { filter: { all: true }, atMost: 0 },
    ]) {
      expect((await as(staff, 'POST', '/admin/api/sessions/end', body)).status).toBe(400);
    }
  });

  it('need the permission for each', async () => {
    const [nobody, guest] = [await staffed([]), await lab.visitor()];
    const denied = [
      await as(nobody, 'GET', '/admin/api/sessions'),
      await as(nobody, 'DELETE', `/admin/api/sessions/${guest.issued.tag}.${guest.issued.handle}`),
      await as(nobody, 'POST', '/admin/api/sessions/end', { filter: { all: true } }),
    ];
    expect(denied.map((answer) => [answer.status, answer.json.permission])).toEqual([
      [403, 'session.list'],
      [403, 'session.end'],
      [403, 'session.end'],
    ]);
    const half = await staffed(['session.end']);
    const blocked = await as(half, 'POST', '/admin/api/sessions/end', {
      filter: { userId: guest.userId },
      block: true,
    });
    expect([blocked.status, blocked.json.permission]).toEqual([403, 'user.write']);
    expect((await as(guest, 'GET', '/auth/session')).status).toBe(200);
  });
});

it('says pending, and keeps the ending, when the store will not take it', async () => {
  const [staff, guest] = [await lab.visitor({ permissions: ['session.end'], delivery: 'bearer' }), await lab.visitor()];
  const original = lab.store.close.bind(lab.store);
  const { StoreRefusesWrites } = await import('../../src/platform/unavailable.js');
  lab.store.close = () => Promise.reject(new StoreRefusesWrites());
  try {
    const answer = await as(staff, 'DELETE', `/admin/api/sessions/${guest.issued.tag}.${guest.issued.handle}`);
    expect([answer.status, answer.json]).toEqual([202, { pending: true }]);
    expect(lab.later.at(-1)).toMatchObject({ cause: { reason: 'ended-by-staff' } });
  } finally {
    lab.store.close = original;
  }
});
