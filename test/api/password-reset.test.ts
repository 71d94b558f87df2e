import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { PastTheServer } from '../support/past-the-server.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

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

const password = 'seven grey herons by the lake';
const post = (path: string, body: object) => server.nobody.ask('POST', path, { body });
const forgot = (email: string) => post('/auth/password/forgot', { email });
const reset = (token: string, over: object = {}) => post('/auth/password/reset', { token, password, ...over });
const enter = ({ email }: Account, over: object = {}) =>
  server.nobody.trySignIn({ identifier: email, password, ...over });
const linkTo = async ({ email }: Account, number = 1) =>
  (await server.letters.links(email, '/auth/password/reset', number))[number - 1] ?? '';
const aMinuteLater = () => past.ask("UPDATE mail_outbox SET created_at = created_at - interval '61 seconds'");
const stateOf = async (guest: Guest) => (await guest.ask('GET', '/auth/session')).json.reason ?? 'live';
const viewOf = ({ id }: Account) => server.world.root.must(200, 'GET', `/admin/api/users/${id}`);

async function linkAsked(account: Account): Promise<string> {
  expect((await forgot(account.email)).status).toBe(202);
  return linkTo(account);
}

describe('a forgotten password', () => {
  it('is set anew by a link that works once, ends every session and signs nobody in (ASVS 6.4.3, 7.4.3)', async () => {
    const anna = await server.world.account();
    const guests = [await server.world.enter(anna), await server.world.enter(anna, { delivery: 'bearer' })];
    const token = await linkAsked(anna);
    expect(await Promise.all(guests.map(stateOf))).toEqual(['live', 'live']);
    const answer = await reset(token);
    expect([answer.status, answer.text, answer.headers['set-cookie']]).toEqual([204, '', undefined]);
    expect(await Promise.all(guests.map(stateOf))).toEqual(['credentials-changed', 'credentials-changed']);
    expect(await server.nobody.trySignIn(anna.login)).toMatchObject({ status: 401 });
    expect(await enter(anna)).toBeInstanceOf(Guest);
    expect((await reset(token)).json).toMatchObject({ type: '/problems/invalid-code' });
  });

  it('proves the mailbox: the address counts as confirmed', async () => {
    const email = 'unproven@example.org';
    const made = await server.world.root.must(201, 'POST', '/admin/api/users', { email, password, verified: false });
    const account = { id: made.id, email, login: { identifier: email, password } };
    await reset(await linkAsked(account));
    expect(await viewOf(account)).toMatchObject({ verified: true });
  });

  it('keeps no secret of the link, neither in the table nor, once it was sent, in the letter (ASVS 6.5.2)', async () => {
    const anna = await server.world.account();
    const token = await linkAsked(anna);
    const until = performance.now() + 5_000;
    let rows: unknown[] = [];
    do {
      rows = await past.ask(
        `SELECT i::text FROM issued_tokens i UNION ALL SELECT m::text FROM mail_outbox m UNION ALL
         SELECT a::text FROM audit a`,
      );
    } while (JSON.stringify(rows).includes(token) && performance.now() < until);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('is set by one of 50 who use the link at once', async () => {
    const anna = await server.world.account();
    const token = await linkAsked(anna);
    const tries = Array.from({ length: 50 }, (_, i) => `seven grey herons by the lake ${i}`);
    const statuses = await Promise.all(tries.map(async (own) => (await reset(token, { password: own })).status));
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    const winner = tries[statuses.indexOf(204)] ?? '';
    expect(await enter(anna, { password: winner })).toBeInstanceOf(Guest);
  });

  it('has one link at a time, for half an hour: a newer one and time put an end to it (ASVS 6.5.5)', async () => {
    const [anna, late] = [await server.world.account(), await server.world.account()];
    const first = await linkAsked(anna);
    await aMinuteLater();
    await forgot(anna.email);
    const second = await linkTo(anna, 2);
    expect((await reset(first)).status).toBe(401);
    const old = await linkAsked(late);
    const [row] = await past.ask<{ minutes: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::int / 60 AS minutes FROM issued_tokens
       WHERE purpose = 'reset' AND user_id = $1`,
      [late.id],
    );
    expect(row?.minutes).toBe(30);
    await past.ask("UPDATE issued_tokens SET expires_at = now() - interval '1 second' WHERE user_id = $1", [late.id]);
    expect((await reset(old)).status).toBe(401);
    expect(await server.nobody.trySignIn(late.login)).toBeInstanceOf(Guest);
    expect((await reset(second)).status).toBe(204);
  });

  it('refuses a password that is no good, and the link stays good', async () => {
    const anna = await server.world.account();
    const token = await linkAsked(anna);
    for (const [over, pointer] of [
      [{ password: 'short' }, '/password'],
      [{ password: '123456789012345' }, '/password'],
      [{ password: `${anna.email.slice(0, 16)}` }, '/password'],
      [{ token: 'x' }, '/token'],
      [{ email: anna.email }, '/email'],
    ] as const) {
      const answer = await reset(token, over);
      expect([JSON.stringify(over), answer.status, answer.json.errors?.[0].pointer]).toEqual([
        JSON.stringify(over),
        400,
        pointer,
      ]);
    }
    expect(await server.nobody.trySignIn(anna.login)).toBeInstanceOf(Guest);
    expect((await reset(token)).status).toBe(204);
  });

  it('is answered alike for nobody and for a disabled account, who are sent nothing (ASVS 6.3.8)', async () => {
    const [anna, gone] = [await server.world.account(), await server.world.account()];
    await server.world.root.must(200, 'POST', `/admin/api/users/${gone.id}/disable`);
    const answers = [await forgot(gone.email), await forgot('nobody@example.org'), await forgot(anna.email)];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [202, '{}']));
    await linkTo(anna);
    expect([await server.letters.to(gone.email), await server.letters.to('nobody@example.org')]).toEqual([[], []]);
  });

  it('cannot be set for an account that was disabled meanwhile', async () => {
    const anna = await server.world.account();
    const token = await linkAsked(anna);
    await server.world.root.must(200, 'POST', `/admin/api/users/${anna.id}/disable`);
    expect((await reset(token)).status).toBe(401);
    await server.world.root.must(200, 'POST', `/admin/api/users/${anna.id}/enable`);
    expect(await server.nobody.trySignIn(anna.login)).toBeInstanceOf(Guest);
  });

  it('sends one letter a minute, however often it is asked', async () => {
    const anna = await server.world.account();
    await Promise.all(Array.from({ length: 10 }, () => forgot(anna.email)));
    await linkTo(anna);
    while ((await past.ask('SELECT 1 FROM account_requests')).length > 0);
    expect(await server.letters.to(anna.email)).toHaveLength(1);
  });
});

describe('a letter about changed credentials', () => {
  const letterTo = async ({ email }: Account) => {
    const [token = ''] = await server.letters.links(email, '/auth/not-me');
    const text = (await server.letters.to(email)).find((one) => one.includes(token)) ?? '';
    return { token, text };
  };

  async function changed(): Promise<{ anna: Account; guest: Guest }> {
    const anna = await server.world.account();
    const before = await server.world.enter(anna, { delivery: 'bearer' });
    const body = { currentPassword: anna.login.password, newPassword: password };
    const answer = await before.ask('POST', '/auth/password/change', { body });
    expect(answer.status).toBe(200);
    return { anna, guest: before.with({ authorization: `Bearer ${answer.json.sessionToken}` }) };
  }

  it('says what was done, when and from where, and has a link for whoever did not do it (ASVS 6.3.7)', async () => {
    const { anna } = await changed();
    const { text, token } = await letterTo(anna);
    expect(text).toContain('The password of your account was changed.');
    expect(text).toMatch(/on \d+ \w+ \d{4} at \d\d:\d\d UTC, from Firefox/);
    expect(text).toContain('address 127.0.0.1');
    expect(text).toContain(`http://127.0.0.1:3000/auth/not-me#${token}`);
    expect(text).not.toContain(password);
  });

  it('lets its person end every session; the password is worth nothing, and a new one is to be chosen', async () => {
    const { anna, guest } = await changed();
    const { token } = await letterTo(anna);
    expect(await stateOf(guest)).toBe('live');
    expect((await post('/auth/not-me', { token })).status).toBe(204);
    expect(await stateOf(guest)).toBe('credentials-changed');
    expect(await enter(anna)).toMatchObject({ status: 401 });
    expect(await viewOf(anna)).toMatchObject({ hasPassword: false, disabled: false });
    expect((await post('/auth/not-me', { token })).json).toMatchObject({ type: '/problems/invalid-code' });
    expect((await reset(await linkTo(anna), { password: 'nine blue owls upon the roof' })).status).toBe(204);
    expect(await enter(anna, { password: 'nine blue owls upon the roof' })).toBeInstanceOf(Guest);
  });

  it('does nothing for a link that is unknown or has another form', async () => {
    expect((await post('/auth/not-me', { token: 'A'.repeat(43) })).status).toBe(401);
    expect((await post('/auth/not-me', { token: 'x' })).json.errors[0].pointer).toBe('/token');
    const { anna } = await changed();
    expect(await enter(anna)).toBeInstanceOf(Guest);
  });

  it('is audited with what was changed, and without secrets', async () => {
    const { anna } = await changed();
    const { json } = await server.world.root.ask('GET', `/admin/api/audit?targetId=${anna.id}`);
    expect(json.items[0]).toMatchObject({
      action: 'user.credentials-changed',
      detail: { kind: 'password-changed' },
    });
  });
});

describe('POST /admin/api/users/{id}/reset', () => {
  const start = ({ id }: Account, guest: Guest = server.world.root) =>
    guest.ask('POST', `/admin/api/users/${id}/reset`, { body: {} });

  it('ends every session and the old password at once, and sends a link to a new one', async () => {
    const anna = await server.world.account();
    const guest = await server.world.enter(anna);
    expect((await start(anna)).json).toMatchObject({ id: anna.id, hasPassword: false });
    expect(await stateOf(guest)).toBe('credentials-changed');
    expect(await server.nobody.trySignIn(anna.login)).toMatchObject({ status: 401 });
    expect((await reset(await linkTo(anna))).status).toBe(204);
    expect(await enter(anna)).toBeInstanceOf(Guest);
  });

  it('is refused to who may not, for staff by staff, for oneself, for the disabled and for nobody', async () => {
    const [anna, boss, gone] = [
      await server.world.account(),
      await server.world.account(['admin']),
      await server.world.account(),
    ];
    await server.world.root.must(200, 'POST', `/admin/api/users/${gone.id}/disable`);
    const staff = await server.world.staff('staff');
    expect((await start(anna, server.nobody)).status).toBe(401);
    expect((await start(anna, await server.world.enter(await server.world.account()))).status).toBe(403);
    expect((await start(boss, staff)).json).toMatchObject({ status: 403, permission: 'staff.write' });
    expect((await start({ ...anna, id: staff.view.user.id }, staff)).status).toBe(400);
    expect((await start(gone)).json.errors[0].pointer).toBe('path:id');
    expect((await start({ ...anna, id: '00000000-0000-4000-8000-000000000000' })).status).toBe(404);
    expect(await server.nobody.trySignIn(anna.login)).toBeInstanceOf(Guest);
    expect(await server.letters.to(boss.email)).toEqual([]);
  });

  it('is how staff have a password changed: they set none themselves (ASVS 6.4.6)', async () => {
    const anna = await server.world.account();
    const answer = await server.world.root.ask('PATCH', `/admin/api/users/${anna.id}`, { body: { password } });
    expect(answer.json.errors).toEqual([{ pointer: '/password', rule: expect.stringContaining('start a reset') }]);
    expect(await server.nobody.trySignIn(anna.login)).toBeInstanceOf(Guest);
  });
});
