import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { WholeServer } from '../support/whole-server.js';

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

const pathOf = (id: string, end = '') => `/admin/api/licences/${id}/members${end}`;
const send = (id: string, body: object) => server.world.root.ask('POST', pathOf(id), { body });
const membersOf = async (id: string) => (await server.world.root.must(200, 'GET', pathOf(id))).items;

describe('a list of members as CSV', () => {
  it('makes those members who have an account, and says of each line what became of it and why', async () => {
    const { id } = await server.world.licence();
    const [anna, ben, carl] = [
      await server.world.account(),
      await server.world.account(),
      await server.world.account(),
    ];
    await server.world.join(id, carl);
    const csv = [
      'Email,name,Rank',
      `${anna.email},"Anna, the ""first""",1`,
      `  ${ben.email.toUpperCase()}  ,,`,
      `${carl.email},,7`,
      'nobody@example.org,Nobody,',
      'not an address,,',
      '',
      `${anna.email.toUpperCase()},,2`,
      'x@example.org,,first',
      'y@example.org,,0',
      'z@example.org',
      'q@example.org,,,',
      `w@example.org,${'n'.repeat(201)},`,
      ',,',
    ].join('\r\n');
    const answer = await send(id, { csv });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      added: 2,
      invited: 0,
      refused: 8,
      results: [
        { line: 2, email: anna.email, result: 'added', userId: anna.id },
        { line: 3, email: ben.email.toUpperCase(), result: 'added', userId: ben.id },
        { line: 4, email: carl.email, result: 'already-member', userId: carl.id },
        { line: 5, email: 'nobody@example.org', result: 'no-such-user', userId: null },
        refused(6, 'not an address', 'email must be an e-mail address'),
        refused(8, anna.email.toUpperCase(), 'names the same address as line 2'),
        refused(9, 'x@example.org', 'rank must be a whole number from 1 to 1000'),
        refused(10, 'y@example.org', 'rank must be a whole number from 1 to 1000'),
        refused(11, 'z@example.org', 'has 1 fields, the first line names 3'),
        refused(12, 'q@example.org', 'has 4 fields, the first line names 3'),
        refused(13, 'w@example.org', 'name must be at most 200 characters of plain text'),
        refused(14, '', 'email must be an e-mail address'),
      ],
    });
    const ranks = Object.fromEntries(
      (await membersOf(id)).map((one: { email: string; rank: number }) => [one.email, one.rank]),
    );
    expect(ranks).toEqual({ [anna.email]: 1, [ben.email]: null, [carl.email]: null });
  });

  it.each([
    ['semicolons', (email: string) => `email;name\n${email};"A; B"\n`],
    ['tabs', (email: string) => `email\trank\n${email}\t3\n`],
    ['the mark some spreadsheets begin with', (email: string) => `\ufeffemail\r\n${email}\r\n`],
    ['quotes everywhere', (email: string) => `"email"\n"${email}"`],
  ])('is read with %s', async (_what, write) => {
    const { id } = await server.world.licence();
    const account = await server.world.account();
    expect((await send(id, { csv: write(account.email) })).json).toMatchObject({ added: 1, refused: 0 });
    expect(await membersOf(id)).toMatchObject([{ userId: account.id }]);
  });

  it.each([
    ['a quote that is not closed', 'email\n"a@example.org\nb@example.org\n', 'Quote Not Closed'],
    ['text after a quote', 'email,name\na@example.org,"a"b\n', 'Invalid Closing Quote'],
    [
      'no first line that names an address',
      'a@example.org\nb@example.org\n',
      'has a column that is not known: a@example.org',
    ],
    ['no column of addresses', 'name,rank\nA,1\n', 'must have a column email'],
    ['a column nobody knows', 'email,role\na@example.org,admin\n', 'has a column that is not known: role'],
    ['a column twice', 'email,email\na@example.org,b@example.org\n', 'names the column email twice'],
    ['nothing but empty lines', '\n\n\n', 'must have a first line'],
    ['more than ten thousand lines', `email\n${'a@example.org\n'.repeat(10_001)}`, 'at most 10000 lines'],
  ])('is refused as a whole with %s, and nothing is done', async (_what, csv, reason) => {
    const { id } = await server.world.licence();
    const answer = await send(id, { csv, invite: true });
    expect([answer.status, answer.json.errors]).toEqual([
      400,
      [{ pointer: '/csv', rule: expect.stringContaining(reason) }],
    ]);
    expect(await membersOf(id)).toEqual([]);
  });

  it('does not go with other ways to name people, nor with a body that is too long', async () => {
    const { id } = await server.world.licence();
    const csv = 'email\na@example.org\n';
    for (const [body, pointer] of [
      [{ csv, emails: ['a@example.org'] }, ''],
      [{ csv, userId: newId() }, ''],
      [{ invite: true }, ''],
      [{ userId: newId(), invite: true }, '/invite'],
      [{ csv: '' }, '/csv'],
      [{ csv: 5 }, '/csv'],
      [{ csv: `email\n${' '.repeat(1_000_000)}` }, '/csv'],
    ] as const) {
      const answer = await send(id, body);
      expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, pointer]);
    }
    expect((await send(id, { csv: 'x'.repeat(2_100_000) })).json).toMatchObject({
      type: '/problems/payload-too-large',
    });
    expect((await send(newId(), { csv })).status).toBe(404);
  });

  it('may have ten thousand lines, and those who are members already stay so when it is sent again', async () => {
    const { id } = await server.world.licence();
    const accounts = await Promise.all(Array.from({ length: 20 }, () => server.world.account()));
    const others = Array.from({ length: 9_980 }, (_, i) => `somebody-with-a-long-name-${i}@a-long-domain.example.org`);
    const csv = ['email', ...accounts.map(({ email }) => email), ...others].join('\n');
    const first = await send(id, { csv });
    expect([first.status, first.json.added, first.json.results.length]).toEqual([200, 20, 10_000]);
    const again = await send(id, { csv });
    expect([again.json.added, again.json.results[0].result]).toEqual([0, 'already-member']);
    expect(await membersOf(id)).toHaveLength(20);
  });
});

function refused(line: number, email: string, reason: string) {
  return { line, email, reason, result: 'refused', userId: null };
}

describe('the order in which a member uses several licences', () => {
  const rankIn = (id: string, userId: string, rank: unknown) =>
    server.world.root.ask('PATCH', pathOf(id, `/${userId}`), { body: { rank } });

  /** Somebody in three licences. */
  async function somebody(over: readonly Record<string, unknown>[] = [{}, {}, {}]) {
    const licences: string[] = [];
    for (const one of over) licences.push((await server.world.licence(one)).id);
    const account = await server.world.account();
    for (const id of licences) await server.world.join(id, account);
    return { account, licences: licences as [string, string, string] };
  }

  it('is nobody’s until it is set: then a person who names none is asked', async () => {
    const { account, licences } = await somebody();
    const asked = await server.nobody.trySignIn(account.login);
    expect(asked).toMatchObject({ status: 409, json: { type: '/problems/licence-choice-required' } });
    expect((await membersOf(licences[0]))[0].rank).toBeNull();
  });

  it('takes the smallest rank, and the name of a licence before every rank', async () => {
    const { account, licences } = await somebody();
    await rankIn(licences[1], account.id, 5);
    expect((await server.world.enter(account)).view.licence.id).toBe(licences[1]);
    expect((await rankIn(licences[2], account.id, 2)).json).toMatchObject({ userId: account.id, rank: 2 });
    expect((await server.world.enter(account)).view.licence.id).toBe(licences[2]);
    expect((await server.world.enter(account, { licenceId: licences[0] })).view.licence.id).toBe(licences[0]);
    await rankIn(licences[2], account.id, null);
    expect((await server.world.enter(account)).view.licence.id).toBe(licences[1]);
  });

  it('asks when two have the smallest rank', async () => {
    const { account, licences } = await somebody();
    for (const [id, rank] of [
      [licences[0], 1],
      [licences[1], 1],
      [licences[2], 2],
    ] as const) {
      await rankIn(id, account.id, rank);
    }
    expect(await server.nobody.trySignIn(account.login)).toMatchObject({ status: 409 });
  });

  it('passes over what lets nobody in at this moment, and does not pass over what is full', async () => {
    const past = { validFrom: '2020-01-01T00:00:00Z', validTo: '2021-01-01T00:00:00Z' };
    const { account, licences } = await somebody([past, {}, { seats: 0 }]);
    const [expired, suspended, full] = licences;
    await rankIn(expired, account.id, 1);
    await rankIn(suspended, account.id, 2);
    await rankIn(full, account.id, 3);
    expect((await server.world.enter(account)).view.licence.id).toBe(suspended);
    await server.world.root.must(200, 'POST', `/admin/api/licences/${suspended}/suspend`, { mode: 'drain' });
    expect(await server.nobody.trySignIn(account.login)).toMatchObject({
      status: 409,
      json: { type: '/problems/no-seat-free', licenceId: full },
    });
  });

  it('is audited, and changed only for members, by those who may, to a whole number from 1 to 1000', async () => {
    const { account, licences } = await somebody();
    const [id] = licences;
    await rankIn(id, account.id, 3);
    await rankIn(id, account.id, 3);
    await rankIn(id, account.id, null);
    const { items } = await server.world.root.must(200, 'GET', `/admin/api/audit?targetId=${id}&action=member.updated`);
    expect(items.map(({ detail }: { detail: object }) => detail)).toEqual([
      { userId: account.id, rank: { from: 3, to: null } },
      { userId: account.id, rank: { from: null, to: 3 } },
    ]);
    for (const rank of [0, -1, 1.5, 1_001, '1', undefined]) {
      expect([rank, (await rankIn(id, account.id, rank)).status]).toEqual([rank, 400]);
    }
    expect((await rankIn(id, (await server.world.account()).id, 1)).status).toBe(404);
    expect((await rankIn(newId(), account.id, 1)).status).toBe(404);
    const member = await server.world.enter(account, { licenceId: id });
    expect((await member.ask('PATCH', pathOf(id, `/${account.id}`), { body: { rank: 1 } })).status).toBe(403);
  });
});
