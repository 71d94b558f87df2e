import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { decoded, MailSink } from '../support/mail-sink.js';
import { PastTheServer } from '../support/past-the-server.js';
import { firefox } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';

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

let count = 0;
const newAddress = () => `newcomer-${++count}@example.org`;
const password = 'seven grey herons by the lake';
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  server.nobody.ask('POST', path, { body, headers });
const register = (email: string, over: object = {}) => post('/auth/register', { email, password, ...over });
const verify = (token: string, over: object = { password }) => post('/auth/verify-email', { token, ...over });
const accountsOf = async (email: string) =>
  (await server.world.root.must(200, 'GET', `/admin/api/users?q=${encodeURIComponent(email)}`)).items;
const linkTo = async (email: string, number = 1) =>
  (await server.letters.links(email, '/auth/verify-email', number))[number - 1] ?? '';
const enter = (identifier: string, over: object = {}) => server.nobody.trySignIn({ identifier, password, ...over });
/** Comes after everything asked before it: when it is there, so would they be. */
async function everythingAnswered() {
  const email = newAddress();
  await register(email);
  await linkTo(email);
}

describe('POST /auth/register', () => {
  it('makes nothing before the address is confirmed, and then the account that was asked for (ASVS 6.3.8)', async () => {
    const email = newAddress();
    const answer = await register(email, { name: 'Zoë' });
    expect([answer.status, answer.json]).toEqual([202, {}]);
    const token = await linkTo(email);
    expect(await accountsOf(email)).toEqual([]);
    expect(await enter(email)).toMatchObject({ status: 401 });
    const confirmed = await verify(token);
    expect(confirmed).toMatchObject({ status: 200, json: { email } });
    expect(confirmed.headers['set-cookie']).toBeUndefined();
    expect(await accountsOf(email)).toMatchObject([{ email, name: 'Zoë', verified: true, roles: ['user'] }]);
    expect(await enter(email)).toBeInstanceOf(Guest);
    expect((await verify(token)).json).toMatchObject({ type: '/problems/invalid-code' });
  });

  it('answers alike for an address that has an account; only its mailbox learns of it', async () => {
    const { email } = await server.world.account();
    const [known, unknown] = [await register(email.toUpperCase()), await register(newAddress())];
    const seen = ({ status, json, headers }: typeof known) => {
      const { date: _date, 'x-request-id': _id, ...rest } = headers;
      return { status, json, rest };
    };
    expect(seen(known)).toEqual(seen(unknown));
    await everythingAnswered();
    const [letter, ...others] = await server.letters.to(email);
    expect(others).toEqual([]);
    expect(letter).toContain('You have an account already');
    expect(letter).not.toContain('/auth/verify-email#');
    expect(await accountsOf(email)).toHaveLength(1);
    expect(await enter(email)).toMatchObject({ status: 401 });
  });

  it('gives the account the password that was sent with the link which is followed, and no other', async () => {
    const house = await WholeServer.start({
      TRUST_PROXY: 'loopback',
      ALLOW_INSECURE: 'true',
      SEATLESS_SIGN_IN: 'true',
    });
    const [email, strangers] = [newAddress(), 'what somebody else wants it to be'];
    const send = (path: string, body: object, from: string) =>
      house.nobody.ask('POST', path, { body, headers: { 'x-forwarded-for': from } });
    try {
      // Also when the stranger asks first, in the same moment, and again.
      await send('/auth/register', { email, password: strangers }, '192.0.2.7');
      const [foreign = ''] = await house.letters.links(email, '/auth/verify-email');
      await send('/auth/register', { email, password }, '198.51.100.7');
      const [own = ''] = (await house.letters.links(email, '/auth/verify-email', 2)).filter((one) => one !== foreign);
      const confirm = (token: string, given: string) =>
        send('/auth/verify-email', { token, password: given }, '198.51.100.7');
      expect((await confirm(foreign, password)).json).toMatchObject({ type: '/problems/invalid-credentials' });
      expect((await confirm(own, password)).status).toBe(200);
      expect((await confirm(foreign, strangers)).json).toMatchObject({ status: 409, type: '/problems/already-exists' });
      expect(await house.nobody.trySignIn({ identifier: email, password })).toBeInstanceOf(Guest);
      expect(await house.nobody.trySignIn({ identifier: email, password: strangers })).toMatchObject({ status: 401 });
    } finally {
      await house.stop();
    }
  });

  it('makes nothing for who follows the link without the password that was chosen, and takes five tries (ASVS 6.3.1)', async () => {
    const email = newAddress();
    await register(email);
    const token = await linkTo(email);
    const missing = await verify(token, {});
    expect([missing.status, missing.json.errors?.[0]]).toEqual([
      400,
      { pointer: '/password', rule: expect.stringContaining('chosen at registration') },
    ]);
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => verify(token, { password: `what the owner wants it to be ${i}` })),
    );
    const told = guesses.map(({ json }) => json.type);
    expect(told.filter((type) => type === '/problems/invalid-credentials')).toHaveLength(5);
    expect(told.filter((type) => type === '/problems/invalid-code')).toHaveLength(15);
    expect((await verify(token)).json).toMatchObject({ type: '/problems/invalid-code' });
    expect(await accountsOf(email)).toEqual([]);
    await past.ask("UPDATE mail_outbox SET created_at = created_at - interval '2 minutes'");
    await register(email);
    expect((await verify(await linkTo(email, 2))).status).toBe(200);
  });

  it('sends at most twenty letters an hour to a mailbox, from however many places they are asked for', async () => {
    const house = await WholeServer.start({ TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' });
    const inside = await PastTheServer.open(house.databaseUrl);
    const email = newAddress();
    try {
      for (let i = 0; i < 25; i += 1) {
        const headers = { 'x-forwarded-for': `192.0.2.${i}` };
        await house.nobody.ask('POST', '/auth/register', { body: { email, password }, headers });
      }
      while ((await inside.ask('SELECT 1 FROM account_requests')).length > 0);
      expect(await inside.ask('SELECT 1 FROM mail_outbox WHERE recipient = $1', [email])).toHaveLength(20);
    } finally {
      await inside.close();
      await house.stop();
    }
  }, 30_000);

  it('makes one account of 50 uses of one link at once', async () => {
    const email = newAddress();
    await register(email);
    const token = await linkTo(email);
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    const statuses = answers.map(({ status }) => status).filter((status) => status !== 503);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([200, 401]));
    expect(await accountsOf(email)).toHaveLength(1);
  });

  it('sends one letter a minute and five an hour to an address, and says nothing of it', async () => {
    const email = newAddress();
    const answers = [await register(email), await register(email), await register(email)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    await everythingAnswered();
    expect(await server.letters.to(email)).toHaveLength(1);
    for (let number = 2; number <= 7; number += 1) {
      await past.ask("UPDATE mail_outbox SET created_at = created_at - interval '61 seconds'");
      await register(email);
      await everythingAnswered();
    }
    expect(await server.letters.to(email)).toHaveLength(5);
  });

  it('refuses what is no account, names the field, and writes to nobody', async () => {
    const email = newAddress();
    for (const [over, pointer] of [
      [{ email: 'nobody' }, '/email'],
      [{ password: 'short' }, '/password'],
      [{ password: '123456789012345' }, '/password'],
      [{ name: 'two\nlines' }, '/name'],
      [{ roles: ['admin'] }, '/roles'],
      [{ verified: true }, '/verified'],
    ] as const) {
      const answer = await register(email, over);
      expect([answer.status, answer.json.errors?.[0].pointer]).toEqual([400, pointer]);
    }
    const elsewhere = await post('/auth/register', { email, password }, { origin: 'https://elsewhere.example' });
    expect(elsewhere.json).toMatchObject({ type: '/problems/cross-site-request' });
    await everythingAnswered();
    expect(await server.letters.to(email)).toEqual([]);
  });

  it('sends links to PUBLIC_URL, whatever the request says of its host', async () => {
    const email = newAddress();
    const body = Buffer.from(JSON.stringify({ email, password }));
    const lines = ['Content-Type', 'application/json', 'Content-Length', `${body.length}`, 'User-Agent', firefox];
    const forged = ['Host', 'evil.example', 'X-Forwarded-Host', 'evil.example', 'X-Forwarded-Proto', 'gopher'];
    const answer = await server.client.send('POST', '/auth/register', [...forged, ...lines], body);
    expect(answer.status).toBe(202);
    const token = await linkTo(email);
    const [letter = ''] = await server.letters.to(email);
    expect(letter).toContain(`http://127.0.0.1:3000/auth/verify-email#${token}`);
    expect(letter).not.toContain('evil.example');
  });
});

describe('POST /auth/verify-email/resend', () => {
  const resend = (email: string) => post('/auth/verify-email/resend', { email });

  it('sends the link of an account that was never confirmed, and confirms it', async () => {
    const email = newAddress();
    const { id } = await server.world.root.must(201, 'POST', '/admin/api/users', { email, password, verified: false });
    const guest = await server.world.enter({ id, email, login: { identifier: email, password } });
    expect((await resend(email)).status).toBe(202);
    expect((await verify(await linkTo(email), {})).json).toEqual({ email });
    expect(await accountsOf(email)).toMatchObject([{ id, verified: true }]);
    expect((await guest.must(200, 'GET', '/auth/session')).user.verified).toBe(true);
  });

  it('confirms an address once of two who use the link at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const email = newAddress();
      await server.world.root.must(201, 'POST', '/admin/api/users', { email, password, verified: false });
      await resend(email);
      const token = await linkTo(email);
      const twice = await Promise.all([verify(token, {}), verify(token, {})]);
      expect(twice.map(({ status }) => status).sort()).toEqual([200, 401]);
    }
  });

  it('sends the link of an account that is still to be made once more; the one before is worth nothing then', async () => {
    const email = newAddress();
    await register(email);
    const first = await linkTo(email);
    await past.ask("UPDATE mail_outbox SET created_at = created_at - interval '2 minutes'");
    await resend(email);
    const second = await linkTo(email, 2);
    expect((await verify(first)).status).toBe(401);
    expect((await verify(second)).status).toBe(200);
    expect(await enter(email)).toBeInstanceOf(Guest);
  });

  it('answers alike for nobody, and for whoever is confirmed, and writes to neither', async () => {
    const nobody = newAddress();
    const { email } = await server.world.account();
    const answers = [await resend(nobody), await resend(email)];
    expect(answers.map(({ status, json }) => [status, json])).toEqual([
      [202, {}],
      [202, {}],
    ]);
    await everythingAnswered();
    expect([await server.letters.to(nobody), await server.letters.to(email)]).toEqual([[], []]);
  });
});

describe('a letter about an account', () => {
  it('arrives once, as text and as HTML, also when the mail server was away in the meantime', async () => {
    const sink = await MailSink.open(null, 0, true);
    const { port, url } = sink;
    await sink.close();
    const house = await WholeServer.start({ MAIL_DIR: '', SMTP_URL: url, SEATLESS_SIGN_IN: 'true' });
    const inside = await PastTheServer.open(house.databaseUrl);
    const email = newAddress();
    let open: MailSink | null = null;
    try {
      await house.nobody.ask('POST', '/auth/register', { body: { email, password } });
      const until = performance.now() + 15_000;
      const failed = () => inside.ask('SELECT 1 FROM mail_outbox WHERE last_error IS NOT NULL');
      while ((await failed()).length === 0 && performance.now() < until) await pause(50);
      open = await MailSink.open(null, port, true);
      await inside.ask('UPDATE mail_outbox SET next_attempt_at = now()');
      while (open.received.length === 0 && performance.now() < until) await pause(50);
      await pause(1500);
      expect(open.received.map(({ to }) => to)).toEqual([[email]]);
      const text = decoded(open.received[0]?.raw ?? '');
      expect(text).toContain('Content-Type: text/plain');
      expect(text).toContain('Content-Type: text/html');
      const token = /auth\/verify-email#([\w-]{43})/.exec(text)?.[1] ?? '';
      const answer = await house.nobody.ask('POST', '/auth/verify-email', { body: { token, password } });
      expect(answer.json).toEqual({ email });
    } finally {
      await inside.close();
      await house.stop();
      await open?.close();
    }
  }, 30_000);
});

describe('where accounts are not made by everybody', () => {
  it.each(['invitation', 'closed'] as const)('REGISTRATION=%s refuses, and writes nothing down', async (policy) => {
    const house = await WholeServer.start({ REGISTRATION: policy });
    const inside = await PastTheServer.open(house.databaseUrl);
    try {
      const body = { email: newAddress(), password };
      const answer = await house.nobody.ask('POST', '/auth/register', { body });
      expect(answer.json).toMatchObject({ status: 403, type: '/problems/registration-closed' });
      expect(await inside.ask('SELECT 1 FROM account_requests')).toEqual([]);
    } finally {
      await inside.close();
      await house.stop();
    }
  });

  it('a server that sends no mail says so, to everybody alike', async () => {
    const house = await WholeServer.start({ MAIL_DIR: '' });
    try {
      for (const path of ['/auth/register', '/auth/verify-email/resend', '/auth/password/forgot']) {
        const body = { email: newAddress(), ...(path.endsWith('register') ? { password } : {}) };
        const answer = await house.nobody.ask('POST', path, { body });
        expect(answer.json).toMatchObject({ status: 409, type: '/problems/mail-not-set-up' });
      }
    } finally {
      await house.stop();
    }
  });
});

describe('a request about an address', () => {
  it('is answered without accounts, tokens or letters being looked at: alike whoever is named (ASVS 6.3.8)', async () => {
    const { email: known } = await server.world.account();
    await past.without(['users', 'issued_tokens', 'mail_outbox'], async () => {
      for (const email of [known, newAddress()]) {
        expect((await register(email)).status).toBe(202);
        expect((await post('/auth/password/forgot', { email })).status).toBe(202);
        expect((await post('/auth/verify-email/resend', { email })).status).toBe(202);
      }
    });
  });

  it('is one of a hundred from one place in a quarter of an hour, and signing in goes on beyond them', async () => {
    const house = await WholeServer.start({ TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' });
    try {
      const from = (address: string) => ({ 'x-forwarded-for': address });
      const ask = (address: string, i: number) =>
        house.nobody.ask('POST', '/auth/password/forgot', {
          body: { email: `nobody-${i}@example.org` },
          headers: from(address),
        });
      const statuses: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const some = await Promise.all(Array.from({ length: 11 }, (_, j) => ask('2001:db8::7', 11 * i + j)));
        statuses.push(...some.map(({ status }) => status));
      }
      expect(statuses.filter((status) => status === 202)).toHaveLength(100);
      const refused = await ask('2001:db8::ffff', 200);
      expect(refused.json).toMatchObject({ status: 429, type: '/problems/too-many-attempts' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await ask('2001:db8:1::7', 201)).status).toBe(202);
      const admin = { identifier: 'root@example.org', password: 'the first administrator' };
      expect(await house.nobody.trySignIn(admin, from('2001:db8::7'))).toBeInstanceOf(Guest);
    } finally {
      await house.stop();
    }
  });

  it('is looked at again when what it leads to fails, and leads to it once', async () => {
    const email = newAddress();
    await past.ask('ALTER TABLE mail_outbox RENAME TO mail_outbox_away');
    await register(email);
    const until = performance.now() + 10_000;
    let tried: unknown[] = [];
    while (tried.length === 0 && performance.now() < until) {
      tried = await past.ask('SELECT 1 FROM account_requests WHERE attempts > 0');
    }
    expect(tried).toHaveLength(1);
    expect(await past.ask("SELECT 1 FROM issued_tokens WHERE data->>'email' = $1", [email])).toEqual([]);
    await past.ask('ALTER TABLE mail_outbox_away RENAME TO mail_outbox');
    await past.ask('UPDATE account_requests SET next_attempt_at = now()');
    expect((await verify(await linkTo(email))).status).toBe(200);
    expect(await server.letters.to(email)).toHaveLength(1);
    expect(await past.ask('SELECT 1 FROM account_requests')).toEqual([]);
  });
});
