import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { WholeServer } from '../support/whole-server.js';
import { password } from '../support/world.js';

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

let count = 0;
const newAddress = () => `guest-${++count}@example.org`;
const pathOf = (id: string, end = '') => `/admin/api/licences/${id}/invitations${end}`;
const invite = (id: string, ...emails: string[]) => server.world.root.must(200, 'POST', pathOf(id), { emails });
const listed = async (id: string) => (await server.world.root.must(200, 'GET', pathOf(id))).items;
const accept = (token: string, over: object = {}) =>
  server.nobody.ask('POST', '/auth/invitations/accept', { body: { token, password, ...over } });
const membersOf = async (id: string) =>
  (await server.world.root.must(200, 'GET', `/admin/api/licences/${id}/members`)).items;
const enter = (identifier: string, over: object = {}) => server.nobody.trySignIn({ identifier, password, ...over });

const aMinuteLater = () =>
  inDatabase((query) => query("UPDATE invitations SET created_at = created_at - interval '61 seconds'", []));

async function tokenTo(address: string, number = 1): Promise<string> {
  return (await server.letters.invitations(address, number))[number - 1] ?? '';
}

describe('an invitation', () => {
  it('brings a link by mail, with which somebody makes an account and sits in the licence', async () => {
    const { id } = await server.world.licence({ name: 'Chemistry' });
    const email = newAddress();
    expect(await invite(id, email)).toEqual({
      invited: 1,
      added: 0,
      results: [{ email, result: 'invited', userId: null }],
    });
    const token = await tokenTo(email);
    const [letter = ''] = await server.letters.to(email);
    expect(letter).toContain('Institute invites you to work with the licence Chemistry.');
    expect(letter).toContain(`http://127.0.0.1:3000/invitation#${token}`);
    expect(await membersOf(id)).toEqual([]);
    const answer = await accept(token, { name: 'Zoë', username: 'zoe' });
    expect(answer).toMatchObject({
      status: 201,
      json: { email, name: 'Zoë', username: 'zoe', verified: true, roles: ['user'], hasPassword: true },
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await membersOf(id)).toMatchObject([{ userId: answer.json.id, email, rank: null }]);
    expect(await enter('zoe')).toMatchObject({ view: { licence: { id }, user: { email } } });
  });

  it('adds who has an account at once, and sends nothing', async () => {
    const { id } = await server.world.licence();
    const account = await server.world.account();
    expect((await invite(id, account.email.toUpperCase())).results).toMatchObject([
      { result: 'added', userId: account.id },
    ]);
    expect((await invite(id, account.email)).results).toMatchObject([{ result: 'already-member' }]);
    expect(await listed(id)).toEqual([]);
    // What comes after it has arrived: so would it have.
    const other = newAddress();
    await invite(id, other);
    await tokenTo(other);
    expect(await server.letters.to(account.email)).toEqual([]);
  });

  it('is listed with its state and who made it, and audited without its secret (ASVS 6.5.2)', async () => {
    const { id } = await server.world.licence();
    const [first, second] = [newAddress(), newAddress()];
    await invite(id, first);
    await invite(id, second);
    const token = await tokenTo(first);
    await accept(token);
    const [latest, used] = await listed(id);
    expect(latest).toMatchObject({
      email: second,
      state: 'open',
      usedAt: null,
      invitedBy: server.world.root.view.user.id,
    });
    expect(Date.parse(latest.expiresAt) - Date.parse(latest.createdAt)).toBe(14 * 86_400_000);
    expect(used).toMatchObject({ email: first, state: 'used', usedAt: expect.any(String) });
    const lines = await server.world.root.ask('GET', `/admin/api/audit?targetId=${id}`);
    const actions = lines.json.items.map(({ action }: { action: string }) => action);
    expect(actions).toEqual([
      'invitation.accepted',
      'member.added',
      'invitation.made',
      'invitation.made',
      'licence.created',
    ]);
    expect(lines.text + JSON.stringify([latest, used])).not.toContain(token);
  });

  it('replaces an earlier one: the old link is worth nothing any more', async () => {
    const { id } = await server.world.licence();
    const email = newAddress();
    await invite(id, email);
    const first = await tokenTo(email);
    await aMinuteLater();
    await invite(id, ` ${email.toUpperCase()} `.trim());
    const second = await tokenTo(email, 2);
    expect(await listed(id)).toHaveLength(1);
    expect((await accept(first)).json).toMatchObject({ type: '/problems/invalid-code' });
    expect((await accept(second)).status).toBe(201);
  });

  it('of one address to several licences: accepting one accepts all', async () => {
    const licences = [await server.world.licence(), await server.world.licence(), await server.world.licence()];
    const email = newAddress();
    for (const { id } of licences) await invite(id, email);
    const tokens = await server.letters.invitations(email, 3);
    const revoked = (await listed(licences[2].id))[0].id;
    await server.world.root.must(204, 'DELETE', pathOf(licences[2].id, `/${revoked}`));
    const { json } = await accept(tokens[1] ?? '');
    const memberships = await Promise.all(licences.map(async ({ id }) => (await membersOf(id)).length));
    expect(memberships).toEqual([1, 1, 0]);
    expect((await accept(tokens[0] ?? '')).status).toBe(401);
    for (const { id } of licences.slice(0, 2)) expect(await enter(email, { licenceId: id })).toHaveProperty('view');
    expect(json.email).toBe(email);
  });
});

describe('inviting somebody again and again', () => {
  const results = async (id: string, email: string) => (await invite(id, email)).results[0].result;

  it('sends one letter a minute for a licence and says so; the link before stays good', async () => {
    const { id } = await server.world.licence();
    const email = newAddress();
    expect([await results(id, email), await results(id, email)]).toEqual(['invited', 'invited-lately']);
    expect(await invite(id, email)).toMatchObject({ invited: 0, added: 0 });
    const token = await tokenTo(email);
    expect((await accept(token)).status).toBe(201);
    expect(await server.letters.invitations(email)).toEqual([token]);
  });

  it('sends five letters an hour to a mailbox, for however many licences', async () => {
    const licences = [];
    for (let i = 0; i < 6; i += 1) licences.push(await server.world.licence());
    const [email, other] = [newAddress(), newAddress()];
    const told = await Promise.all(licences.map(({ id }) => results(id, email)));
    expect(told.sort()).toEqual([...Array(5).fill('invited'), 'invited-lately']);
    await aMinuteLater();
    expect(await results(licences[0].id, email)).toBe('invited-lately');
    expect(await results(licences[0].id, other)).toBe('invited');
    expect(await server.letters.invitations(email, 5)).toHaveLength(5);
  });

  it('can be done at once after the invitation was taken back', async () => {
    const { id } = await server.world.licence();
    const email = newAddress();
    await invite(id, email);
    const first = await tokenTo(email);
    await server.world.root.must(204, 'DELETE', pathOf(id, `/${(await listed(id))[0].id}`));
    expect(await results(id, email)).toBe('invited');
    expect((await accept(await tokenTo(email, 2))).status).toBe(201);
    expect((await accept(first)).status).toBe(401);
  });
});

describe('a link that is no good', () => {
  it('is answered alike whether it is unknown, used, revoked or too old (ASVS 6.3.8), and makes nothing', async () => {
    const { id } = await server.world.licence();
    const [used, revoked, old] = [newAddress(), newAddress(), newAddress()];
    await invite(id, used, revoked, old);
    const tokens = [await tokenTo(used), await tokenTo(revoked), await tokenTo(old)] as const;
    await accept(tokens[0]);
    const items = await listed(id);
    const idOf = (email: string) => items.find((one: { email: string }) => one.email === email).id;
    await server.world.root.must(204, 'DELETE', pathOf(id, `/${idOf(revoked)}`));
    await inDatabase((query) =>
      query("UPDATE invitations SET expires_at = now() - interval '1 second' WHERE email = $1", [old]),
    );
    const before = (await server.world.root.must(200, 'GET', '/admin/api/users')).total;
    const answers = [];
    for (const token of ['A'.repeat(43), ...tokens]) answers.push(await accept(token, { username: 'somebody' }));
    const bodies = answers.map(({ status, json: { instance: _, ...rest } }) => ({ status, ...rest }));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ status: 401, type: '/problems/invalid-code' });
    expect((await server.world.root.must(200, 'GET', '/admin/api/users')).total).toBe(before);
    expect((await listed(id)).map(({ state }: { state: string }) => state).sort()).toEqual(['expired', 'used']);
  });

  it('has another form, or comes with a password or a name that cannot be: the field is named', async () => {
    const { id } = await server.world.licence();
    const email = newAddress();
    await invite(id, email);
    const token = await tokenTo(email);
    for (const [over, pointer] of [
      [{ token: 'x' }, '/token'],
      [{ token: `${token}=` }, '/token'],
      [{ password: 'short' }, '/password'],
      [{ username: 'a@b' }, '/username'],
      [{ name: 'two\nlines' }, '/name'],
      [{ email }, '/email'],
      [{ roles: ['admin'] }, '/roles'],
    ] as const) {
      const answer = await accept(token, over);
      expect([answer.status, answer.json.errors?.[0].pointer]).toEqual([400, pointer]);
    }
    expect((await accept(token)).status).toBe(201);
  });

  it('leads to an address or a user name that was taken meanwhile: it is said, and the link can still be used', async () => {
    const { id } = await server.world.licence();
    const [email, other] = [newAddress(), newAddress()];
    await invite(id, email, other);
    await server.world.root.must(201, 'POST', '/admin/api/users', { email: email.toUpperCase(), username: 'taken' });
    const answer = await accept(await tokenTo(email));
    expect([answer.status, answer.json.type, answer.json.pointer]).toEqual([409, '/problems/already-exists', '/token']);
    expect(answer.json.detail).toContain('There is an account with this address already.');
    const name = await accept(await tokenTo(other), { username: 'Taken' });
    expect([name.status, name.json.pointer]).toEqual([409, '/username']);
    expect(await membersOf(id)).toEqual([]);
    expect((await accept(await tokenTo(other), { username: 'free' })).status).toBe(201);
    expect((await invite(id, email)).results).toMatchObject([{ result: 'added' }]);
  });
});

describe('of many who do the same at once', () => {
  it('one accepts a link: one account, one membership (ASVS 2.3.3)', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await server.world.licence();
      const email = newAddress();
      await invite(id, email);
      const token = await tokenTo(email);
      const answers = await Promise.all(Array.from({ length: 6 }, () => accept(token)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, 401, 401, 401, 401, 401]);
      expect((await server.world.root.must(200, 'GET', `/admin/api/users?q=${email}`)).total).toBe(1);
      expect(await membersOf(id)).toHaveLength(1);
    }
  });

  it('one accepts when two links to the same address are followed, and sits in both licences', async () => {
    for (let round = 0; round < 5; round += 1) {
      const licences = [await server.world.licence(), await server.world.licence()];
      const email = newAddress();
      for (const { id } of licences) await invite(id, email);
      const tokens = await server.letters.invitations(email, 2);
      const answers = await Promise.all(tokens.map((token) => accept(token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401]);
      for (const { id } of licences) expect(await membersOf(id)).toHaveLength(1);
    }
  });

  it('either the one who accepts wins or the one who revokes', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await server.world.licence();
      const email = newAddress();
      await invite(id, email);
      const token = await tokenTo(email);
      const [item] = await listed(id);
      const revoke = server.world.root.ask('DELETE', pathOf(id, `/${item.id}`));
      const [accepted, revoked] = await Promise.all([accept(token), revoke]);
      expect([
        [201, 404],
        [401, 204],
      ]).toContainEqual([accepted.status, revoked.status]);
      expect(await membersOf(id)).toHaveLength(accepted.status === 201 ? 1 : 0);
    }
  });

  it('nobody waits in vain when a licence is deleted while its invitations are accepted and sent again', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [kept, doomed] = [await server.world.licence(), await server.world.licence()];
      const [email, other] = [newAddress(), newAddress()];
      await invite(kept.id, email);
      // The letter of the licence that stays: those of two licences may be sent in any order.
      const [token = ''] = await server.letters.invitations(email);
      await invite(doomed.id, email, other);
      const [accepted, deleted, again] = await Promise.all([
        accept(token),
        server.world.root.ask('DELETE', `/admin/api/licences/${doomed.id}`),
        server.world.root.ask('POST', pathOf(doomed.id), { body: { emails: [other, newAddress()] } }),
      ]);
      expect([accepted.status, deleted.status]).toEqual([201, 204]);
      expect([200, 404]).toContain(again.status);
      expect(await membersOf(kept.id)).toHaveLength(1);
    }
  });

  it('all who invite the same people succeed; one letter is sent to each, and its link works', async () => {
    const { id } = await server.world.licence();
    const emails = Array.from({ length: 10 }, newAddress);
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        server.world.root.ask('POST', pathOf(id), { body: { emails: i % 2 === 0 ? emails : emails.toReversed() } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(await listed(id)).toHaveLength(10);
    const told = answers.map(({ json }) => json.invited).sort();
    expect(told).toEqual([0, 0, 0, 0, 10]);
    expect((await accept(await tokenTo(emails[0] ?? ''))).status).toBe(201);
    expect(await server.letters.invitations(emails[0] ?? '')).toHaveLength(1);
  });
});

describe('inviting', () => {
  it('goes with a list: those without an account are invited, with their name and rank', async () => {
    const { id } = await server.world.licence();
    const [account, email] = [await server.world.account(), newAddress()];
    const csv = `email,name,rank\n${account.email},,\n${email},Zoë Müller,3\nno address,,\n`;
    const path = `/admin/api/licences/${id}/members`;
    const told = await server.world.root.must(200, 'POST', path, { csv, invite: true });
    expect(told).toMatchObject({
      added: 1,
      invited: 1,
      refused: 1,
      results: [{}, { line: 3, email, result: 'invited' }, {}],
    });
    expect((await accept(await tokenTo(email))).json).toMatchObject({ email, name: 'Zoë Müller' });
    expect((await membersOf(id))[0]).toMatchObject({ email, rank: 3 });
    const emails = [newAddress(), newAddress()];
    const invited = await server.world.root.must(200, 'POST', path, { emails, invite: true });
    expect(invited.results.map(({ result }: { result: string }) => result)).toEqual(['invited', 'invited']);
  });

  it('is for staff, names a licence that exists, and addresses that can be', async () => {
    const { id } = await server.world.licence();
    const member = await server.world.enter(await joined(id));
    const body = { emails: [newAddress()] };
    for (const [method, path, sent] of [
      ['POST', pathOf(id), { body }],
      ['GET', pathOf(id), {}],
      ['DELETE', pathOf(id, `/${newId()}`), {}],
    ] as const) {
      expect((await server.nobody.ask(method, path, sent)).status).toBe(401);
      expect((await member.ask(method, path, sent)).status).toBe(403);
    }
    const { root } = server.world;
    expect((await root.ask('POST', pathOf(newId()), { body })).status).toBe(404);
    expect((await root.ask('GET', pathOf(newId()))).status).toBe(404);
    expect((await root.ask('DELETE', pathOf(id, `/${newId()}`))).status).toBe(404);
    for (const bad of [{ emails: [] }, { emails: ['x'] }, { emails: Array(501).fill('a@example.org') }, {}]) {
      expect((await root.ask('POST', pathOf(id), { body: bad })).status).toBe(400);
    }
    expect(await listed(id)).toEqual([]);
  });

  it('of an address in one licence cannot be revoked by way of another', async () => {
    const [one, other] = [await server.world.licence(), await server.world.licence()];
    const email = newAddress();
    await invite(one.id, email);
    const [item] = await listed(one.id);
    expect((await server.world.root.ask('DELETE', pathOf(other.id, `/${item.id}`))).status).toBe(404);
    expect((await accept(await tokenTo(email))).status).toBe(201);
  });

  it('leaves with its licence: the link of a licence that was deleted is worth nothing', async () => {
    const { id } = await server.world.licence();
    const email = newAddress();
    await invite(id, email);
    const token = await tokenTo(email);
    await server.world.root.must(204, 'DELETE', `/admin/api/licences/${id}`);
    expect((await accept(token)).status).toBe(401);
  });

  it('is refused as a whole by a server that sends no mail, which says what to set', async () => {
    const silent = await WholeServer.start({ MAIL_DIR: '' });
    try {
      const { id } = await silent.world.licence();
      const account = await silent.world.account();
      const body = { emails: [account.email, newAddress()] };
      const answer = await silent.world.root.ask('POST', pathOf(id), { body });
      expect([answer.status, answer.json.type]).toEqual([409, '/problems/mail-not-set-up']);
      expect(await silent.world.root.must(200, 'GET', pathOf(id))).toMatchObject({ total: 0 });
      expect(await silent.world.root.must(200, 'GET', `/admin/api/licences/${id}/members`)).toMatchObject({ total: 0 });
    } finally {
      await silent.stop();
    }
  });
});

describe('the page an invitation leads to', () => {
  it('runs nothing but its own script, and is shown to whoever opens it', async () => {
    const page = await server.nobody.ask('GET', '/invitation');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    const scripts = [...page.text.matchAll(/<script [^>]*src="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(scripts).toEqual([expect.stringMatching(/^\/hosted\/assets\/invitation-[\w-]+\.js$/)]);
    const script = await server.nobody.ask('GET', scripts[0] ?? '');
    expect(script.text).toContain('/auth/invitations/accept');
  });
});

async function joined(licenceId: string) {
  const account = await server.world.account();
  await server.world.join(licenceId, account);
  return account;
}

/** Asks the server's database, past the server. */
async function inDatabase(work: (query: (sql: string, values: unknown[]) => Promise<unknown>) => Promise<unknown>) {
  const own = await createDataSource(server.databaseUrl, { tables: [], migrations: [] }).initialize();
  try {
    await work((sql, values) => own.query(sql, values));
  } finally {
    await own.destroy();
  }
}
