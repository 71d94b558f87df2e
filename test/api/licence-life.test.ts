import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compose, type Usher } from '../../src/compose/compose.js';
import { loadConfig } from '../../src/config/config.js';
import { createLog } from '../../src/platform/log.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import { Guest } from '../support/guest.js';
import { HttpClient } from '../support/http-client.js';
import { type PlainRedis, plainRedis } from '../support/plain-redis.js';
import { clockKey, shiftedClock } from '../support/shifted-clock.js';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';
import type { Answered } from '../support/web-lab.js';
import { testSettings } from '../support/whole-server.js';
import { type Account, World } from '../support/world.js';

const dayMs = 86_400_000;
const admin = { email: 'root@example.org', password: 'the first administrator' };

/** Two servers on the same stores, as two processes are. */
class Pair {
  private constructor(
    readonly ushers: readonly Usher[],
    readonly clients: readonly [HttpClient, HttpClient],
    readonly world: World,
    readonly redis: PlainRedis,
    readonly stores: readonly (RedisServer | TestDatabase)[],
  ) {}

  static async start(): Promise<Pair> {
    const [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
    const patient = { SESSION_IDLE_SECONDS: '604800', SESSION_ABSOLUTE_SECONDS: '604800' };
    const config = loadConfig({ ...testSettings, ...patient, DATABASE_URL: database.url, REDIS_URL: redis.url });
    const scripts = loadSessionScripts({ includes: shiftedClock });
    const one = async () => {
      const usher = await compose(config, { log: createLog({ level: 'silent' }), scripts });
      const address = await usher.web.listen({ host: '127.0.0.1', port: 0 });
      assert.ok(typeof address === 'object');
      return { usher, client: new HttpClient(address.port) };
    };
    const [first, second] = [await one(), await one()];
    await first.usher.firstAdmin.prepare(admin);
    const login = { identifier: admin.email, password: admin.password, delivery: 'bearer' };
    const root = await Guest.nobody(first.client).signIn(login);
    const clients = [first.client, second.client] as const;
    const plain = await plainRedis(redis.url);
    return new Pair([first.usher, second.usher], clients, new World(root), plain, [redis, database]);
  }

  /** Makes the seats of a licence believe that it is this moment. */
  async at(licenceId: string, ms: number): Promise<void> {
    await this.redis.set(clockKey(licenceId), `=${ms}`);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.redis.close();
    for (const usher of this.ushers) {
      await usher.web.stop(500);
      await usher.close();
    }
    for (const store of this.stores) await store.stop();
  }
}

let pair: Pair;
let world: World;
let root: Guest;

beforeAll(async () => {
  pair = await Pair.start();
  world = pair.world;
  root = world.root;
}, 60_000);

afterAll(() => pair?.stop());

const pathOf = (id: string, end = '') => `/admin/api/licences/${id}${end}`;
const show = (id: string) => root.must(200, 'GET', pathOf(id));
const statusOf = (answer: Guest | Answered) => (answer instanceof Guest ? 200 : answer.status);
const slugOf = (answer: Guest | Answered) =>
  answer instanceof Guest ? 'signed-in' : answer.json.type.split('/').pop();

async function audited(id: string, action: string) {
  return (await root.must(200, 'GET', `/admin/api/audit?targetId=${id}&action=${action}`)).items;
}

async function memberOf(licenceId: string): Promise<Account> {
  const account = await world.account();
  await world.join(licenceId, account);
  return account;
}

const tryToEnter = (account: Account, of: 0 | 1 = 0) => Guest.nobody(pair.clients[of]).trySignIn(account.login);

/** The licence once it is as wanted. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
async function eventually(id: string, wanted: (licence: any) => boolean): Promise<any> {
  const until = performance.now() + 10_000;
  for (;;) {
    const licence = await show(id);
    if (wanted(licence)) return licence;
    assert.ok(performance.now() < until, `still ${JSON.stringify(licence)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What is asked for again and again until the outbox has done its work. */
async function expectSoon(ask: () => Promise<unknown>, wanted: unknown): Promise<void> {
  const until = performance.now() + 5_000;
  while ((await ask()) !== wanted && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await ask()).toBe(wanted);
}

const begun = (licence: { startsOnFirstUse: boolean }) => !licence.startsOnFirstUse;

describe('a term that counts from the first use', () => {
  it('has no beginning and no end, and lets people in, until somebody has', async () => {
    const made = await world.licence({ durationDays: 30 });
    const waiting = {
      durationDays: 30,
      startsOnFirstUse: true,
      valid: true,
      validFrom: null,
      validTo: null,
      version: 1,
    };
    expect(made).toMatchObject(waiting);
    await tryToEnter(await world.account());
    expect(await show(made.id)).toMatchObject(waiting);
  });

  it('begins with the first admission, at its moment, once, and says so in the audit log', async () => {
    const { id } = await world.licence({ durationDays: 30 });
    const account = await memberOf(id);
    const guest = await world.enter(account);
    const licence = await eventually(id, begun);
    expect(licence).toMatchObject({
      version: 2,
      durationDays: 30,
      valid: true,
      validFrom: guest.view.session.createdAt,
    });
    expect(Date.parse(licence.validTo) - Date.parse(licence.validFrom)).toBe(30 * dayMs);
    await world.enter(await memberOf(id));
    const lines = await audited(id, 'licence.started');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      actor: { kind: 'system' },
      detail: { durationDays: 30, ref: guest.view.session.ref, userId: account.id },
    });
    expect(await show(id)).toMatchObject({ version: 2, validFrom: licence.validFrom });
  });

  it('is brought to the seats: whoever sits is ended with it, and nobody else gets in', async () => {
    const { id } = await world.licence({ durationDays: 1 });
    const account = await memberOf(id);
    const guest = await world.enter(account);
    const { validTo } = await eventually(id, begun);
    await pair.at(id, Date.parse(validTo) - 1_000);
    await guest.must(200, 'GET', '/auth/session');
    await pair.at(id, Date.parse(validTo));
    await expectSoon(async () => (await guest.ask('GET', '/auth/session')).json.reason, 'licence-expired');
    expect(slugOf(await tryToEnter(account))).toBe('licence-expired');
  });

  it('begins once, and with the first, when twenty people are admitted at once by two processes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await world.licence({ durationDays: 7, seats: 20 });
      const accounts = await Promise.all(Array.from({ length: 20 }, () => memberOf(id)));
      const entered = await Promise.all(accounts.map((account, i) => tryToEnter(account, i % 2 === 0 ? 0 : 1)));
      expect(entered.map(statusOf)).toEqual(accounts.map(() => 200));
      const licence = await eventually(id, begun);
      // Both processes bring the history over, and look at it again.
      await Promise.all(pair.ushers.map(({ history }) => history.sweep()));
      const times = entered.map((guest) => Date.parse((guest as Guest).view.session.createdAt));
      expect(Date.parse(licence.validFrom)).toBe(Math.min(...times));
      expect(await show(id)).toMatchObject({ version: 2, used: 20 });
      expect(await audited(id, 'licence.started')).toHaveLength(1);
    }
  });

  it('is not begun by somebody who is refused', async () => {
    const { id } = await world.licence({ durationDays: 7, seats: 0 });
    expect(slugOf(await tryToEnter(await memberOf(id)))).toBe('no-seat-free');
    await Promise.all(pair.ushers.map(({ history }) => history.sweep()));
    expect(await show(id)).toMatchObject({ startsOnFirstUse: true, version: 1 });
  });

  it('gets longer when it is renewed before it has begun, and can be given a beginning', async () => {
    const { id } = await world.licence({ durationDays: 30 });
    const renewed = await root.must(200, 'POST', pathOf(id, '/renew'), { durationDays: 10 });
    expect(renewed).toMatchObject({ durationDays: 40, startsOnFirstUse: true, validFrom: null, validTo: null });
    const dated = await root.must(200, 'PATCH', pathOf(id), { validFrom: '2030-01-01T00:00:00Z' });
    expect(dated).toMatchObject({ startsOnFirstUse: false, validTo: '2030-02-10T00:00:00.000Z', valid: false });
    expect(slugOf(await tryToEnter(await memberOf(id)))).toBe('licence-not-started');
    const refused = await root.ask('POST', pathOf((await world.licence({ durationDays: 36_500 })).id, '/renew'), {
      body: { durationDays: 1 },
    });
    expect([refused.status, refused.json.errors[0].pointer]).toEqual([400, '/durationDays']);
  });
});

describe('suspending to drain', () => {
  it('lets those stay who are inside, and nobody in, until it is reinstated', async () => {
    const { id } = await world.licence();
    const [inside, outside] = [await memberOf(id), await memberOf(id)];
    const guest = await world.enter(inside);
    const drained = await root.must(200, 'POST', pathOf(id, '/suspend'), { mode: 'drain' });
    expect(drained).toMatchObject({ state: 'draining', active: false, valid: false, used: 1, version: 2 });
    await guest.must(200, 'GET', '/auth/session');
    expect(slugOf(await tryToEnter(outside))).toBe('licence-suspended');
    expect((await root.must(200, 'POST', pathOf(id, '/suspend'), { mode: 'drain' })).version).toBe(2);
    expect(await root.must(200, 'POST', pathOf(id, '/reinstate'))).toMatchObject({ state: 'active', version: 3 });
    await guest.must(200, 'GET', '/auth/session');
    expect(statusOf(await tryToEnter(outside))).toBe(200);
  });

  it('can be turned into an end at once, and an end into nothing less', async () => {
    const { id } = await world.licence();
    const guest = await world.enter(await memberOf(id));
    await root.must(200, 'POST', pathOf(id, '/suspend'), { mode: 'drain' });
    const ended = await root.must(200, 'POST', pathOf(id, '/suspend'));
    expect(ended).toMatchObject({ state: 'suspended', used: 0, version: 3 });
    expect((await guest.ask('GET', '/auth/session')).json).toMatchObject({ reason: 'licence-suspended' });
    const still = await root.must(200, 'POST', pathOf(id, '/suspend'), { mode: 'drain' });
    expect(still).toMatchObject({ state: 'suspended', version: 3 });
    const lines = await audited(id, 'licence.suspended');
    expect(lines.map(({ detail }: { detail: object }) => detail)).toEqual([
      { state: { from: 'draining', to: 'suspended' } },
      { state: { from: 'active', to: 'draining' } },
    ]);
  });

  it('is refused with another mode, and nothing is done', async () => {
    const { id } = await world.licence();
    for (const body of [{ mode: 'pause' }, { mode: null }, { mode: 'end', reason: 'x' }, { version: 0 }, []]) {
      const answer = await root.ask('POST', pathOf(id, '/suspend'), { body });
      expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), 400]);
    }
    expect(await show(id)).toMatchObject({ state: 'active', version: 1 });
  });
});

describe('fewer seats', () => {
  it('drain: nobody is ended, the view tells how many are over, and a seat is free when enough have left', async () => {
    const { id } = await world.licence({ seats: 3 });
    const guests = [];
    for (let i = 0; i < 3; i += 1) guests.push(await world.enter(await memberOf(id)));
    const lowered = await root.must(200, 'PATCH', pathOf(id), { seats: 1 });
    expect(lowered).toMatchObject({ seats: 1, used: 3, over: 2 });
    const next = await memberOf(id);
    for (const guest of guests) {
      expect(slugOf(await tryToEnter(next))).toBe('no-seat-free');
      await guest.must(204, 'POST', '/auth/logout');
    }
    expect(statusOf(await tryToEnter(next))).toBe(200);
    expect(await show(id)).toMatchObject({ used: 1, over: 0 });
  });

  it('end those who have been idle for longest when asked to, and no others', async () => {
    const { id } = await world.licence({ seats: 4 });
    const guests: Guest[] = [];
    for (let i = 0; i < 4; i += 1) {
      guests.push(await world.enter(await memberOf(id)));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const lowered = await root.must(200, 'PATCH', pathOf(id), { seats: 2, whenLowered: 'end-idlest' });
    expect(lowered).toMatchObject({ seats: 2, used: 2, over: 0 });
    const after = await Promise.all(guests.map((guest) => guest.ask('GET', '/auth/session')));
    expect(after.map(({ status }) => status)).toEqual([401, 401, 200, 200]);
    expect(after[0]?.json).toMatchObject({ reason: 'displaced' });
  });

  it('say what becomes of those inside only together with a number', async () => {
    const { id } = await world.licence();
    for (const body of [
      { whenLowered: 'end-idlest' },
      { name: 'X', whenLowered: 'drain' },
      { seats: 1, whenLowered: 'end' },
    ]) {
      const answer = await root.ask('PATCH', pathOf(id), { body });
      expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, '/whenLowered']);
    }
    expect(await show(id)).toMatchObject({ version: 1, name: 'Licence' });
  });

  it('may be none at all: the licence is sound, and full', async () => {
    const { id } = await world.licence({ seats: 0 });
    expect(await show(id)).toMatchObject({ seats: 0, used: 0, over: 0, valid: true });
    expect(slugOf(await tryToEnter(await memberOf(id)))).toBe('no-seat-free');
  });
});

describe('every edit of a licence', () => {
  const edits = [
    ['PATCH', '', { name: 'New' }],
    ['POST', '/suspend', {}],
    ['POST', '/suspend', { mode: 'drain' }],
    ['POST', '/reinstate', {}],
    ['POST', '/renew', { durationDays: 3 }],
  ] as const;

  it.each(edits)('%s %s is refused when it was made from an old version', async (method, end, body) => {
    const { id } = await world.licence({ validTo: '2090-01-01T00:00:00Z' });
    await root.must(200, 'PATCH', pathOf(id), { seats: 7, version: 1 });
    const before = await show(id);
    const answer = await root.ask(method, pathOf(id, end), { body: { ...body, version: 1 } });
    expect([answer.status, answer.json.type, answer.json.pointer]).toEqual([
      409,
      '/problems/stale-version',
      '/version',
    ]);
    expect(await show(id)).toEqual(before);
    await root.must(200, method, pathOf(id, end), { ...body, version: 2 });
  });

  it('is made by one of ten who make it from the same version at once', async () => {
    const { id } = await world.licence();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => root.ask('PATCH', pathOf(id), { body: { seats: i + 1, version: 1 } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect((await show(id)).version).toBe(2);
  });
});

describe('a licence is found by its serial', () => {
  it('however it was typed', async () => {
    const { id, serial } = await world.licence();
    for (const typed of [
      serial,
      serial.toLowerCase(),
      serial.replaceAll('-', ''),
      ` ${serial.replaceAll('-', ' ')} `,
    ]) {
      const found = await root.must(200, 'GET', `/admin/api/licences?serial=${encodeURIComponent(typed)}`);
      expect(found).toMatchObject({ total: 1, items: [{ id, serial }] });
    }
  });

  it('and a mistyped one is told from one that does not exist', async () => {
    const { serial } = await world.licence();
    const wrong = serial.replace(/^./, (first: string) => (first === '7' ? '8' : '7'));
    for (const typed of [wrong, serial.slice(0, -1), 'x', `${serial}0`]) {
      const answer = await root.ask('GET', `/admin/api/licences?serial=${encodeURIComponent(typed)}`);
      expect([answer.status, answer.json.errors]).toEqual([
        400,
        [{ pointer: 'query:serial', rule: expect.stringContaining('mistyped') }],
      ]);
    }
    expect(await root.must(200, 'GET', '/admin/api/licences?serial=7ZZZ-ZZZZ-ZZZZ-ZZZ1')).toMatchObject({ total: 0 });
  });
});
