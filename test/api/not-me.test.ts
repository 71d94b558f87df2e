import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appCode } from '../support/authenticator-app.js';
import { Guest } from '../support/guest.js';
import { PastTheServer } from '../support/past-the-server.js';
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

const newer = 'seven grey herons by the lake';
let count = 0;
const newAddress = () => `other-${++count}@example.org`;
const post = (path: string, body: object, guest: Guest = server.nobody) => guest.ask('POST', path, { body });
const notMe = (token = '') => post('/auth/not-me', { token });
const linksTo = (email: string, path: string, atLeast = 1) => server.letters.links(email, path, atLeast);
const stateOf = async (guest: Guest) => (await guest.ask('GET', '/auth/session')).json.reason ?? 'live';
const viewOf = ({ id }: Account) => server.world.root.must(200, 'GET', `/admin/api/users/${id}`);

async function somebody(): Promise<{ anna: Account; guest: Guest }> {
  const anna = await server.world.account();
  return { anna, guest: await server.world.enter(anna) };
}

async function enrolApp(guest: Guest, name: string): Promise<{ id: string; secret: string }> {
  const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', { name });
  await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await appCode(secret) });
  return { id, secret };
}

/** As if all that has happened to somebody had happened so much earlier. */
async function earlier({ id }: Account, minutes = 10): Promise<void> {
  const by = `interval '${minutes} minutes'`;
  await past.ask(
    `UPDATE factors SET confirmed_at = confirmed_at - ${by}, created_at = created_at - ${by} WHERE user_id = $1`,
    [id],
  );
  await past.ask(`UPDATE issued_tokens SET created_at = created_at - ${by} WHERE user_id = $1`, [id]);
}

/** Moves the account to another address, both sides of which are read by whoever does it; the new address. */
async function moved({ email }: { email: string }, guest: Guest): Promise<string> {
  const to = newAddress();
  const confirm = '/auth/account/email/confirm';
  const before = (await server.letters.to(email)).filter((text) => text.includes(`${confirm}#`));
  expect((await post('/auth/account/email', { email: to, password }, guest)).status).toBe(202);
  const [atNew = ''] = await linksTo(to, confirm);
  const atOld = (await linksTo(email, confirm, before.length + 1)).at(-1);
  for (const token of [atNew, atOld]) expect((await post(confirm, { token })).status).toBe(200);
  return to;
}

/** The token of the letter that followed, and its text. */
async function followed(email: string, number = 1): Promise<{ token: string; text: string }> {
  const token = (await linksTo(email, '/auth/password/reset', number))[number - 1] ?? '';
  return { token, text: (await server.letters.to(email)).find((one) => one.includes(token)) ?? '' };
}

/** The new password alone lets nobody in; with a code of the app it does. */
async function expectAsked({ email }: Account, secret: string): Promise<void> {
  const asked = await server.nobody.ask('POST', '/auth/login', { body: { identifier: email, password: newer } });
  expect(asked.json).toMatchObject({ status: 401, type: '/problems/second-factor-required', methods: ['totp'] });
  const code = await appCode(secret, 1);
  const body = { challenge: asked.json.challenge, method: 'totp', code };
  expect((await server.nobody.ask('POST', '/auth/login/second-factor', { body })).status).toBe(200);
}

describe('"this was not me"', () => {
  it('says which second factors are still there, and the letter that told of one takes that one away', async () => {
    const { anna, guest } = await somebody();
    await enrolApp(guest, 'Telephone of a stranger');
    await linksTo(anna.email, '/auth/not-me');
    await earlier(anna);
    await guest.must(201, 'POST', '/auth/factors/recovery-codes');
    const [first, second] = await linksTo(anna.email, '/auth/not-me', 2);
    expect((await notMe(second)).status).toBe(204);
    const { text } = await followed(anna.email);
    expect(text).toMatch(/authenticator app “Telephone of a stranger” \(since \d+ \w+ \d{4} at \d\d:\d\d UTC\)/);
    expect(text).toContain('follow the link in the message that told you of it');
    expect(text).not.toContain('recovery codes');
    expect((await notMe(first)).status).toBe(204);
    const { token, text: last } = await followed(anna.email, 2);
    expect(last).toContain('Your account has no second factor now.');
    expect((await post('/auth/password/reset', { token, password: newer })).status).toBe(204);
    expect(await server.nobody.trySignIn({ identifier: anna.email, password: newer })).toBeInstanceOf(Guest);
  });

  it('takes the account back to before what it tells of: a factor from before that is asked for as ever', async () => {
    const { anna, guest } = await somebody();
    const { secret } = await enrolApp(guest, 'Phone');
    await linksTo(anna.email, '/auth/not-me');
    await earlier(anna);
    await guest.must(201, 'POST', '/auth/factors/recovery-codes');
    const [, token] = await linksTo(anna.email, '/auth/not-me', 2);
    expect((await notMe(token)).status).toBe(204);
    const { token: reset } = await followed(anna.email);
    expect((await post('/auth/password/reset', { token: reset, password: newer })).status).toBe(204);
    await expectAsked(anna, secret);
  });

  it('is not said by a plain reset: the mailbox alone takes no factor away (ASVS 6.4.3)', async () => {
    const { anna, guest } = await somebody();
    const { secret } = await enrolApp(guest, 'Phone');
    expect((await post('/auth/password/forgot', { email: anna.email })).status).toBe(202);
    const { token } = await followed(anna.email);
    expect((await post('/auth/password/reset', { token, password: newer })).status).toBe(204);
    await expectAsked(anna, secret);
  });

  it('leads nowhere from the mailbox of a stranger once the account has its address back', async () => {
    const { anna, guest } = await somebody();
    const first = await moved(anna, guest);
    const second = await moved({ email: first }, guest);
    const [own] = await linksTo(anna.email, '/auth/not-me');
    const strangers = [...(await linksTo(first, '/auth/not-me', 2)), ...(await linksTo(second, '/auth/not-me'))];
    expect((await notMe(own)).status).toBe(204);
    expect((await viewOf(anna)).email).toBe(anna.email);
    for (const token of strangers) expect((await notMe(token)).status).toBe(204);
    expect((await viewOf(anna)).email).toBe(anna.email);
    await followed(anna.email, 1 + strangers.length);
    for (const email of [first, second]) {
      expect((await server.letters.to(email)).join()).not.toContain('/auth/password/reset#');
    }
  });

  it('about something that came before a change of address gives that address back too', async () => {
    const { anna, guest } = await somebody();
    await guest.must(201, 'POST', '/auth/factors/recovery-codes');
    const [token] = await linksTo(anna.email, '/auth/not-me');
    const stranger = await moved(anna, guest);
    expect((await notMe(token)).status).toBe(204);
    expect((await viewOf(anna)).email).toBe(anna.email);
    await followed(anna.email);
    expect((await server.letters.to(stranger)).join()).not.toContain('/auth/password/reset#');
  });

  it('said twice at once is heard once, and nobody waits in vain; two letters are both heard', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { anna, guest } = await somebody();
      await guest.must(201, 'POST', '/auth/factors/recovery-codes');
      await guest.must(201, 'POST', '/auth/factors/recovery-codes');
      const [first, second] = await linksTo(anna.email, '/auth/not-me', 2);
      const both = await Promise.all([notMe(first), notMe(second)]);
      expect(both.map(({ status }) => status)).toEqual([204, 204]);
      expect((await viewOf(anna)).hasPassword).toBe(false);
      const { anna: berta, guest: other } = await somebody();
      await other.must(201, 'POST', '/auth/factors/recovery-codes');
      const [one] = await linksTo(berta.email, '/auth/not-me');
      const twice = await Promise.all([notMe(one), notMe(one)]);
      expect(twice.map(({ status }) => status).sort()).toEqual([204, 401]);
    }
  }, 30_000);
});

describe('"this was not me" when somebody else has given the account up', () => {
  const leave = (guest: Guest) => guest.ask('DELETE', '/auth/account', { body: { password } });

  it('keeps the account and takes it back, by the letter of that and by one from before', async () => {
    for (const byLetter of [1, 2]) {
      const { anna, guest } = await somebody();
      await guest.must(201, 'POST', '/auth/factors/recovery-codes');
      await linksTo(anna.email, '/auth/not-me');
      expect((await leave(guest)).status).toBe(204);
      const token = (await linksTo(anna.email, '/auth/not-me', 2))[byLetter - 1];
      expect((await notMe(token)).status).toBe(204);
      expect(await viewOf(anna)).toMatchObject({ disabled: false, deletesAt: null, hasPassword: false });
      const { token: reset } = await followed(anna.email);
      expect((await post('/auth/password/reset', { token: reset, password: newer })).status).toBe(204);
      expect(await server.nobody.trySignIn({ identifier: anna.email, password: newer })).toBeInstanceOf(Guest);
      const [keep] = await linksTo(anna.email, '/auth/account/keep');
      expect((await post('/auth/account/keep', { token: keep })).status).toBe(401);
    }
  });

  it('opens no account that staff have disabled, whether or not it was given up before', async () => {
    for (const givenUp of [true, false]) {
      const { anna, guest } = await somebody();
      await guest.must(201, 'POST', '/auth/factors/recovery-codes');
      const [token] = await linksTo(anna.email, '/auth/not-me');
      if (givenUp) await leave(guest);
      await server.world.root.must(200, 'POST', `/admin/api/users/${anna.id}/disable`);
      expect((await notMe(token)).json).toMatchObject({ type: '/problems/invalid-code' });
      expect(await viewOf(anna)).toMatchObject({ disabled: true, hasPassword: true });
    }
  });

  it('is told of at least, where accounts are removed at once', async () => {
    const house = await WholeServer.start({ ACCOUNT_DELETION_DAYS: '0', SEATLESS_SIGN_IN: 'true' });
    try {
      const anna = await house.world.account();
      expect((await leave(await house.world.enter(anna))).status).toBe(204);
      const until = performance.now() + 10_000;
      let letters: string[] = [];
      while (letters.length === 0 && performance.now() < until) letters = await house.letters.to(anna.email);
      expect(letters).toHaveLength(1);
      expect(letters[0]).toContain('Your account was removed');
      expect(letters[0]).toMatch(/from Firefox/);
      expect(letters[0]).not.toContain('#');
    } finally {
      await house.stop();
    }
  });
});

describe('"this was not me" when the address before has another account by now', () => {
  it('disables the account and sends nobody a link: staff are told in the audit log', async () => {
    const { anna, guest } = await somebody();
    const stranger = await moved(anna, guest);
    const [token] = await linksTo(anna.email, '/auth/not-me');
    await server.world.root.must(201, 'POST', '/admin/api/users', { email: anna.email, password });
    expect((await notMe(token)).status).toBe(204);
    expect(await stateOf(guest)).not.toBe('live');
    expect(await viewOf(anna)).toMatchObject({ email: stranger, verified: false, disabled: true, hasPassword: false });
    const { items } = await server.world.root.must(200, 'GET', `/admin/api/audit?targetId=${anna.id}`);
    const told = items.find(({ action }: { action: string }) => action === 'user.disabled');
    expect(told.detail.why).toContain('has another account now');
    await post('/auth/password/forgot', { email: stranger });
    // What was asked for after it is there: so would a letter to the stranger be.
    const { anna: other } = await somebody();
    await post('/auth/password/forgot', { email: other.email });
    await followed(other.email);
    expect((await server.letters.to(stranger)).join()).not.toContain('/auth/password/reset#');
    // Staff give the account back, of which the stranger's mailbox learns nothing.
    const { length } = await server.letters.to(stranger);
    const email = newAddress();
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${anna.id}`, { email });
    await server.world.root.must(200, 'POST', `/admin/api/users/${anna.id}/enable`);
    await server.world.root.must(200, 'POST', `/admin/api/users/${anna.id}/reset`, {});
    const { token: reset } = await followed(email);
    expect((await post('/auth/password/reset', { token: reset, password: newer })).status).toBe(204);
    const strangers = await linksTo(stranger, '/auth/not-me');
    expect(await server.letters.to(stranger)).toHaveLength(length);
    for (const each of strangers) await notMe(each);
    expect(await viewOf(anna)).toMatchObject({ email, disabled: false });
  });
});
