import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appCode } from '../support/authenticator-app.js';
import { Guest } from '../support/guest.js';
import { until } from '../support/pace.js';
import { PastTheServer } from '../support/past-the-server.js';
import { plainRedis } from '../support/plain-redis.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import { type Account, password } from '../support/world.js';

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

const slugOf = (answer: Answered) => answer.json?.type?.replace('/problems/', '') ?? answer.status;
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** A member of a licence who has an authenticator app, the app's secret, and ten recovery codes. */
async function withApp(seats = 3) {
  const licence = await server.world.licence({ seats });
  const person = await server.world.account();
  await server.world.join(licence.id, person);
  const guest = await server.world.enter(person);
  const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', {});
  await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await appCode(secret, -1) });
  const { codes } = await guest.must(201, 'POST', '/auth/factors/recovery-codes', {});
  await guest.must(204, 'POST', '/auth/logout');
  return { licence, person, secret: String(secret), codes: codes as string[] };
}

const challenged = async ({ login }: Account, over: Record<string, unknown> = {}, guest: Guest = server.nobody) => {
  const answer = (await guest.trySignIn({ ...login, ...over })) as Answered;
  expect(slugOf(answer)).toBe('second-factor-required');
  return answer.json.challenge as string;
};

const answer = (body: Record<string, unknown>, guest: Guest = server.nobody) =>
  guest.ask('POST', '/auth/login/second-factor', { body });

const usedOf = async (id: string) => (await server.world.root.must(200, 'GET', `/admin/api/licences/${id}`)).used;

describe('a sign-in with a second factor', () => {
  it('waits with a challenge that is no session and holds no seat, and takes the seat when it is answered', async () => {
    const { licence, person, secret } = await withApp();
    const refused = (await server.nobody.trySignIn(person.login)) as Answered;
    expect(refused.status).toBe(401);
    expect(refused.json).toMatchObject({ type: '/problems/second-factor-required', methods: ['totp', 'recovery'] });
    expect(refused.headers['set-cookie']).toBeUndefined();
    const waitsMs = Date.parse(refused.json.expiresAt) - Date.now();
    expect([waitsMs > 230_000, waitsMs <= 240_000, await usedOf(licence.id)]).toEqual([true, true, 0]);
    const { challenge } = refused.json;
    const asBearer = await server.nobody.with({ authorization: `Bearer ${challenge}` }).ask('GET', '/auth/session');
    expect(asBearer.status).toBe(401);
    expect(slugOf(await answer({ challenge, method: 'recovery', code: 'nobody has this' }))).toBe('invalid-code');
    const entered = await answer({ challenge, method: 'totp', code: await appCode(secret) });
    expect(entered.status).toBe(200);
    expect(entered.json.session).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], aal: 2 });
    expect(await usedOf(licence.id)).toBe(1);
    const again = await answer({ challenge, method: 'totp', code: await appCode(secret, 1) });
    expect([slugOf(again), await usedOf(licence.id)]).toEqual(['invalid-code', 1]);
    const log = await server.world.root.must(200, 'GET', `/admin/api/sign-ins?userId=${person.id}`);
    const outcomes = log.items.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes.slice(0, 3)).toEqual(['signed-in', 'invalid-code', 'second-factor-required']);
  });

  it('is answered once, of 50 right answers at once, and takes one seat (ASVS 6.5.1)', async () => {
    const { licence, person, secret } = await withApp(60);
    const challenge = await challenged(person);
    const code = await appCode(secret);
    const answers = await Promise.all(Array.from({ length: 50 }, () => answer({ challenge, method: 'totp', code })));
    expect(answers.map(slugOf).filter((slug) => slug === 200)).toEqual([200]);
    expect(await usedOf(licence.id)).toBe(1);
  });

  it('looks at five answers to one challenge and at no more (ASVS 6.6.3)', async () => {
    const { licence, person, codes } = await withApp();
    const challenge = await challenged(person);
    for (let i = 0; i < 5; i++) {
      const wrong = await answer({ challenge, method: 'recovery', code: `wrong-${i}` });
      expect(['invalid-code', 'too-many-attempts']).toContain(slugOf(wrong));
    }
    expect(slugOf(await answer({ challenge, method: 'recovery', code: codes[0] }))).toBe('invalid-code');
    expect(await usedOf(licence.id)).toBe(0);
  });

  it('is for the client that gave the password, and for the credentials it was given with (ASVS 6.6.2)', async () => {
    const { person, codes } = await withApp();
    const stranger = server.nobody.with({ 'user-agent': chrome });
    const challenge = await challenged(person);
    expect(slugOf(await answer({ challenge, method: 'recovery', code: codes[0] }, stranger))).toBe('invalid-code');
    await server.world.root.must(200, 'POST', `/admin/api/users/${person.id}/disable`, {});
    await server.world.root.must(200, 'POST', `/admin/api/users/${person.id}/enable`, {});
    expect(slugOf(await answer({ challenge, method: 'recovery', code: codes[0] }))).toBe('invalid-code');
    const fresh = await challenged(person);
    expect((await answer({ challenge: fresh, method: 'recovery', code: codes[0] })).status).toBe(200);
  });

  it('keeps what it showed when the house is full: the ticket needs no second answer', async () => {
    const { licence, person, secret } = await withApp(1);
    const first = await server.world.account();
    await server.world.join(licence.id, first);
    const inside = await server.world.enter(first);
    const full = await answer({ challenge: await challenged(person), method: 'totp', code: await appCode(secret) });
    expect(slugOf(full)).toBe('no-seat-free');
    await inside.must(204, 'POST', '/auth/logout');
    const seated = await server.nobody.ask('POST', '/auth/login/seat', { body: { ticket: full.json.ticket } });
    expect([seated.status, seated.json.session.amr, seated.json.session.aal]).toEqual([200, ['pwd', 'otp', 'mfa'], 2]);
  });

  it('carries its wishes over: bearer, and the browser that is to be remembered', async () => {
    const { person, codes } = await withApp();
    const program = await challenged(person, { delivery: 'bearer' });
    const token = await answer({ challenge: program, method: 'recovery', code: codes[0] });
    expect([token.status, token.headers['set-cookie']]).toEqual([200, undefined]);
    expect(token.json.sessionToken).toBeDefined();
    const browser = await challenged(person, { remember: true });
    const remembered = await answer({ challenge: browser, method: 'recovery', code: codes[1] });
    expect([remembered.headers['set-cookie'] ?? []].flat().some((line) => line.startsWith('remember='))).toBe(true);
  });

  it('stands in every way in: no ticket without it, and no remembered browser goes past it (ASVS 6.3.4)', async () => {
    const { licence, person, codes } = await withApp(1);
    const waysIn = server.usher.web.routes.filter((route) => route.problems.includes('no-seat-free'));
    expect(waysIn.map(({ path }) => path).sort()).toEqual([
      '/auth/login',
      '/auth/login/passkey',
      '/auth/login/seat',
      '/auth/login/second-factor',
      '/auth/resume',
    ]);
    const first = await server.world.account();
    await server.world.join(licence.id, first);
    const inside = await server.world.enter(first);
    const full = (await server.nobody.trySignIn(person.login)) as Answered;
    expect([slugOf(full), full.json.ticket]).toEqual(['second-factor-required', undefined]);
    await inside.must(204, 'POST', '/auth/logout');
    const challenge = await challenged(person, { remember: true });
    const entered = await answer({ challenge, method: 'recovery', code: codes[0] });
    const remembered = cookieOf(entered, 'remember');
    const back = await server.nobody.ask('POST', '/auth/resume', { body: {}, headers: { cookie: remembered } });
    expect(slugOf(back)).toBe('second-factor-required');
    expect(await usedOf(licence.id)).toBe(1);
  });

  it('makes of a remembered browser neither a sign-in with two factors nor a fresh one', async () => {
    const { person, secret, codes } = await withApp();
    const challenge = await challenged(person, { remember: true });
    const first = await answer({ challenge, method: 'recovery', code: codes[0] });
    const remembered = cookieOf(first, 'remember');
    const hourAgo = Date.now() - 3_600_000;
    const past = await PastTheServer.open(server.databaseUrl);
    await past.ask(
      `UPDATE issued_tokens SET data = jsonb_set(data, '{authenticatedAtMs}', $2::text::jsonb)
       WHERE user_id = $1 AND purpose = 'remembered'`,
      [person.id, String(hourAgo)],
    );
    await past.close();
    const back = await server.nobody.ask('POST', '/auth/resume', { body: {}, headers: { cookie: remembered } });
    const again = { challenge: back.json.challenge, method: 'totp', code: await appCode(secret) };
    const entered = await answer(again, server.nobody.with({ cookie: remembered }));
    expect(entered.json.session).toMatchObject({ amr: ['pwd', 'recovery', 'otp'], aal: 1 });
    const guest = guestOf(entered);
    expect(slugOf(await guest.ask('POST', '/auth/factors/totp', { body: {} }))).toBe('step-up-required');
  });

  it('asks which licence without asking for the factor again', async () => {
    const { person, secret } = await withApp();
    const second = await server.world.licence();
    await server.world.join(second.id, person);
    const answered = { challenge: await challenged(person), method: 'totp', code: await appCode(secret) };
    const asked = await answer(answered);
    expect([slugOf(asked), asked.json.licences.length]).toEqual(['licence-choice-required', 2]);
    const stranger = server.nobody.with({ 'user-agent': chrome });
    expect(slugOf(await answer({ ...answered, licenceId: second.id }, stranger))).toBe('invalid-code');
    const entered = await answer({ ...answered, licenceId: second.id });
    expect([entered.status, entered.json.licence.id, entered.json.session.aal]).toEqual([200, second.id, 2]);
    expect(slugOf(await answer({ ...answered, licenceId: second.id }))).toBe('invalid-code');
  });

  it('takes the same answer again when the store was away in between, and takes one seat', async () => {
    const { licence, person, secret } = await withApp();
    const answered = { challenge: await challenged(person), method: 'totp', code: await appCode(secret) };
    const redis = await plainRedis(server.stores.REDIS_URL);
    await redis.sendCommand(['CLIENT', 'PAUSE', '1500', 'ALL']);
    expect(slugOf(await answer(answered))).toBe('store-unavailable');
    await redis.ping();
    await redis.close();
    const entered = await patiently(() => answer(answered));
    expect([entered.status, entered.json.session?.aal]).toEqual([200, 2]);
    // What Redis had been told before it paused was done afterwards, and is taken back.
    await until('one seat is taken', 5_000, async () => (await usedOf(licence.id)) === 1);
  });

  it('goes on, and so does waiting for a seat, when the account is changed by what is no credential', async () => {
    const { licence, person, secret } = await withApp(1);
    const first = await server.world.account();
    await server.world.join(licence.id, first);
    const inside = await server.world.enter(first);
    const challenge = await challenged(person);
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${person.id}`, { name: 'Anna' });
    const full = await answer({ challenge, method: 'totp', code: await appCode(secret) });
    expect(slugOf(full)).toBe('no-seat-free');
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${person.id}`, { name: 'Anne' });
    await inside.must(204, 'POST', '/auth/logout');
    const seated = await server.nobody.ask('POST', '/auth/login/seat', { body: { ticket: full.json.ticket } });
    expect([seated.status, seated.json.user?.name]).toEqual([200, 'Anne']);
  });

  it('says what is wrong with bad input, which counts for nothing but a try', async () => {
    const { person } = await withApp();
    const challenge = await challenged(person);
    const faults = async (body: Record<string, unknown>) => (await answer(body)).json.errors?.[0]?.pointer;
    expect(await faults({ challenge, method: 'totp' })).toBe('/code');
    expect(await faults({ challenge, method: 'carrier-pigeon', code: '1' })).toBe('/method');
    expect(await faults({ challenge, method: 'email', code: '123456' })).toBe('/method');
    expect(await faults({ challenge: 'short', method: 'totp', code: '123456' })).toBe('/challenge');
    expect(await faults({ challenge, method: 'totp', code: '123456', more: 1 })).toBe('/more');
  });
});

describe('POST /auth/step-up', () => {
  const stepUp = (guest: Guest, body: Record<string, unknown>) => guest.ask('POST', '/auth/step-up', { body });

  it('gives the session a new secret and a fresh sign-in; seat, ref and data stay (ASVS 7.2.4, 7.5.3)', async () => {
    const licence = await server.world.licence({ seats: 1 });
    const person = await server.world.account();
    await server.world.join(licence.id, person);
    const guest = await server.world.enter(person);
    await guest.must(200, 'PATCH', '/auth/session/data', { theme: 'dark' });
    const raised = await stepUp(guest, { password });
    expect(raised.status).toBe(200);
    expect(raised.json).toMatchObject({ session: { ref: guest.view.session.ref, aal: 1 }, data: { theme: 'dark' } });
    const cookie = cookieOf(raised, 'sid');
    expect(guest.headers['cookie']).not.toContain(cookie);
    expect((await guest.with({ cookie }).must(200, 'GET', '/auth/session')).data).toEqual({ theme: 'dark' });
    expect(await usedOf(licence.id)).toBe(1);
  });

  it('answers a bearer with the new token', async () => {
    const person = await server.world.account(['staff']);
    const guest = await server.world.enter(person, { delivery: 'bearer' });
    const raised = await stepUp(guest, { password });
    expect([raised.status, raised.headers['set-cookie']]).toEqual([200, undefined]);
    const next = guest.with({ authorization: `Bearer ${raised.json.sessionToken}` });
    expect((await next.must(200, 'GET', '/auth/session')).session.ref).toBe(guest.view.session.ref);
  });

  it('wants what a sign-in wants: the second factor too, for this session only', async () => {
    const { person, secret, codes } = await withApp();
    const guest = await entered(person, codes[0] ?? '');
    const other = await entered(person, codes[1] ?? '');
    const asked = await stepUp(guest, { password });
    expect(slugOf(asked)).toBe('second-factor-required');
    const { challenge } = asked.json;
    const right = { challenge, method: 'totp', code: await appCode(secret) };
    expect(slugOf(await answer(right))).toBe('invalid-code');
    const raised = await stepUp(guest, right);
    expect([raised.status, raised.json.session.aal, raised.json.session.ref]).toEqual([200, 2, guest.view.session.ref]);
    const foreign = (await stepUp(guest, { password })).json.challenge;
    const stolen = await stepUp(other, { challenge: foreign, method: 'totp', code: await appCode(secret, 1) });
    expect(slugOf(stolen)).toBe('invalid-code');
    expect((await other.must(200, 'GET', '/auth/session')).session.aal).toBe(1);
  });

  it('refuses a wrong password, nobody, another site and bad input, and changes nothing', async () => {
    const person = await server.world.account(['staff']);
    const guest = await server.world.enter(person);
    expect(slugOf(await stepUp(guest, { password: 'not this one' }))).toBe('invalid-credentials');
    expect(slugOf(await stepUp(server.nobody, { password }))).toBe('not-signed-in');
    expect(slugOf(await stepUp(guest.with({ 'x-csrf-token': undefined }), { password }))).toBe('cross-site-request');
    expect(slugOf(await stepUp(guest, {}))).toBe('invalid-request');
    expect(slugOf(await stepUp(guest, { token: 'A'.repeat(43), response: {} }))).toBe('invalid-credentials');
    expect((await guest.ask('GET', '/auth/session')).status).toBe(200);
  });

  it('is not barred by strangers who guess at the password, only by who guesses in this session (ASVS 6.1.1)', async () => {
    const person = await server.world.account(['staff']);
    const guest = await server.world.enter(person);
    const guesses = { identifier: person.email, password: 'not this one' };
    for (let i = 0; i < 10; i++) await server.nobody.trySignIn(guesses);
    expect(slugOf((await server.nobody.trySignIn(guesses)) as Answered)).toBe('too-many-attempts');
    const raised = await stepUp(guest, { password });
    expect(raised.status).toBe(200);
    const here = guest.with({ cookie: cookieOf(raised, 'sid') });
    for (let i = 0; i < 10; i++) expect(slugOf(await stepUp(here, { password: 'no' }))).toBe('invalid-credentials');
    expect(slugOf(await stepUp(here, { password }))).toBe('too-many-attempts');
  });

  it('is what a route that changes factors asks for when the sign-in is old, and says by what', async () => {
    const person = await server.world.account(['staff']);
    const guest = await server.world.enter(person);
    await signedInMinutesAgo(guest, 16);
    const old = await guest.ask('POST', '/auth/factors/totp', { body: {} });
    expect(old.json).toMatchObject({ type: '/problems/step-up-required', maxAgeSeconds: 900, methods: ['password'] });
    const raised = await stepUp(guest, { password });
    await guest.with({ cookie: cookieOf(raised, 'sid') }).must(201, 'POST', '/auth/factors/totp', {});
  });
});

/** Makes the sign-in of a guest's session that much older than it is; it has not slid for as long, which is no matter. */
async function signedInMinutesAgo(guest: Guest, minutes: number): Promise<void> {
  const redis = await plainRedis(server.stores.REDIS_URL);
  const { ref } = guest.view.session;
  const [tag, handle] = ref.split('.');
  const [key] = (await redis.keys('*')).filter((name) => name.includes(tag) && name.includes(handle));
  const lines = String(await redis.hGet(key ?? '', 's')).split('\n');
  await redis.hSet(key ?? '', 's', [Number(lines[0]) - minutes * 60_000, ...lines.slice(1)].join('\n'));
  // Whoever has asked for the session before remembers it until the person changes.
  const epoch = Number(await redis.hGet(key ?? '', 'e'));
  await redis.hSet(key ?? '', 'e', epoch + 1);
  await redis.close();
}

async function entered(person: Account, code: string): Promise<Guest> {
  const reply = await answer({ challenge: await challenged(person), method: 'recovery', code });
  expect(reply.status).toBe(200);
  return guestOf(reply);
}

/** Whoever got this answer. */
function guestOf(reply: Answered): Guest {
  const lines = [reply.headers['set-cookie'] ?? []].flat();
  const cookie = lines.map((line) => line.split(';', 1)[0]).join('; ');
  const headers = { ...server.nobody.headers, cookie, 'x-csrf-token': reply.json.csrfToken };
  return new Guest(server.client, headers, reply.json);
}

/** One of the cookies an answer sets, as it is sent back. */
function cookieOf(reply: Answered, name: string): string {
  const lines = [reply.headers['set-cookie'] ?? []].flat();
  return lines.find((line) => line.startsWith(`${name}=`))?.split(';', 1)[0] ?? '';
}

/** Asks until the store is there again. */
async function patiently(ask: () => Promise<Answered>): Promise<Answered> {
  const until = performance.now() + 10_000;
  for (;;) {
    const found = await ask();
    if (found.status !== 503 || performance.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
