import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

let server: WholeServer;
let licenceId: string;
let anna: Account;
let ben: Account;
let path: string;
const minuteMs = 60_000;

beforeAll(async () => {
  server = await WholeServer.start();
  ({ id: licenceId } = await server.world.licence({ seats: 1 }));
  [anna, ben] = await Promise.all([server.world.account(), server.world.account()]);
  for (const account of [anna, ben]) await server.world.join(licenceId, account);
  path = `/admin/api/licences/${licenceId}`;
  // All of it in one hour.
  const leftMs = 60 * minuteMs - (Date.now() % (60 * minuteMs));
  if (leftMs < 20_000) await pause(leftMs);
  // Anna sits; Ben is refused twice, gets in when she has left, and leaves; Anna is refused while he sits.
  const inside = await server.world.enter(anna);
  for (let i = 0; i < 2; i++) await refused(ben);
  await inside.must(204, 'POST', '/auth/logout', {});
  const after = await server.world.enter(ben);
  await refused(anna);
  await after.must(204, 'POST', '/auth/logout', {});
  await server.usher.history.sweep();
}, 60_000);

afterAll(() => server?.stop());

async function refused({ login }: Account): Promise<void> {
  const answer = await server.nobody.trySignIn(login);
  expect(answer instanceof Guest ? 200 : answer.status).toBe(409);
}

const ask = (query: string, headers = {}, guest = server.world.root) =>
  guest.ask('GET', `${path}/${query}`, { headers });

describe('GET /admin/api/licences/:id/usage', () => {
  it('tells seats, people, admissions and refusals of the running hour, day and month', async () => {
    for (const bucket of ['hour', 'day', 'month']) {
      const { status, json } = await ask(`usage?bucket=${bucket}`);
      expect(status).toBe(200);
      expect(json).toMatchObject({ licenceId, bucket });
      expect(json.items.at(-1)).toMatchObject({
        peak: 1,
        distinctUsers: 2,
        admissions: 2,
        refusals: 3,
        // Ben got in within two minutes; Anna did not.
        trueRefusals: 1,
      });
      const last = json.items.at(-1);
      expect(Object.keys(last).sort()).toEqual([
        'admissions',
        'at',
        'average',
        'distinctUsers',
        'limit',
        'minutesFull',
        'peak',
        'refusals',
        'seatMinutes',
        'trueRefusals',
      ]);
      expect(last.minutesFull).toBe(last.seatMinutes);
      expect(last.seatMinutes).toBeGreaterThan(0);
      expect(last.seatMinutes).toBeLessThan(5);
    }
  });

  it('answers whole buckets, those without events too, and none that have not begun', async () => {
    const from = new Date(Date.now() - 300 * minuteMs).toISOString();
    const to = new Date(Date.now() + 300 * minuteMs).toISOString();
    const { json } = await ask(`usage?from=${from}&to=${encodeURIComponent(to)}`);
    expect(json.items).toHaveLength(6);
    expect(json.items[0]).toMatchObject({ at: json.from, peak: 0, average: 0, seatMinutes: 0, admissions: 0 });
    expect(json.from).toMatch(/:00:00\.000Z$/);
    expect(json.to).toMatch(/:00:00\.000Z$/);
    const future = await ask('usage?from=2100-01-01T00:00:00Z&to=2100-01-02T00:00:00Z');
    expect([future.status, future.json.items]).toEqual([200, []]);
  });

  it('is a table in CSV when that is asked for, by format or by Accept', async () => {
    for (const [query, accept] of [
      ['usage?bucket=month&format=csv', undefined],
      ['usage?bucket=month', 'text/csv'],
    ] as const) {
      const { status, headers, text } = await ask(query, accept === undefined ? {} : { accept });
      expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
      const lines = text.split('\r\n');
      expect(lines[0]).toBe(
        'at,peak,average,minutesFull,seatMinutes,distinctUsers,admissions,refusals,trueRefusals,limit',
      );
      expect(lines.at(-2)).toMatch(/^\d{4}-\d\d-01T00:00:00\.000Z,1,[\d.]+,[\d.]+,[\d.]+,2,2,3,1,1$/);
    }
    const json = await ask('usage?format=json', { accept: 'text/csv' });
    expect(json.headers['content-type']).toMatch(/^application\/json/);
  });

  it.each([
    ['usage?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'query:to', /later than from/],
    ['usage?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'query:to', /later than from/],
    ['usage?from=1990-01-01T00:00:00Z', 'query:to', /10000 hours/],
    ['usage?from=yesterday', 'query:from', /./],
    ['usage?bucket=week', 'query:bucket', /./],
    ['usage?format=xml', 'query:format', /./],
    ['usage?limit=3', 'query:limit', /not known/],
    ['denials?limit=0', 'query:limit', /./],
    ['denials?cursor=WzEsIngiXQ', 'query:cursor', /nextCursor/],
    ['denials?from=1990-01-01T00:00:00Z&bucket=hour', 'query:to', /larger bucket/],
  ])('refuses %s and names what is wrong', async (query, pointer, rule) => {
    const { status, json } = await ask(query);
    expect(status).toBe(400);
    expect(json.errors).toEqual([{ pointer, rule: expect.stringMatching(rule) }]);
  });

  it('takes the first and the last moment there is', async () => {
    const ends = 'from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z&bucket=month';
    for (const what of ['usage', 'denials']) {
      const whole = await ask(`${what}?from=9999-12-31T23:59:59.998Z&to=9999-12-31T23:59:59.999Z&bucket=month`);
      expect([whole.status, whole.json.items]).toEqual([200, []]);
      expect((await ask(`${what}?${ends}`)).json.errors[0].rule).toMatch(/more than 10000 months/);
      const early = await ask(`${what}?from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:00.001Z`);
      expect(early.status).toBe(200);
    }
    for (const at of ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']) {
      const answer = await server.world.root.ask('GET', `/admin/api/explain?user=${ben.id}&at=${at}`);
      expect([answer.status, answer.json.refusals]).toEqual([200, []]);
    }
  });

  it('is for those who may read usage (ASVS 8.2.1)', async () => {
    const clara = await server.world.account();
    await server.world.join(licenceId, clara);
    for (const what of ['usage', 'denials']) {
      expect((await ask(what, {}, server.nobody)).status).toBe(401);
      const member = await server.world.enter(clara, { delivery: 'bearer' });
      const answer = await ask(what, {}, member);
      expect([answer.status, answer.json.permission]).toEqual([403, 'usage.read']);
      await member.must(204, 'POST', '/auth/logout', {});
      const staff = await server.world.staff('staff', 'bearer');
      expect((await ask(what, {}, staff)).status).toBe(200);
      const none = '00000000-0000-4000-8000-000000000000';
      expect((await staff.ask('GET', `/admin/api/licences/${none}/${what}`)).status).toBe(404);
    }
  });
});

describe('GET /admin/api/licences/:id/denials', () => {
  it('tells totals by reason, the buckets that had any, and each refusal, newest first, page by page', async () => {
    const { json } = await ask('denials?bucket=day&limit=2');
    const figures = { refusals: 3, trueRefusals: 1, byReason: { FULL: { refusals: 3, trueRefusals: 1 } } };
    expect(json).toMatchObject({ licenceId, bucket: 'day', totals: figures, total: 3 });
    expect(json.buckets).toEqual([{ at: json.buckets[0].at, ...figures }]);
    expect(json.items.map((item: { user: { email: string } }) => item.user.email)).toEqual([anna.email, ben.email]);
    expect(json.items[0]).toMatchObject({ reason: 'FULL', true: true, used: 1, limit: 1, user: { id: anna.id } });
    const next = await ask(`denials?bucket=day&limit=2&cursor=${json.nextCursor}`);
    expect(next.json.items).toMatchObject([{ user: { id: ben.id }, true: false }]);
    expect(next.json.nextCursor).toBeNull();
  });

  it('is the whole list in CSV, where no name is a formula', async () => {
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${ben.id}`, { name: '=HYPERLINK("http://x"),"Ben"' });
    const { text } = await ask('denials', { accept: 'text/csv' });
    const lines = text.split('\r\n');
    expect(lines[0]).toBe('at,reason,true,userId,email,name,used,limit');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toContain(`,${ben.email},"'=HYPERLINK(""http://x""),""Ben""",1,1`);
  });
});

describe('a refusal that no seat could have changed', () => {
  it('is told with its reason, and to licence managers without the name of who is no member (ASVS 8.2.3)', async () => {
    const { id } = await server.world.licence({ seats: 1 });
    const [member, outsider] = [await server.world.account(), await server.world.account()];
    await server.world.join(id, member);
    const tries = async (who: Account) =>
      (await server.nobody.ask('POST', '/auth/login', { body: { ...who.login, licenceId: id } })).status;
    expect(await tries(outsider)).toBe(403);
    const root = server.world.root;
    await root.must(200, 'POST', `/admin/api/licences/${id}/suspend`, {});
    expect(await tries(member)).toBe(403);
    await root.must(200, 'POST', `/admin/api/licences/${id}/reinstate`, {});
    await root.must(200, 'PATCH', `/admin/api/licences/${id}`, { validTo: '2020-01-01T00:00:00Z' });
    expect(await tries(member)).toBe(403);
    await root.must(200, 'PATCH', `/admin/api/licences/${id}`, { validFrom: '2100-01-01T00:00:00Z', validTo: null });
    expect(await tries(member)).toBe(403);
    await server.usher.history.sweep();

    const { json } = await root.ask('GET', `/admin/api/licences/${id}/denials`);
    const told = json.items.map((item: { reason: string; user: { id: string } }) => [item.reason, item.user.id]);
    expect(told).toEqual([
      ['NOT_STARTED', member.id],
      ['EXPIRED', member.id],
      ['SUSPENDED', member.id],
      ['NOT_MEMBER', outsider.id],
    ]);
    const explained = await root.must(200, 'GET', `/admin/api/explain?user=${member.id}&licenceId=${id}`);
    const words = explained.words.join('\n');
    for (const sentence of [
      /the licence was suspended, so that nobody could sign in\./,
      /not valid any more \(it ended at 2020-01-01 00:00:00 UTC\)\./,
      /not valid yet \(valid from 2100-01-01 00:00:00 UTC\)\./,
    ]) {
      expect(words).toMatch(sentence);
    }

    const chief = await server.world.account();
    await root.must(201, 'POST', `/admin/api/licences/${id}/managers`, { userId: chief.id });
    const manager = await server.world.enter(chief, { delivery: 'bearer' });
    const seen = await manager.must(200, 'GET', `/admin/api/licences/${id}/denials`);
    expect(seen.items.at(-1)).toMatchObject({ reason: 'NOT_MEMBER', user: null });
    expect(seen.items[0].user.email).toBe(member.email);
    expect(JSON.stringify(seen)).not.toContain(outsider.email);
    expect((await manager.ask('GET', `/admin/api/explain?user=${outsider.id}`)).status).toBe(404);
    expect((await manager.ask('GET', `/admin/api/explain?user=${member.id}`)).status).toBe(200);
  });
});

describe('GET /admin/api/explain', () => {
  const explain = async (query: Record<string, string>, guest = server.world.root) =>
    guest.ask('GET', `/admin/api/explain?${new URLSearchParams(query)}`);

  it('says in words why somebody was refused, what the licence tried, and that they got in', async () => {
    const { status, json } = await explain({ user: ben.email.toUpperCase() });
    expect(status).toBe(200);
    expect(json.user).toMatchObject({ id: ben.id, email: ben.email });
    expect(json.refusals).toHaveLength(2);
    expect(json.refusals[1]).toMatchObject({
      licence: { id: licenceId, name: 'Licence' },
      reason: 'FULL',
      used: 1,
      limit: 1,
      true: false,
      licenceThen: { seats: 1, state: 'active', policy: { whenFull: ['refuse'] } },
      admittedAt: expect.any(String),
    });
    const words = json.words.join('\n');
    expect(words).toMatch(/was refused by “Licence”: its only seat was taken \(1 in use\)\./);
    expect(words).toMatch(/When it is full, this licence tries nothing else\./);
    expect(words).toMatch(/They got in at .* UTC, \d+ seconds? later, so it is not counted as a true refusal\./);
    expect(words).toMatch(/They had a session in “Licence” from .* until .* \(signed-out\)\./);
    // Who held the seat is not told.
    expect(JSON.stringify(json)).not.toContain(anna.email);
  });

  it('also tells of wrong passwords, which no licence refused', async () => {
    const clara = await server.world.account();
    await server.nobody.trySignIn({ identifier: clara.email, password: 'not this one at all' });
    let json: { attempts: { outcome: string }[]; words: string[] } = { attempts: [], words: [] };
    for (let i = 0; i < 50 && json.attempts.length === 0; i++) ({ json } = await explain({ user: clara.id }));
    expect(json.attempts).toMatchObject([{ outcome: 'invalid-credentials' }]);
    expect(json.words.join('\n')).toMatch(/failed: the password was wrong\./);
    expect(json.words.join('\n')).toMatch(/They are a member of no licence\./);
  });

  it('answers 404 for nobody it knows, 400 for what it cannot read, and 403 for whoever may not ask', async () => {
    expect((await explain({ user: 'nobody@example.org' })).status).toBe(404);
    expect((await explain({ user: '00000000-0000-4000-8000-000000000000' })).status).toBe(404);
    expect((await explain({ user: ben.id, at: 'then' })).json.errors[0].pointer).toBe('query:at');
    expect((await explain({ user: '' })).json.errors[0].pointer).toBe('query:user');
    expect((await explain({ user: ben.id }, server.nobody)).status).toBe(401);
    const member = await server.world.enter(ben, { delivery: 'bearer' });
    expect((await explain({ user: ben.id }, member)).status).toBe(403);
    await member.must(204, 'POST', '/auth/logout', {});
  });
});
