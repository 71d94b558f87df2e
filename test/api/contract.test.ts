import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problems } from '../../src/kernel/problems.js';
import type { Guest } from '../support/guest.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import { type Account, type Institute, password } from '../support/world.js';

// What the contract says of everybody, and of the SPA. Each line of it is asked of a running server.

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let server: WholeServer;
let institute: Institute;

beforeAll(async () => {
  server = await WholeServer.start();
  institute = await server.world.institute({ seats: 1000 });
}, 60_000);

afterAll(() => server?.stop());

/** A new member of the institute's licence. */
async function member(licenceId = institute.licenceId): Promise<Account> {
  const account = await server.world.account();
  await server.world.join(licenceId, account);
  return account;
}

const browser = async (account?: Account) => server.world.enter(account ?? (await member()));
const program = async (account?: Account) => server.world.enter(account ?? (await member()), { delivery: 'bearer' });
const session = (guest: Guest) => guest.ask('GET', '/auth/session');
const problem = (answer: Answered) => [answer.status, answer.json?.type];
const cookieOf = (guest: Guest, name: string) => guest.setCookies.find((line) => line.startsWith(`${name}=`)) ?? '';

describe('errors', () => {
  it('are problem+json with type, title, status, detail, instance and members', async () => {
    const answer = await server.nobody.ask('GET', '/nowhere');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toEqual({
      type: '/problems/not-found',
      title: expect.any(String),
      status: 404,
      detail: expect.any(String),
      instance: answer.headers['x-request-id'],
    });
  });

  it.each(Object.keys(problems))('of the kind %s are explained under /problems', async (slug) => {
    const answer = await server.nobody.ask('GET', `/problems/${slug}`);
    expect(answer.json).toMatchObject({ slug, status: problems[slug as keyof typeof problems].status });
    const page = await server.nobody.ask('GET', `/problems/${slug}`, { headers: { accept: 'text/html' } });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it('name all faults of a request at once, unknown fields among them', async () => {
    const body = { identifier: 7, delivery: 'pigeon', licenceId: 'x', extra: { a: 1 } };
    const answer = await server.nobody.ask('POST', '/auth/login', { body });
    expect(problem(answer)).toEqual([400, '/problems/invalid-request']);
    expect(answer.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/delivery',
      '/extra',
      '/identifier',
      '/licenceId',
      '/password',
    ]);
  });

  it('for a body that is too large are 413', async () => {
    const answer = await server.nobody.ask('POST', '/auth/login', { body: { identifier: 'x'.repeat(70_000) } });
    expect(problem(answer)).toEqual([413, '/problems/payload-too-large']);
  });

  it('for a known path by another method are 404 and name those there are', async () => {
    const answer = await server.nobody.ask('GET', '/auth/login');
    expect(problem(answer)).toEqual([404, '/problems/not-found']);
    expect(answer.headers['allow']).toBe('POST');
  });
});

describe('cookies', () => {
  it('are readable by no script, same-site, without domain or end, and carry the signed id', async () => {
    const guest = await browser();
    const [value, ...attributes] = cookieOf(guest, 'sid').split('; ');
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax']);
    expect(decodeURIComponent(value ?? '')).toMatch(/^sid=s:[0-9a-f-]{36}\.[\w-]{22}\.[\w-]{43}\.[A-Za-z0-9+/]{43}$/);
    expect(cookieOf(guest, 'device')).toMatch(/^device=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(guest.setCookies).toHaveLength(2);
  });

  it('are Secure and carry the __Host- prefix when the server is reached by https', async () => {
    const secure = await WholeServer.start({ PUBLIC_URL: 'https://app.example.org', BCRYPT_COST: '10' });
    try {
      const { member: account } = await secure.world.institute();
      const guest = await secure.world.enter(account);
      expect(cookieOf(guest, '__Host-sid').split('; ').slice(1).sort()).toEqual([
        'HttpOnly',
        'Path=/',
        'SameSite=Lax',
        'Secure',
      ]);
      expect(cookieOf(guest, '__Host-device')).toMatch(/; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      expect(guest.setCookies).toHaveLength(2);
      const answer = await session(guest);
      expect(answer.status).toBe(200);
      expect(answer.headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
      const plainName = guest.with({ cookie: guest.headers['cookie']?.replaceAll('__Host-', '') });
      expect(problem(await session(plainName))).toEqual([401, '/problems/not-signed-in']);
      const gone = await guest.ask('POST', '/auth/logout', { headers: { origin: 'https://app.example.org' } });
      expect(gone.status).toBe(204);
      expect(gone.headers['set-cookie']).toEqual([
        '__Host-sid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
      ]);
    } finally {
      await secure.stop();
    }
  }, 30_000);

  it('given twice are no cookie', async () => {
    const [one, other] = [await browser(), await browser()];
    const both = one.with({ cookie: `${one.headers['cookie']}; ${other.headers['cookie']}` });
    expect(problem(await session(both))).toEqual([401, '/problems/not-signed-in']);
  });
});

describe('bearers', () => {
  it('are given a token in the body and no cookie', async () => {
    const guest = await program();
    expect(guest.view.sessionToken).toMatch(/^[0-9a-f-]{36}\.[\w-]{22}\.[\w-]{43}\.[A-Za-z0-9+/]{43}$/);
    expect(guest.view.csrfToken).toBeNull();
    expect(cookieOf(guest, 'sid')).toBe('');
    expect((await session(guest)).json.session.ref).toBe(guest.view.session.ref);
  });

  it.each([
    ['Origin', { origin: 'http://127.0.0.1:3000' }, 400],
    ['Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }, 400],
    ['Sec-Fetch-Mode, which programs send too', { 'sec-fetch-mode': 'cors' }, 200],
    ['Sec-Fetch-Dest', { 'sec-fetch-dest': 'empty' }, 200],
  ])('who send %s are told apart from browsers', async (_what, headers, status) => {
    const { login } = await member();
    const answer = await server.nobody.ask('POST', '/auth/login', { body: { ...login, delivery: 'bearer' }, headers });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.json.errors).toEqual([{ pointer: '/delivery', rule: expect.any(String) }]);
  });

  it('need no token against forgery', async () => {
    const guest = await program();
    expect((await guest.ask('PATCH', '/auth/session/data', { body: { a: 1 } })).status).toBe(200);
  });

  it('are heard instead of cookies, also when what they say is nothing', async () => {
    const [cookie, bearer] = [await browser(), await program()];
    const both = cookie.with({ authorization: bearer.headers['authorization'] });
    expect((await session(both)).json.session.ref).toBe(bearer.view.session.ref);
    for (const authorization of ['Bearer x', 'Basic YTpi', '']) {
      expect(problem(await session(cookie.with({ authorization })))).toEqual([401, '/problems/not-signed-in']);
    }
  });

  it('may not use what was delivered as a cookie, nor browsers what was delivered to a bearer', async () => {
    const [cookie, bearer] = [await browser(), await program()];
    const id = decodeURIComponent(/sid=s%3A([^;]+)/.exec(cookie.headers['cookie'] ?? '')?.[1] ?? '');
    const asBearer = server.nobody.with({ authorization: `Bearer ${id}` });
    expect(problem(await session(asBearer))).toEqual([401, '/problems/not-signed-in']);
    const asCookie = server.nobody.with({ cookie: `sid=${encodeURIComponent(`s:${bearer.view.sessionToken}`)}` });
    expect(problem(await session(asCookie))).toEqual([401, '/problems/not-signed-in']);
    expect([(await session(cookie)).status, (await session(bearer)).status]).toEqual([200, 200]);
  });
});

describe('requests that change something', () => {
  const own = 'http://127.0.0.1:3000';

  it.each([
    ['from nowhere', {}, 200],
    ['from our origin', { origin: own }, 200],
    ['from another origin', { origin: 'https://evil.example' }, 403],
    ['from no origin in particular', { origin: 'null' }, 403],
    ['from our site', { 'sec-fetch-site': 'same-origin' }, 200],
    ['from a sibling site', { 'sec-fetch-site': 'same-site', origin: own }, 403],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['by hand', { 'sec-fetch-site': 'none' }, 403],
    ['whose Origin is hidden by a proxy', { 'sec-fetch-site': 'same-origin', origin: 'http://inner' }, 200],
  ])('%s need the same origin, with a session and without', async (_what, headers, status) => {
    const account = await member();
    const guest = await browser(account);
    expect((await guest.ask('PATCH', '/auth/session/data', { body: { a: 1 }, headers })).status).toBe(status);
    expect((await server.nobody.ask('POST', '/auth/login', { body: account.login, headers })).status).toBe(status);
  });

  it('need the token that sign-in and the session view return', async () => {
    const guest = await browser();
    const { csrfToken } = (await session(guest)).json;
    expect(csrfToken).toBe(guest.view.csrfToken);
    const other = await browser();
    for (const wrong of [undefined, '', 'x', other.view.csrfToken]) {
      const answer = await guest.with({ 'x-csrf-token': wrong }).ask('PATCH', '/auth/session/data', { body: { a: 1 } });
      expect(problem(answer)).toEqual([403, '/problems/cross-site-request']);
    }
    expect((await session(guest)).json.data).toEqual({});
  });

  it('without a session need a JSON content type', async () => {
    const { login } = await member();
    const headers = { 'content-type': 'text/plain' };
    const answer = await server.nobody.ask('POST', '/auth/login', { body: JSON.stringify(login), headers });
    expect(problem(answer)).toEqual([400, '/problems/invalid-request']);
    expect(answer.json.errors[0].pointer).toBe('header:content-type');
  });
});

describe('signing in', () => {
  it('answers the session view, which GET /auth/session answers too', async () => {
    const account = await member();
    const guest = await browser(account);
    expect(guest.view).toEqual({
      user: {
        id: account.id,
        email: account.email,
        username: null,
        name: null,
        verified: true,
        roles: ['user'],
        permissions: [],
      },
      licence: { id: institute.licenceId, serial: institute.serial, name: 'Licence' },
      session: {
        ref: expect.stringMatching(/^[0-9a-f-]{36}\.[\w-]{22}$/),
        createdAt: time,
        lastSeenAt: time,
        expiresAt: time,
        absoluteExpiresAt: time,
        amr: ['pwd'],
        aal: 1,
      },
      data: {},
      csrfToken: expect.any(String),
    });
    // The opening is confirmed behind the answer, and that counts as having been seen.
    const confirmed = { ...guest.view.session, lastSeenAt: time, expiresAt: time };
    expect((await session(guest)).json).toEqual({ ...guest.view, session: confirmed });
  });

  it('takes the address or the user name, however it is written', async () => {
    const username = `Zoë.${Math.random().toString(36).slice(2)}`;
    const account = await member();
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { username });
    for (const identifier of [
      account.email.toUpperCase(),
      ` ${account.email}`,
      username,
      username.normalize('NFD').toUpperCase(),
    ]) {
      const guest = await server.nobody.signIn({ identifier, password });
      expect(guest.view.user).toMatchObject({ id: account.id, username });
    }
  });

  it('answers an unknown name and a wrong password alike', async () => {
    const { email } = await member();
    const wrong = await server.nobody.ask('POST', '/auth/login', { body: { identifier: email, password: 'wrong' } });
    const unknown = await server.nobody.ask('POST', '/auth/login', {
      body: { identifier: 'x@y.org', password: 'wrong' },
    });
    expect(problem(wrong)).toEqual([401, '/problems/invalid-credentials']);
    expect({ ...unknown.json, instance: '' }).toEqual({ ...wrong.json, instance: '' });
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  it('asks which licence when there are several, and takes the one that is named', async () => {
    const account = await member();
    const second = await server.world.licence({ name: 'Second' });
    await server.world.join(second.id, account);
    const answer = await server.nobody.ask('POST', '/auth/login', { body: account.login });
    expect(problem(answer)).toEqual([409, '/problems/licence-choice-required']);
    expect(answer.json.licences.sort((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1))).toEqual(
      [
        { id: institute.licenceId, name: 'Licence', owner: 'Institute' },
        { id: second.id, name: 'Second', owner: 'Institute' },
      ],
    );
    expect((await server.nobody.signIn({ ...account.login, licenceId: second.id })).view.licence.id).toBe(second.id);
  });

  it('refuses who holds no licence, or not the one that is named', async () => {
    const account = await server.world.account();
    const none = await server.nobody.ask('POST', '/auth/login', { body: account.login });
    expect([...problem(none), none.json.licenceId]).toEqual([403, '/problems/no-licence', null]);
    const { licenceId } = institute;
    const other = await server.nobody.ask('POST', '/auth/login', { body: { ...account.login, licenceId } });
    expect([...problem(other), other.json.licenceId]).toEqual([403, '/problems/no-licence', licenceId]);
  });

  it('needs no licence for staff, who take no seat', async () => {
    const guest = await server.world.staff('staff');
    expect(guest.view.licence).toBeNull();
    expect(guest.view.user.permissions).toContain('session.end');
    expect((await guest.ask('GET', '/auth/seat')).json).toEqual({
      licenceId: null,
      limit: null,
      used: null,
      free: null,
    });
  });

  it('needs no licence for anybody where SEATLESS_SIGN_IN is on', async () => {
    const open = await WholeServer.start({ SEATLESS_SIGN_IN: 'true' });
    try {
      expect((await open.world.enter(await open.world.account())).view.licence).toBeNull();
    } finally {
      await open.stop();
    }
  }, 30_000);

  it.each([
    ['licence-suspended', {}, 'suspend'],
    ['licence-expired', { validFrom: '2020-01-01T00:00:00Z', validTo: '2021-01-01T00:00:00Z' }, null],
    ['licence-not-started', { validFrom: '2100-01-01T00:00:00Z' }, null],
  ])('is refused as %s', async (slug, over, verb) => {
    const { licenceId, member: account } = await server.world.institute(over);
    if (verb !== null) await server.world.root.must(200, 'POST', `/admin/api/licences/${licenceId}/${verb}`);
    const answer = await server.nobody.ask('POST', '/auth/login', { body: account.login });
    expect([...problem(answer), answer.json.licenceId]).toEqual([403, `/problems/${slug}`, licenceId]);
  });

  it('on a full licence tells how full, until when, and the own sessions; the same browser exchanges its seat', async () => {
    const { licenceId, member: account } = await server.world.institute({ seats: 1 });
    const guest = await browser(account);
    const answer = await server.nobody.ask('POST', '/auth/login', { body: account.login });
    expect(problem(answer)).toEqual([409, '/problems/no-seat-free']);
    const { expiresAt, ref } = (await session(guest)).json.session;
    expect(answer.json).toMatchObject({
      licenceId,
      limit: 1,
      used: 1,
      nextFreeAt: expiresAt,
      options: ['wait'],
      ticket: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(answer.json.ownSessions).toEqual([expect.objectContaining({ ref, current: false, browser: 'Firefox 140' })]);
    const again = await guest.signIn(account.login);
    expect(again.view.session.ref).not.toBe(ref);
    expect((await again.ask('GET', '/auth/seat')).json).toEqual({ licenceId, limit: 1, used: 1, free: 0 });
  });

  it('after too many wrong passwords is 429 with Retry-After, but not for a browser the owner is known in', async () => {
    const account = await member();
    const known = await browser(account);
    let answer: Answered;
    let tries = 0;
    do {
      answer = await server.nobody.ask('POST', '/auth/login', { body: { ...account.login, password: 'wrong' } });
      tries += 1;
    } while (answer.status === 401 && tries < 100);
    expect(problem(answer)).toEqual([429, '/problems/too-many-attempts']);
    expect(answer.headers['retry-after']).toBe(String(Math.ceil(answer.json.retryAfterSeconds)));
    expect((await known.ask('POST', '/auth/login', { body: account.login })).status).toBe(200);
  });
});

describe('a session that has ended', () => {
  const root = () => server.world.root;
  const endings: [reason: string, end: (guest: Guest, account: Account) => Promise<unknown>][] = [
    ['signed-out', (guest) => guest.must(204, 'POST', '/auth/logout')],
    ['ended-by-user', (guest) => guest.must(204, 'DELETE', `/auth/sessions/${guest.view.session.ref}`)],
    ['ended-by-staff', (guest) => root().must(200, 'DELETE', `/admin/api/sessions/${guest.view.session.ref}`)],
    [
      'member-removed',
      (_, { id }) => root().must(204, 'DELETE', `/admin/api/licences/${institute.licenceId}/members/${id}`),
    ],
    ['account-disabled', (_, { id }) => root().must(200, 'POST', `/admin/api/users/${id}/disable`)],
    ['account-disabled', (_, { id }) => root().must(204, 'DELETE', `/admin/api/users/${id}`)],
    ['credentials-changed', (_, { id }) => root().must(200, 'POST', `/admin/api/users/${id}/reset`)],
  ];

  it.each(endings)('answers 401 and why: %s', async (reason, end) => {
    const account = await member();
    const guest = await browser(account);
    await end(guest, account);
    const answer = await session(guest);
    expect(problem(answer)).toEqual([401, '/problems/session-ended']);
    expect(answer.json).toMatchObject({ reason, resumable: false });
    expect(answer.json.message).toBeUndefined();
  });

  it('answers role-changed when staff rights were lost, and learns of other roles without ending', async () => {
    const account = await server.world.account(['staff']);
    const guest = await server.world.enter(account);
    await root().must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['staff', 'user'] });
    expect((await session(guest)).json.user.roles.sort()).toEqual(['staff', 'user']);
    await root().must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['user'] });
    expect((await session(guest)).json).toMatchObject({ reason: 'role-changed', resumable: false });
  });

  it('answers licence-suspended, and licence-expired when its end has come', async () => {
    const first = await server.world.institute();
    const suspended = await browser(first.member);
    await root().must(200, 'POST', `/admin/api/licences/${first.licenceId}/suspend`);
    expect((await session(suspended)).json).toMatchObject({ reason: 'licence-suspended', resumable: false });
    const second = await server.world.institute();
    const expired = await browser(second.member);
    const validTo = new Date(Date.now() + 400).toISOString();
    await root().must(200, 'PATCH', `/admin/api/licences/${second.licenceId}`, { validTo });
    await pause(600);
    expect((await session(expired)).json).toMatchObject({ reason: 'licence-expired', resumable: false });
  });

  it('by another client answers 403 there, and says so to its owner', async () => {
    const guest = await browser();
    const thief = guest.with({ 'user-agent': chrome });
    expect(problem(await session(thief))).toEqual([403, '/problems/different-client']);
    expect((await session(guest)).json).toMatchObject({ reason: 'user-agent', resumable: false });
  });

  it('by idleness may come back; polling in the background does not keep it, and asking does', async () => {
    const quick = await WholeServer.start({ SESSION_IDLE_SECONDS: '2' });
    try {
      const { member: account } = await quick.world.institute();
      const [polling, asking] = [await quick.world.enter(account), await quick.world.enter(account)];
      const background = { headers: { 'x-background': '1' } };
      for (let i = 0; i < 12; i += 1) {
        await pause(250);
        expect((await asking.ask('GET', '/auth/session')).status).toBe(200);
        await polling.ask('GET', '/auth/session', background);
      }
      const answer = await polling.ask('GET', '/auth/session', background);
      expect(answer.json).toMatchObject({ type: '/problems/session-ended', reason: 'idle', resumable: true });
      expect((await polling.ask('GET', '/auth/session')).json).toMatchObject({ reason: 'idle', resumable: true });
    } finally {
      await quick.stop();
    }
  }, 30_000);

  it('may be signed out of again, with a cookie that is cleared; so may none at all', async () => {
    const guest = await browser();
    const cleared = 'sid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax';
    for (const who of [guest, guest, guest.with({ 'x-csrf-token': undefined }), server.nobody]) {
      const answer = await who.ask('POST', '/auth/logout');
      expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([204, '', [cleared]]);
    }
  });
});

describe("the session's own data", () => {
  it('take the fields a PATCH names, and lose those it names null', async () => {
    const guest = await browser();
    const change = (body: unknown) => guest.ask('PATCH', '/auth/session/data', { body });
    expect((await change({ a: { deep: [1] }, b: 'two', c: true })).json).toEqual({
      a: { deep: [1] },
      b: 'two',
      c: true,
    });
    expect((await change({ a: { other: 1 }, b: null, d: 0 })).json).toEqual({ a: { other: 1 }, c: true, d: 0 });
    expect((await guest.ask('GET', '/auth/session/data')).json).toEqual({ a: { other: 1 }, c: true, d: 0 });
    expect((await session(guest)).json.data).toEqual({ a: { other: 1 }, c: true, d: 0 });
  });

  it('are an object', async () => {
    const guest = await browser();
    for (const body of [[], '"text"', 'null', '7']) {
      const answer = await guest.ask('PATCH', '/auth/session/data', { body });
      expect(problem(answer)).toEqual([400, '/problems/invalid-request']);
    }
  });

  it('come to 16 KiB at most, in all; what is too much changes nothing', async () => {
    const guest = await browser();
    const change = (body: unknown) => guest.ask('PATCH', '/auth/session/data', { body });
    expect((await change({ a: 'x'.repeat(8000) })).status).toBe(200);
    expect((await change({ b: 'x'.repeat(8000) })).status).toBe(200);
    const answer = await change({ c: 'x'.repeat(500), a: 'small', b: 'x'.repeat(16_400) });
    expect(problem(answer)).toEqual([413, '/problems/payload-too-large']);
    expect(Object.keys((await guest.ask('GET', '/auth/session/data')).json).sort()).toEqual(['a', 'b']);
    expect((await guest.ask('GET', '/auth/session/data')).json.a).toHaveLength(8000);
    expect((await change({ a: null, c: 'x'.repeat(8000) })).status).toBe(200);
  });
});

describe('own sessions', () => {
  it('are listed, ended one by one, and all but the one that asks', async () => {
    const account = await member();
    const [one, two, three] = [await browser(account), await browser(account), await program(account)];
    const { items } = (await one.ask('GET', '/auth/sessions')).json;
    expect(items).toHaveLength(3);
    expect(items.find((item: { current: boolean }) => item.current)).toEqual({
      ref: one.view.session.ref,
      current: true,
      createdAt: time,
      lastSeenAt: time,
      expiresAt: time,
      userAgent: one.headers['user-agent'],
      ip: '127.0.0.1',
      browser: 'Firefox 140',
      os: 'Linux',
    });
    const gone = await one.ask('DELETE', `/auth/sessions/${two.view.session.ref}`);
    expect([gone.status, gone.headers['set-cookie']]).toEqual([204, undefined]);
    expect((await session(two)).json.reason).toBe('ended-by-user');
    expect((await one.ask('POST', '/auth/sessions/end-others')).json).toEqual({ ended: 1 });
    expect((await session(three)).json.reason).toBe('ended-by-user');
    expect((await one.ask('POST', '/auth/sessions/end-others')).json).toEqual({ ended: 0 });
    const own = await one.ask('DELETE', `/auth/sessions/${one.view.session.ref}`);
    expect([own.status, own.headers['set-cookie']]).toEqual([204, [expect.stringMatching(/^sid=; Max-Age=0;/)]]);
  });

  it('of somebody else, ended ones and none at all are not found', async () => {
    const account = await member();
    const [guest, other, gone] = [await browser(account), await browser(), await browser(account)];
    await gone.must(204, 'POST', '/auth/logout');
    const { ref } = other.view.session;
    const refs = [
      ref,
      gone.view.session.ref,
      'x',
      '..',
      '%00',
      `${ref}.x`,
      ref.toUpperCase(),
      's00.aaaaaaaaaaaaaaaaaaaaaa',
    ];
    for (const wrong of refs) {
      const answer = await guest.ask('DELETE', `/auth/sessions/${wrong}`);
      expect([wrong, answer.status === 400 && wrong === '%00' ? 404 : answer.status]).toEqual([wrong, 404]);
    }
    expect((await session(other)).status).toBe(200);
  });

  it('learn how full the licence is', async () => {
    const { licenceId, member: account } = await server.world.institute({ seats: 3 });
    const guest = await browser(account);
    await browser(account);
    expect((await guest.ask('GET', '/auth/seat')).json).toEqual({ licenceId, limit: 3, used: 2, free: 1 });
  });
});

describe('changing the own password', () => {
  it('ends the other sessions, keeps this one under a new cookie, and lets the new password in', async () => {
    const account = await member();
    const [guest, other] = [await browser(account), await browser(account)];
    const newPassword = 'another horse battery';
    const wrong = await guest.ask('POST', '/auth/password/change', { body: { currentPassword: 'wrong', newPassword } });
    expect(problem(wrong)).toEqual([401, '/problems/invalid-credentials']);
    const body = { currentPassword: password, newPassword };
    const answer = await guest.ask('POST', '/auth/password/change', { body });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const [cookie = ''] = (answer.headers['set-cookie'] ?? []) as string[];
    const next = guest.with({ cookie: cookie.split(';')[0] });
    expect((await session(next)).json.session.ref).toBe(guest.view.session.ref);
    expect((await session(other)).json.reason).toBe('credentials-changed');
    expect((await server.nobody.ask('POST', '/auth/login', { body: account.login })).status).toBe(401);
    expect((await next.ask('PATCH', '/auth/session/data', { body: { a: 1 } })).status).toBe(200);
    await server.nobody.signIn({ identifier: account.email, password: newPassword });
  });
});

describe('GET /auth/verify', () => {
  const verify = (guest: Guest, headers: Record<string, string> = {}, query = '') =>
    guest.ask('GET', `/auth/verify${query}`, { headers });

  it('tells proxies who it is in five headers, which are always there', async () => {
    const account = await member();
    const guest = await browser(account);
    const answer = await verify(guest);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers).toMatchObject({
      'x-auth-user': account.id,
      'x-auth-email': account.email,
      'x-auth-roles': 'user',
      'x-auth-session': guest.view.session.ref,
      'x-auth-licence': institute.licenceId,
    });
    expect((await verify(await server.world.staff('staff'))).headers['x-auth-licence']).toBe('');
  });

  it('answers 401 and 403, and redirects only when it is asked to', async () => {
    expect(problem(await verify(server.nobody))).toEqual([401, '/problems/not-signed-in']);
    const answer = await verify(server.nobody, { 'x-original-uri': '/app?a=1' }, '?redirect=1');
    expect([answer.status, answer.headers['location']]).toEqual([
      302,
      'http://127.0.0.1:3000/sign-in?return_to=%2Fapp%3Fa%3D1',
    ]);
    const elsewhere = await verify(server.nobody, { 'x-original-uri': '//evil.example' }, '?redirect=1');
    expect(elsewhere.headers['location']).toBe('http://127.0.0.1:3000/sign-in');
    const guest = await browser();
    expect((await verify(guest, {}, '?redirect=1')).status).toBe(200);
    expect(problem(await verify(guest.with({ 'user-agent': chrome })))).toEqual([403, '/problems/different-client']);
  });

  it.each(['x-original-method', 'x-forwarded-method'])(
    'wants the same origin for what %s says changes something',
    async (name) => {
      const guest = await browser();
      for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<
        string,
        string
      >[]) {
        expect(problem(await verify(guest, { ...headers, [name]: 'POST' }))).toEqual([
          403,
          '/problems/cross-site-request',
        ]);
        for (const method of ['GET', 'HEAD'])
          expect((await verify(guest, { ...headers, [name]: method })).status).toBe(200);
      }
      expect((await verify(guest, { [name]: 'POST', origin: 'http://127.0.0.1:3000' })).status).toBe(200);
      expect((await verify(guest, { [name]: 'POST' })).status).toBe(200);
    },
  );
});

describe('for machines', () => {
  it('there is health', async () => {
    expect((await server.nobody.ask('GET', '/health/live')).json).toEqual({ status: 'ok' });
    expect((await server.nobody.ask('GET', '/health/ready')).json).toEqual({ status: 'ok', missing: [] });
  });

  it('there are metrics, for this host and for nobody a proxy speaks for', async () => {
    const answer = await server.nobody.ask('GET', '/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const forwarded = await server.nobody.ask('GET', '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(problem(forwarded)).toEqual([404, '/problems/not-found']);
  });

  it('there are metrics for whoever holds METRICS_TOKEN', async () => {
    const token = 'a token of the tests';
    const guarded = await WholeServer.start({ METRICS_TOKEN: token });
    try {
      const ask = (authorization: string) =>
        guarded.nobody.ask('GET', '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1', authorization } });
      expect((await ask(`Bearer ${token}`)).status).toBe(200);
      expect(problem(await ask('Bearer a token of others'))).toEqual([401, '/problems/not-signed-in']);
    } finally {
      await guarded.stop();
    }
  }, 30_000);

  it('there is CORS for the origins in CORS_ORIGINS alone', async () => {
    const preflight = { 'access-control-request-method': 'POST' };
    const off = await server.nobody.ask('OPTIONS', '/auth/login', {
      headers: { origin: 'https://app.example', ...preflight },
    });
    expect(off.headers['access-control-allow-origin']).toBeUndefined();
    const open = await WholeServer.start({ CORS_ORIGINS: 'https://app.example' });
    try {
      const ask = (origin: string) => open.nobody.ask('OPTIONS', '/auth/login', { headers: { origin, ...preflight } });
      expect((await ask('https://app.example')).headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-credentials': 'true',
        vary: 'Origin',
      });
      expect((await ask('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    } finally {
      await open.stop();
    }
  }, 30_000);
});
