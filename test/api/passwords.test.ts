import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { Guest } from '../support/guest.js';
import { PastTheServer } from '../support/past-the-server.js';
import type { Answered } from '../support/web-lab.js';
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

const good = 'nine green lamps in the harbour';
let count = 0;
const newAddress = () => `martin.keller.${++count}@example.org`;
const post = (path: string, body: object) => server.nobody.ask('POST', path, { body });
const enter = (identifier: string, password: string) => server.nobody.trySignIn({ identifier, password });
const hashOf = async ({ id }: Account) => (await past.ask('SELECT password_hash FROM users WHERE id = $1', [id]))[0];

/** One way of choosing a password: what is sent with it, for whom, and where a refusal points. */
interface Way {
  readonly email: string;
  readonly pointer: string;
  choose(password: string): Promise<Answered>;
}

const ways: Record<string, () => Promise<Way>> = {
  async invitation() {
    const email = newAddress();
    const { id } = await server.world.licence();
    await server.world.root.must(200, 'POST', `/admin/api/licences/${id}/invitations`, { emails: [email] });
    const [token] = await server.letters.invitations(email);
    return { email, pointer: '/password', choose: (password) => post('/auth/invitations/accept', { token, password }) };
  },
  async registration() {
    const email = newAddress();
    return { email, pointer: '/password', choose: (password) => post('/auth/register', { email, password }) };
  },
  async reset() {
    const { email } = await person();
    await post('/auth/password/forgot', { email });
    const [token] = await server.letters.links(email, '/auth/password/reset');
    return { email, pointer: '/password', choose: (password) => post('/auth/password/reset', { token, password }) };
  },
  async change() {
    const account = await person();
    const guest = await server.world.enter(account);
    const body = (newPassword: string) => ({ body: { currentPassword: account.login.password, newPassword } });
    return {
      email: account.email,
      pointer: '/newPassword',
      choose: (password) => guest.ask('POST', '/auth/password/change', body(password)),
    };
  },
};

async function person(): Promise<Account> {
  const [email, password] = [newAddress(), 'handed over by staff'];
  const { id } = await server.world.root.must(201, 'POST', '/admin/api/users', { email, password });
  return { id, email, login: { identifier: email, password } };
}

const refusalOf = ({ status, json }: Answered) => [
  status,
  json.type,
  json.errors?.[0]?.pointer,
  json.errors?.[0]?.rule,
];

describe.each(Object.keys(ways))('a password that is chosen by %s (ASVS 6.2.1, 6.2.4, 6.2.11)', (name) => {
  it('is refused with the reason when it is short, common, easy, or about the person, and nothing has happened', async () => {
    const { email, pointer, choose } = await (ways[name] as () => Promise<Way>)();
    const before = await past.ask('SELECT * FROM users ORDER BY id');
    for (const [password, rule] of [
      ['kJ8#dLq', /^must have at least 15 characters, or 8 when/],
      ['kJ8#dLq0vR5!xZ', /^must have at least 15 characters; three or four words/],
      ['1qaz2wsx3edc4rfv', /^is among the most common passwords/],
      ['footballfootball', /^repeats itself/],
      [`${email.split('@')[0]}.1987`, /^is little more than your name, your address/],
      ['x'.repeat(1025), /^must have at most 1024 characters/],
    ] as const) {
      const refusal = ['/problems/invalid-request', pointer, expect.stringMatching(rule)];
      expect(refusalOf(await choose(password))).toEqual([400, ...refusal]);
      expect((await enter(email, password)) instanceof Guest).toBe(false);
    }
    expect(await past.ask('SELECT * FROM users ORDER BY id')).toEqual(before);
    const taken = await choose(good);
    expect(taken.status).toBeLessThan(300);
  });
});

describe('a password that staff hand over', () => {
  const create = (password: string, email = newAddress()) =>
    server.world.root.ask('POST', '/admin/api/users', { body: { email, password } });

  it('has 8 characters or more and is not one of the most common', async () => {
    expect((await create('kJ8#dLq0')).status).toBe(201);
    expect((await create('correct horse battery staple')).status).toBe(201);
    for (const [password, rule] of [
      ['kJ8#dLq', 'must have at least 8 characters'],
      ['sunshine1', 'is among the most common passwords, which are tried first: choose another'],
      ['Iloveyou', 'is among the most common passwords, which are tried first: choose another'],
    ] as const) {
      const email = newAddress();
      const answer = await create(password, email);
      expect(refusalOf(answer)).toEqual([400, '/problems/invalid-request', '/password', rule]);
      expect(await past.ask('SELECT id FROM users WHERE email = $1', [email])).toEqual([]);
    }
  });
});

describe('a password of somebody with a second factor', () => {
  const change = async (account: Account, newPassword: string) =>
    (await server.world.enter(account)).ask('POST', '/auth/password/change', {
      body: { currentPassword: account.login.password, newPassword },
    });
  const enrol = ({ id }: Account, kind: string, confirmedAt: Date | null) =>
    past.ask(
      'INSERT INTO factors (id, user_id, kind, name, created_at, confirmed_at) VALUES ($1, $2, $3, $4, now(), $5)',
      [newId(), id, kind, 'of the test', confirmedAt],
    );

  it('may have 8 characters, but not while the factor is only begun, or only a mailbox', async () => {
    const account = await person();
    const guest = await server.world.enter(account);
    const chooses = (newPassword: string) =>
      guest.ask('POST', '/auth/password/change', { body: { currentPassword: account.login.password, newPassword } });
    await enrol(account, 'totp', null);
    await enrol(account, 'email', new Date());
    await enrol(account, 'recovery', new Date());
    expect(refusalOf(await chooses('kJ8#dLq0'))[3]).toMatch(/at least 15 characters/);
    await enrol(account, 'passkey', new Date());
    expect((await chooses('kJ8#dLq0')).status).toBe(204);
    expect((await change(await person(), 'kJ8#dLq0')).status).toBe(400);
  });
});

describe('what a password may hold (ASVS 6.2.5, 6.2.8, 6.2.9)', () => {
  const a = 'ab cd ef gh '.repeat(90);
  it.each([
    ['73 bytes', `${a.slice(0, 72)}1`, `${a.slice(0, 72)}2`],
    ['1000 characters', `${a.slice(0, 999)}1`, `${a.slice(0, 999)}2`],
    ['NUL', 'before the nul\0after the nul', 'before the nul\0other words'],
    ['emoji', '🎻🦔🌋🎪🐙🍉🚲🧵🎲🔭🪁🧊🥨🦤🧮🪡', '🎻🦔🌋🎪🐙🍉🚲🧵🎲🔭🪁🧊🥨🦤🧮🪢'],
    ['spaces at its ends', '  nine green lamps in the harbour ', '  nine green lamps in the harbour'],
  ])('is all of it: %s', async (_what, password, other) => {
    const { email, choose } = await (ways['reset'] as () => Promise<Way>)();
    expect(await choose(password)).toMatchObject({ status: 204 });
    expect(await enter(email, other)).toMatchObject({ status: 401 });
    expect(await enter(email, password)).toBeInstanceOf(Guest);
  });

  it('is the same in both ways of composing its letters', async () => {
    const { email, choose } = await (ways['reset'] as () => Promise<Way>)();
    const composed = 'Zażółć gęślą jaźń młodą';
    expect(await choose(composed.normalize('NFD'))).toMatchObject({ status: 204 });
    expect(await enter(email, composed.normalize('NFC'))).toBeInstanceOf(Guest);
    expect(await enter(email, composed.normalize('NFD'))).toBeInstanceOf(Guest);
    expect(await enter(email, 'Zazolc gesla jazn mloda')).toMatchObject({ status: 401 });
  });

  it.each([
    ['sixty thousand characters', 60_000, 400, '/problems/invalid-request'],
    ['a megabyte', 1_000_000, 413, '/problems/payload-too-large'],
  ])('is refused at once when it is %s', async (_what, characters, status, type) => {
    for (const path of ['/auth/login', '/auth/register']) {
      const beganMs = performance.now();
      const who = path === '/auth/login' ? { identifier: 'x@example.org' } : { email: 'x@example.org' };
      const answer = await post(path, { ...who, password: 'x'.repeat(characters) });
      expect([answer.status, answer.json.type]).toEqual([status, type]);
      // With its way through the network; the rules alone take less than 5 ms.
      expect(performance.now() - beganMs).toBeLessThan(2_000);
    }
  });
});

describe('how passwords are hashed', () => {
  it('is brought up to date by the next sign-in, in both directions', async () => {
    const account = await person();
    const bcrypt = await hashOf(account);
    expect(bcrypt).toEqual({ password_hash: expect.stringMatching(/^bcrypt\$v1\$/) });
    const second = await server.another({ PASSWORD_HASH: 'argon2id', SEATLESS_SIGN_IN: 'true' });
    try {
      expect(await second.nobody.trySignIn({ ...account.login, password: 'wrong' })).toMatchObject({ status: 401 });
      expect(await hashOf(account)).toEqual(bcrypt);
      await second.nobody.signIn(account.login);
      await untilHashedBy('argon2id', account);
      await second.nobody.signIn(account.login);
      await server.nobody.signIn(account.login);
      await untilHashedBy('bcrypt', account);
    } finally {
      await second.stop();
    }
    expect((await past.ask<{ epoch: number }>('SELECT epoch FROM users WHERE id = $1', [account.id]))[0]?.epoch).toBe(
      1,
    );
  });
});

async function untilHashedBy(scheme: string, account: Account): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until; ) {
    const stored = (await hashOf(account)) as { password_hash: string };
    if (stored.password_hash.startsWith(`${scheme}$v1$`)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not hashed anew by ${scheme}`);
}
