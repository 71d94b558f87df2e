import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { PastTheServer } from '../support/past-the-server.js';
import { plainRedis } from '../support/plain-redis.js';
import { WholeServer } from '../support/whole-server.js';
import { type Account, password } from '../support/world.js';

let server: WholeServer;
let past: PastTheServer;

beforeAll(async () => {
  server = await WholeServer.start({ SEATLESS_SIGN_IN: 'true' });
  past = await PastTheServer.open(server.databaseUrl);
}, 60_000);

afterAll(async () => {
  await past?.close();
  await server?.stop();
});

const path = '/auth/account';
let count = 0;
const newAddress = () => `moved-${++count}@example.org`;
const post = (to: string, body: object, guest: Guest = server.nobody) => guest.ask('POST', to, { body });
const stateOf = async (guest: Guest) => (await guest.ask('GET', '/auth/session')).json.reason ?? 'live';
const viewOf = (id: string) => server.world.root.ask('GET', `/admin/api/users/${id}`);
const linkTo = async (email: string, where: string) => (await server.letters.links(email, where))[0] ?? '';
const actionsOn = async (id: string) =>
  (await server.world.root.must(200, 'GET', `/admin/api/audit?targetId=${id}`)).items.map(
    ({ action }: { action: string }) => action,
  );

async function somebody(over: Readonly<Record<string, unknown>> = {}): Promise<{ anna: Account; guest: Guest }> {
  const anna = await server.world.account();
  return { anna, guest: await server.world.enter(anna, over) };
}

/** Somebody whose sign-in is that much older than it is. It has not slid for as long either, which is no matter. */
async function enteredMinutesAgo(anna: Account, minutes: number): Promise<Guest> {
  const guest = await server.world.enter(anna);
  const redis = await plainRedis(server.stores.REDIS_URL);
  const [tag, handle] = guest.view.session.ref.split('.');
  const [key = ''] = (await redis.keys('*')).filter((name) => name.includes(tag) && name.includes(handle));
  const [at, ...rest] = String(await redis.hGet(key, 's')).split('\n');
  await redis.hSet(key, 's', [Number(at) - minutes * 60_000, ...rest].join('\n'));
  await redis.close();
  return guest;
}

describe('GET and PATCH /auth/account', () => {
  it('tells a person what is kept of them, and nothing of the password', async () => {
    const { anna, guest } = await somebody();
    expect(await guest.must(200, 'GET', path)).toEqual({
      id: anna.id,
      email: anna.email,
      username: null,
      name: null,
      verified: true,
      roles: ['user'],
      hasPassword: true,
      createdOn: expect.any(String),
      lastLicenceUpdate: null,
      pendingEmail: null,
      deletesAt: null,
      version: 1,
    });
    expect((await server.nobody.ask('GET', path)).json).toMatchObject({ type: '/problems/not-signed-in' });
  });

  it('changes the name and the user name, and every session learns of it without ending', async () => {
    const { anna, guest } = await somebody();
    const other = await server.world.enter(anna, { delivery: 'bearer' });
    const body = { name: 'Anna B.', username: `anna${count}x`, version: 1 };
    expect(await guest.must(200, 'PATCH', path, body)).toMatchObject({ name: 'Anna B.', username: `anna${count}x` });
    expect((await other.must(200, 'GET', '/auth/session')).user).toMatchObject({ name: 'Anna B.' });
    expect(await server.nobody.trySignIn({ identifier: `anna${count}x`, password })).toBeInstanceOf(Guest);
    expect(await actionsOn(anna.id)).toEqual(['user.credentials-changed', 'user.updated', 'user.created']);
  });

  it('wants a fresh sign-in for another user name, not for another name, and tells the person (ASVS 6.3.7, 7.5.1)', async () => {
    const { anna, guest } = await somebody();
    const stale = await enteredMinutesAgo(anna, 16);
    const refused = await stale.ask('PATCH', path, { body: { username: 'kept.by.nobody' } });
    expect(refused.json).toMatchObject({ type: '/problems/step-up-required', maxAgeSeconds: 900 });
    expect(await stale.must(200, 'PATCH', path, { name: 'Anna' })).toMatchObject({ username: null });
    await guest.must(200, 'PATCH', path, { username: 'anna.told' });
    // The other letter is about the second browser.
    await server.letters.links(anna.email, '/auth/not-me', 2);
    expect((await server.letters.to(anna.email)).join()).toContain('The user name of your account was changed.');
    expect([await stateOf(guest), await stateOf(stale)]).toEqual(['live', 'live']);
    await guest.must(200, 'PATCH', path, { username: 'anna.told', name: 'Anna B.' });
    expect((await actionsOn(anna.id)).filter((action: string) => action === 'user.credentials-changed')).toHaveLength(
      1,
    );
  });

  it('refuses what is not one’s own to change, what is taken and what has changed meanwhile', async () => {
    const { guest } = await somebody();
    await (await somebody()).guest.must(200, 'PATCH', path, { username: 'taken.name' });
    for (const [body, status, pointer] of [
      [{ roles: ['admin'] }, 400, '/roles'],
      [{ email: 'other@example.org' }, 400, '/email'],
      [{ verified: true }, 400, '/verified'],
      [{ username: 'a@b.de' }, 400, '/username'],
      [{ username: 'Taken.Name' }, 409, '/username'],
      [{ name: 'X', version: 9 }, 409, '/version'],
    ] as const) {
      const { json } = await guest.ask('PATCH', path, { body });
      expect([json.status, json.errors?.[0].pointer ?? json.pointer]).toEqual([status, pointer]);
    }
    expect(await guest.must(200, 'GET', path)).toMatchObject({ name: null, version: 1, roles: ['user'] });
  });
});

describe('POST /auth/password/change', () => {
  const body = { currentPassword: password, newPassword: 'seven grey herons by the lake' };

  it('keeps the other sessions where that is wished; remembered browsers end all the same (ASVS 7.4.3)', async () => {
    const { anna, guest } = await somebody({ remember: true });
    const other = await server.world.enter(anna, { delivery: 'bearer' });
    const remembered = () =>
      past.ask("SELECT 1 FROM issued_tokens WHERE purpose = 'remembered' AND user_id = $1 AND revoked_at IS NULL", [
        anna.id,
      ]);
    expect(await remembered()).toHaveLength(1);
    expect((await post('/auth/password/change', { ...body, endOthers: false }, guest)).status).toBe(204);
    expect(await remembered()).toEqual([]);
    const cookie = /remember=[^;]+/.exec(guest.headers['cookie'] ?? '')?.[0] ?? '';
    expect(cookie).not.toBe('');
    expect((await post('/auth/resume', {}, server.nobody.with({ cookie }))).status).toBe(401);
    const third = await server.nobody.signIn({ identifier: anna.email, password: body.newPassword });
    expect([await stateOf(other), await stateOf(third)]).toEqual(['live', 'live']);
  });

  it('ends them otherwise', async () => {
    const { anna, guest } = await somebody();
    const other = await server.world.enter(anna, { delivery: 'bearer' });
    expect((await post('/auth/password/change', body, guest)).status).toBe(204);
    expect(await stateOf(other)).toBe('credentials-changed');
  });
});

describe('POST /auth/account/sign-out-everywhere', () => {
  const everywhere = (guest: Guest) => guest.ask('POST', '/auth/account/sign-out-everywhere');

  it('ends every session and remembered browser of the person, and of nobody else; the password stays right', async () => {
    const { anna, guest } = await somebody({ remember: true });
    const other = await server.world.enter(anna, { delivery: 'bearer' });
    const { guest: stranger } = await somebody();
    const answer = await everywhere(guest);
    expect([answer.status, answer.headers['set-cookie']]).toEqual([204, [expect.stringMatching(/^sid=;/)]]);
    expect([await stateOf(guest), await stateOf(other), await stateOf(stranger)]).toEqual([
      'credentials-changed',
      'credentials-changed',
      'live',
    ]);
    const cookie = /remember=[^;]+/.exec(guest.headers['cookie'] ?? '')?.[0] ?? '';
    expect((await post('/auth/resume', {}, server.nobody.with({ cookie }))).status).toBe(401);
    expect(await server.nobody.trySignIn(anna.login)).toBeInstanceOf(Guest);
    await linkTo(anna.email, '/auth/not-me');
  });

  it('is refused to nobody and to another site, and ends nothing', async () => {
    const { guest } = await somebody();
    expect((await everywhere(server.nobody)).status).toBe(401);
    expect((await everywhere(guest.with({ 'x-csrf-token': undefined }))).status).toBe(403);
    expect(await stateOf(guest)).toBe('live');
  });
});

describe('a change of address', () => {
  const confirm = (token: string) => post('/auth/account/email/confirm', { token });
  const where = '/auth/account/email/confirm';
  const ask = (guest: Guest, email: string, over: object = {}) =>
    post('/auth/account/email', { email, password, ...over }, guest);

  it.each([
    ['new', 'old'],
    ['old', 'new'],
  ] as const)('is made when both sides have confirmed it, the %s one first', async (first, second) => {
    const { anna, guest } = await somebody();
    const email = newAddress();
    expect(await ask(guest, email)).toMatchObject({ status: 202, json: {} });
    const tokens = { new: await linkTo(email, where), old: await linkTo(anna.email, where) };
    expect(await guest.must(200, 'GET', path)).toMatchObject({ email: anna.email, pendingEmail: email });
    expect((await confirm(tokens[first])).json).toEqual({ changed: false, waitingFor: second });
    expect((await confirm(tokens[first])).status).toBe(401);
    expect(await guest.must(200, 'GET', path)).toMatchObject({ email: anna.email });
    expect((await confirm(tokens[second])).json).toEqual({ changed: true, waitingFor: null });
    expect((await guest.must(200, 'GET', '/auth/session')).user).toMatchObject({ email, verified: true });
    expect(await guest.must(200, 'GET', path)).toMatchObject({ email, pendingEmail: null });
    expect(await server.nobody.trySignIn(anna.login)).toMatchObject({ status: 401 });
    expect(await server.nobody.trySignIn({ identifier: email, password })).toBeInstanceOf(Guest);
    expect(await actionsOn(anna.id)).toEqual(['user.credentials-changed', 'user.updated', 'user.created']);
  });

  it('is told to both addresses, and the old one can take it back (ASVS 6.3.7)', async () => {
    const { anna, guest } = await somebody();
    const email = newAddress();
    await ask(guest, email);
    await confirm(await linkTo(email, where));
    await confirm(await linkTo(anna.email, where));
    await linkTo(email, '/auth/not-me');
    const token = await linkTo(anna.email, '/auth/not-me');
    expect((await post('/auth/not-me', { token })).status).toBe(204);
    expect(await stateOf(guest)).toBe('credentials-changed');
    expect((await viewOf(anna.id)).json).toMatchObject({ email: anna.email, hasPassword: false });
    expect(await linkTo(anna.email, '/auth/password/reset')).toMatch(/^[\w-]{43}$/);
    expect((await server.letters.to(email)).some((letter) => letter.includes('/auth/password/reset#'))).toBe(false);
  });

  it('needs the new side alone while the present address was never confirmed, which is told nothing', async () => {
    const [wrong, email] = [newAddress(), newAddress()];
    const made = { email: wrong, password, verified: false };
    const { id } = await server.world.root.must(201, 'POST', '/admin/api/users', made);
    const guest = await server.world.enter({ id, email: wrong, login: { identifier: wrong, password } });
    await ask(guest, email);
    expect((await confirm(await linkTo(email, where))).json).toEqual({ changed: true, waitingFor: null });
    await linkTo(email, '/auth/not-me');
    expect(await server.letters.to(wrong)).toEqual([]);
    expect((await viewOf(id)).json).toMatchObject({ email, verified: true });
  });

  it('does not tell whether the new address has an account, and cannot take it (ASVS 6.3.8)', async () => {
    const [{ anna, guest }, { anna: other }] = [await somebody(), await somebody()];
    expect(await ask(guest, other.email)).toMatchObject({ status: 202, json: {} });
    const old = await linkTo(anna.email, where);
    expect(await guest.must(200, 'GET', path)).toMatchObject({ pendingEmail: other.email });
    expect((await confirm(old)).json).toEqual({ changed: false, waitingFor: 'new' });
    const letters = await server.letters.to(other.email);
    expect(letters.join()).toContain('You have an account already');
    expect(letters.join()).not.toContain(where);
    expect(await guest.must(200, 'GET', path)).toMatchObject({ email: anna.email });
  });

  it('loses against somebody who has taken the address meanwhile', async () => {
    const { anna, guest } = await somebody();
    const email = newAddress();
    await ask(guest, email);
    const tokens = [await linkTo(email, where), await linkTo(anna.email, where)] as const;
    await server.world.root.must(201, 'POST', '/admin/api/users', { email, password });
    expect((await confirm(tokens[0])).status).toBe(200);
    expect((await confirm(tokens[1])).json).toMatchObject({ status: 409, type: '/problems/already-exists' });
    expect(await guest.must(200, 'GET', path)).toMatchObject({ email: anna.email });
  });

  it('ends with a new password, and with a newer one', async () => {
    const { anna, guest } = await somebody();
    const [first, second] = [newAddress(), newAddress()];
    await ask(guest, first);
    const token = await linkTo(first, where);
    await past.ask("UPDATE mail_outbox SET created_at = created_at - interval '61 seconds'");
    await ask(guest, second);
    const newer = await linkTo(second, where);
    expect((await confirm(token)).status).toBe(401);
    const change = { currentPassword: password, newPassword: 'seven grey herons by the lake' };
    expect((await post('/auth/password/change', change, guest)).status).toBe(204);
    expect((await confirm(newer)).status).toBe(401);
    expect((await viewOf(anna.id)).json).toMatchObject({ email: anna.email });
  });

  it('is counted for the person, whatever others ask for from the same place', async () => {
    const house = await WholeServer.start({ THROTTLE_ACCOUNT: '3', THROTTLE_ADDRESS: '10', SEATLESS_SIGN_IN: 'true' });
    try {
      const forgot = () => house.nobody.ask('POST', '/auth/password/forgot', { body: { email: newAddress() } });
      const statuses: number[] = [];
      for (let i = 0; i < 11; i += 1) statuses.push((await forgot()).status);
      expect(statuses).toEqual([...Array(10).fill(202), 429]);
      const [guest, other] = [await house.world.account(), await house.world.account()];
      const inside = await house.world.enter(guest);
      const moves: number[] = [];
      for (let i = 0; i < 4; i += 1) moves.push((await ask(inside, newAddress())).status);
      expect(moves).toEqual([202, 202, 202, 429]);
      expect((await ask(await house.world.enter(other), newAddress())).status).toBe(202);
    } finally {
      await house.stop();
    }
  });

  it('wants a fresh sign-in (ASVS 7.5.1)', async () => {
    const { anna } = await somebody();
    const email = newAddress();
    const answer = await ask(await enteredMinutesAgo(anna, 16), email);
    expect(answer.json).toMatchObject({ type: '/problems/step-up-required', maxAgeSeconds: 900 });
    expect(await past.ask('SELECT 1 FROM account_requests WHERE email = $1', [email])).toEqual([]);
  });

  it('is refused to nobody, without the password, with a wrong one, and to the address one has', async () => {
    const { anna, guest } = await somebody();
    const email = newAddress();
    expect((await ask(server.nobody, email)).status).toBe(401);
    expect((await ask(guest, email, { password: undefined })).json.errors[0].pointer).toBe('/password');
    expect((await ask(guest, email, { password: 'wrong' })).json).toMatchObject({
      type: '/problems/invalid-credentials',
    });
    expect((await ask(guest, anna.email.toUpperCase())).json.errors[0].pointer).toBe('/email');
    expect((await ask(guest, 'nobody')).json.errors[0].pointer).toBe('/email');
    expect(await past.ask('SELECT 1 FROM account_requests WHERE email = $1', [email])).toEqual([]);
    expect(await server.letters.to(email)).toEqual([]);
  });
});

describe('DELETE /auth/account', () => {
  const leave = (guest: Guest, body: object = { password }) => guest.ask('DELETE', path, { body });

  it('ends the sessions, frees the seats and lets nobody in; a link keeps the account', async () => {
    const { licenceId, member } = await server.world.institute();
    const guest = await server.world.enter(member);
    const answer = await leave(guest);
    expect([answer.status, answer.headers['set-cookie']]).toEqual([204, [expect.stringMatching(/^sid=;/)]]);
    expect(await stateOf(guest)).toBe('account-disabled');
    const { used } = await server.world.root.must(200, 'GET', `/admin/api/licences/${licenceId}`);
    expect(used).toBe(0);
    expect(await server.nobody.trySignIn(member.login)).toMatchObject({ status: 401 });
    const { json } = await viewOf(member.id);
    expect(json.disabled).toBe(true);
    expect(Date.parse(json.deletesAt) - Date.now()).toBeGreaterThan(13.9 * 86_400_000);
    const token = await linkTo(member.email, '/auth/account/keep');
    expect((await post('/auth/account/keep', { token })).status).toBe(204);
    expect((await viewOf(member.id)).json).toMatchObject({ disabled: false, deletesAt: null });
    expect(await server.nobody.trySignIn(member.login)).toBeInstanceOf(Guest);
    expect((await post('/auth/account/keep', { token })).status).toBe(401);
    expect((await actionsOn(member.id)).slice(0, 2)).toEqual(['user.enabled', 'user.given-up']);
  });

  it('is taken back once by two who use the link at once, and by staff meanwhile: nobody waits in vain', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [{ anna, guest }, { anna: berta, guest: other }] = [await somebody(), await somebody()];
      await leave(guest);
      await leave(other);
      const token = await linkTo(anna.email, '/auth/account/keep');
      const twice = await Promise.all([1, 2].map(() => post('/auth/account/keep', { token })));
      expect(twice.map(({ status }) => status).sort()).toEqual([204, 401]);
      const keep = await linkTo(berta.email, '/auth/account/keep');
      const [byLink, byStaff] = await Promise.all([
        post('/auth/account/keep', { token: keep }),
        server.world.root.ask('POST', `/admin/api/users/${berta.id}/disable`),
      ]);
      expect([
        [204, 200],
        [401, 200],
      ]).toContainEqual([byLink.status, byStaff.status]);
    }
  }, 20_000);

  it('is taken back by staff, and only by them once they have disabled it', async () => {
    const [{ anna: one, guest: first }, { anna: two, guest: second }] = [await somebody(), await somebody()];
    await leave(first);
    await leave(second);
    const token = await linkTo(two.email, '/auth/account/keep');
    await server.world.root.must(200, 'POST', `/admin/api/users/${one.id}/enable`);
    expect(await server.nobody.trySignIn(one.login)).toBeInstanceOf(Guest);
    await server.world.root.must(200, 'POST', `/admin/api/users/${two.id}/disable`);
    expect((await post('/auth/account/keep', { token })).status).toBe(401);
    expect(await server.nobody.trySignIn(two.login)).toMatchObject({ status: 401 });
  });

  it('removes the account when its time is over: once, however many servers look', async () => {
    const { anna, guest } = await somebody();
    const { anna: kept, guest: other } = await somebody();
    await leave(guest);
    await leave(other);
    await past.ask("UPDATE users SET deletes_at = now() - interval '1 second' WHERE id = $1", [anna.id]);
    const { departures } = server.usher;
    const removed = await Promise.all([departures.round(), departures.round(), departures.round()]);
    expect(removed.reduce((sum, n) => sum + n, 0)).toBe(1);
    expect((await viewOf(anna.id)).status).toBe(404);
    expect((await viewOf(kept.id)).status).toBe(200);
    expect((await actionsOn(anna.id)).filter((action: string) => action === 'user.deleted')).toHaveLength(1);
    expect(await past.ask('SELECT 1 FROM issued_tokens WHERE user_id = $1', [anna.id])).toEqual([]);
  });

  it('wants the password, and changes nothing without it', async () => {
    const { anna, guest } = await somebody();
    expect((await leave(server.nobody)).status).toBe(401);
    expect((await leave(guest, {})).json.errors[0].pointer).toBe('/password');
    expect((await leave(guest, { password: 'wrong' })).json).toMatchObject({ type: '/problems/invalid-credentials' });
    expect((await leave(guest, { password, id: anna.id })).json.errors[0].pointer).toBe('/id');
    expect(await stateOf(guest)).toBe('live');
    expect((await viewOf(anna.id)).json).toMatchObject({ disabled: false, deletesAt: null });
  });

  it('wants a fresh sign-in where there is no password (ASVS 7.5.1)', async () => {
    const { anna } = await somebody();
    const stale = await enteredMinutesAgo(anna, 16);
    const fresh = await server.world.enter(anna);
    await past.ask('UPDATE users SET password_hash = NULL WHERE id = $1', [anna.id]);
    expect((await leave(stale, {})).json).toMatchObject({ type: '/problems/step-up-required', maxAgeSeconds: 900 });
    expect(await stateOf(stale)).toBe('live');
    expect((await leave(fresh, {})).status).toBe(204);
    expect(await stateOf(stale)).toBe('account-disabled');
  });

  it('is refused to the last administrator', async () => {
    const house = await WholeServer.start({ ACCOUNT_DELETION_DAYS: '0' });
    try {
      const body = { password: 'the first administrator' };
      const answer = await house.world.root.ask('DELETE', path, { body });
      expect(answer.json).toMatchObject({ status: 400, type: '/problems/invalid-request' });
      expect((await house.world.root.ask('GET', '/auth/session')).status).toBe(200);
      const admin = await house.world.account(['admin']);
      const guest = await house.world.enter(admin);
      expect((await guest.ask('DELETE', path, { body: { password } })).status).toBe(204);
      expect((await house.world.root.ask('GET', `/admin/api/users/${admin.id}`)).status).toBe(404);
    } finally {
      await house.stop();
    }
  });
});
