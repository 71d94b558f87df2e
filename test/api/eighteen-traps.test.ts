import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Guest } from '../support/guest.js';
import { type PlainRedis, plainRedis } from '../support/plain-redis.js';
import { newHouse, redisLab, type StoreLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

// What licence servers and session stores have been seen to get wrong, each by its name.

const hour = 3_600_000;
const chain = { oldest: { step: 'displace', which: 'oldest' }, idlest: { step: 'displace', which: 'idlest' } } as const;

let server: WholeServer;
let other: Awaited<ReturnType<WholeServer['another']>>;
let redis: PlainRedis;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: StoreLab;

beforeAll(async () => {
  server = await WholeServer.start();
  other = await server.another();
  redis = await plainRedis(server.stores.REDIS_URL);
  links = await openLinks(server.stores.REDIS_URL);
  lab = redisLab(links.pair);
}, 60_000);

afterAll(async () => {
  await redis?.close();
  await links?.close();
  await other?.stop();
  await server?.stop();
});

const statusOf = (answer: Guest | Answered) => (answer instanceof Guest ? 200 : answer.status);
const usedOf = async (id: string) => (await server.world.root.must(200, 'GET', `/admin/api/licences/${id}`)).used;
const live = async (guest: Guest) => (await guest.ask('GET', '/auth/session')).status === 200;

/** A licence and so many of its members. */
async function licensed(seats: number, people: number, policy: unknown = { whenFull: ['refuse'] }) {
  const { id } = await server.world.licence({ seats, policy });
  const members: Account[] = [];
  for (let at = 0; at < people; at += 1) {
    const account = await server.world.account();
    await server.world.join(id, account);
    members.push(account);
  }
  const [first] = members;
  if (first === undefined) throw new Error('somebody has to be a member');
  return { id: String(id), members, first };
}

/** Everybody signs in at once, by two servers in turn. Answers the statuses. */
async function allAtOnce(
  accounts: readonly Account[],
  over: Readonly<Record<string, unknown>> = {},
): Promise<number[]> {
  const answers = accounts.map(({ login }, turn) =>
    (turn % 2 ? server.nobody : other.nobody).trySignIn({ ...login, ...over }),
  );
  return (await Promise.all(answers)).map(statusOf).sort();
}

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('the trap of', () => {
  it('1, counting before the lock: forty people and five seats, counted and taken in one step', async () => {
    const { id, members } = await licensed(5, 40);
    expect(await allAtOnce(members)).toEqual([...times(5, 200), ...times(35, 409)]);
    expect(await usedOf(id)).toBe(5);
  });

  it('2, locking rows that do not exist yet: the very first seat of a licence is taken once', async () => {
    const { id, members } = await licensed(1, 20);
    expect(await redis.keys(`{${id}}:seats`)).toEqual([]);
    expect(await allAtOnce(members)).toEqual([200, ...times(19, 409)]);
  });

  it('3, reading limit or own sessions before the lock: a person with a maximum of one never has two', async () => {
    const { id, first } = await licensed(10, 1, { whenFull: [chain.oldest], maxSessionsPerUser: 1 });
    expect(await allAtOnce(times(20, first))).toEqual(times(20, 200));
    expect(await usedOf(id)).toBe(1);
    const shrinking = await licensed(10, 30);
    const changed = server.world.root.must(200, 'PATCH', `/admin/api/licences/${shrinking.id}`, { seats: 3 });
    await allAtOnce(shrinking.members);
    await changed;
    const used = await usedOf(shrinking.id);
    expect(used).toBeLessThanOrEqual(10);
    expect(await allAtOnce(times(5, shrinking.first))).toEqual(used < 3 ? expect.anything() : times(5, 409));
  });

  it('4, a release path that forgets the counter: whichever way a session ends, its seat is free', async () => {
    const { id, first } = await licensed(1, 1);
    const { root } = server.world;
    const ways: ((guest: Guest) => Promise<unknown>)[] = [
      (guest) => guest.must(204, 'POST', '/auth/logout', {}),
      (guest) => guest.must(204, 'DELETE', `/auth/sessions/${guest.view.session.ref}`),
      (guest) => root.must(200, 'DELETE', `/admin/api/sessions/${guest.view.session.ref}`),
      () => root.must(200, 'POST', '/admin/api/sessions/end', { filter: { licenceId: id } }),
      () => root.must(200, 'POST', `/admin/api/licences/${id}/suspend`),
      () => root.must(200, 'POST', `/admin/api/users/${first.id}/disable`),
      (guest) => guest.with({ 'user-agent': 'another program/2' }).must(403, 'GET', '/auth/session'),
      () => root.must(204, 'DELETE', `/admin/api/licences/${id}/members/${first.id}`),
    ];
    for (const end of ways) {
      const guest = await server.world.enter(first);
      expect(await usedOf(id)).toBe(1);
      await end(guest);
      expect(await usedOf(id)).toBe(0);
      await root.ask('POST', `/admin/api/licences/${id}/reinstate`);
      await root.ask('POST', `/admin/api/users/${first.id}/enable`);
    }
  });

  it('5, a touch that revives: what comes late for an ended session changes nothing', async () => {
    const { id, first } = await licensed(1, 1);
    const guest = await server.world.enter(first);
    await guest.must(204, 'POST', '/auth/logout', {});
    const late = [
      guest.ask('GET', '/auth/session'),
      guest.ask('GET', '/auth/verify'),
      guest.ask('PATCH', '/auth/session/data', { body: { late: true } }),
    ];
    expect((await Promise.all(late)).map(statusOf)).toEqual([401, 401, 401]);
    expect([await live(guest), await usedOf(id)]).toEqual([false, 0]);
  });

  it('6, an expired row that blocks its owner: time alone frees the seat and the person, nobody has to sweep', async () => {
    const house = await newHouse(lab, { seats: 1, perUser: 1 });
    const guest = await house.sit();
    await house.advance(2 * hour);
    expect(await house.used()).toBe(0);
    await house.sit({ userId: guest.userId });
  });

  it('7, a new id at sign-in that leaves the old seat: the same browser exchanges its seat', async () => {
    const { id, first } = await licensed(1, 1);
    const guest = await server.world.enter(first);
    const again = await guest.signIn(first.login);
    expect([again.view.session.ref === guest.view.session.ref, await usedOf(id), await live(guest)]).toEqual([
      false,
      1,
      false,
    ]);
  });

  it('8, a second way in without the check: cookie, bearer and ticket meet the same full house', async () => {
    const { members } = await licensed(1, 2);
    const [inside, outside] = members;
    if (inside === undefined || outside === undefined) throw new Error('two members');
    await server.world.enter(inside);
    const cookie = (await server.nobody.trySignIn(outside.login)) as Answered;
    const bearer = (await server.nobody.trySignIn({ ...outside.login, delivery: 'bearer' })) as Answered;
    const ticket = await other.nobody.ask('POST', '/auth/login/seat', { body: { ticket: cookie.json.ticket } });
    expect([cookie, bearer, ticket].map(statusOf)).toEqual([409, 409, 409]);
    const waysIn = server.usher.web.routes.filter((route) => route.problems?.includes('no-seat-free'));
    expect(waysIn.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /auth/login',
      'POST /auth/login/seat',
      // Whoever comes so meets it in second-factor-sign-in.test.ts, passkeys.test.ts and resume.test.ts.
      'POST /auth/login/second-factor',
      'POST /auth/login/passkey',
      'POST /auth/resume',
    ]);
  });

  it('9, a parameter that skips the check: a licence that is named is checked like any other', async () => {
    const full = await licensed(1, 2);
    await server.world.enter(full.first);
    const closed = await licensed(1, 1);
    const [, second] = full.members;
    if (second === undefined) throw new Error('two members');
    const named = (licenceId: string) => server.nobody.trySignIn({ ...second.login, licenceId });
    expect([statusOf(await named(full.id)), statusOf(await named(closed.id))]).toEqual([409, 403]);
    expect([await usedOf(full.id), await usedOf(closed.id)]).toEqual([1, 0]);
  });

  it('10, a lock all tenants share: licences that fill at the same time do not know of each other', async () => {
    const [one, two] = [await licensed(3, 10), await licensed(4, 10)];
    const [first, second] = await Promise.all([allAtOnce(one.members), allAtOnce(two.members)]);
    expect(first).toEqual([...times(3, 200), ...times(7, 409)]);
    expect(second).toEqual([...times(4, 200), ...times(6, 409)]);
  });

  it('11, the caller’s clock: seats end by the store’s time, however far the host’s is off', async () => {
    const house = await newHouse(lab, { seats: 1 });
    await house.advance(1000 * 24 * hour);
    const guest = await house.sit();
    expect(guest.session.createdAtMs).toBe(house.nowMs);
    expect((await house.alive(guest)).expiresAtMs).toBe(house.nowMs + lab.times.idleMs + lab.times.slackMs);
    expect(await house.used()).toBe(1);
  });

  it('12, a maximum of 0 that means any number, or a first one that is free: no seats admit nobody', async () => {
    const { id, members } = await licensed(0, 3);
    expect(await allAtOnce(members)).toEqual([409, 409, 409]);
    expect(await usedOf(id)).toBe(0);
  });

  it('13, seats for anonymous visitors: whoever has not signed in leaves nothing behind', async () => {
    const before = (await redis.keys('{*')).length;
    for (let visit = 0; visit < 25; visit += 1) {
      await server.nobody.ask('GET', '/auth/session');
      await server.nobody.ask('GET', '/auth/session', { headers: { cookie: `sid=s%3Anobody-${visit}.secret` } });
    }
    expect((await redis.keys('{*')).length).toBe(before);
  });

  it('14, a policy the client brings along: what a sign-in says of seats and chains is refused', async () => {
    const { id, members } = await licensed(1, 2);
    const [first, second] = members;
    if (first === undefined || second === undefined) throw new Error('two members');
    await server.world.enter(first);
    for (const extra of [
      { seats: 99 },
      { limit: 99 },
      { policy: { whenFull: [chain.oldest] } },
      { whenFull: { overage: 1 } },
    ])
      expect(statusOf(await server.nobody.trySignIn({ ...second.login, ...extra }))).toBe(400);
    expect([statusOf(await server.nobody.trySignIn(second.login)), await usedOf(id)]).toEqual([409, 1]);
  });

  it('15, a ledger in memory: a server that starts anew knows who sits', async () => {
    const { members } = await licensed(1, 2);
    const [first, second] = members;
    if (first === undefined || second === undefined) throw new Error('two members');
    const before = await server.another();
    const guest = await before.nobody.signIn(first.login);
    await before.stop();
    const after = await server.another();
    const refused = await after.nobody.trySignIn(second.login);
    await after.stop();
    expect([statusOf(refused), await live(new Guest(server.client, guest.headers))]).toEqual([409, true]);
  });

  it('16, sorting by the wrong time: the oldest is the one opened first, the idlest the one used last', async () => {
    for (const [which, expected] of [
      ['oldest', 0],
      ['idlest', 1],
    ] as const) {
      const house = await newHouse(lab, { seats: 2, chain: [chain[which]] });
      const first = await house.sit();
      await house.advance(60_000);
      const second = await house.sit({ userId: first.userId });
      await house.advance(hour / 2);
      await house.alive(first);
      await house.sit({ userId: first.userId });
      await house.over([first, second][expected] ?? first, 'displaced');
    }
  });

  it('17, a full house that counts as a wrong password: nobody is locked out by waiting', async () => {
    const { members } = await licensed(1, 2);
    const [first, second] = members;
    if (first === undefined || second === undefined) throw new Error('two members');
    const inside = await server.world.enter(first);
    for (let turn = 0; turn < 15; turn += 1) expect(statusOf(await server.nobody.trySignIn(second.login))).toBe(409);
    await inside.must(204, 'POST', '/auth/logout', {});
    expect(statusOf(await server.nobody.trySignIn(second.login))).toBe(200);
    const log = await server.world.root.must(200, 'GET', `/admin/api/sign-ins?userId=${second.id}`);
    expect(log.items.map((entry: { outcome: string }) => entry.outcome).slice(0, 2)).toEqual([
      'signed-in',
      'no-seat-free',
    ]);
  });

  it('18, an audit line after the commit: what cannot be audited does not happen', async () => {
    const { id, first } = await licensed(1, 1);
    const guest = await server.world.enter(first);
    const database = await new DataSource({ type: 'postgres', url: server.stores.DATABASE_URL }).initialize();
    await database.query(`CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.action = 'licence.suspended' THEN RAISE EXCEPTION 'no audit today'; END IF; RETURN NEW; END $$`);
    await database.query(
      `CREATE TRIGGER refuse_audit BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit()`,
    );
    const answer = await server.world.root.ask('POST', `/admin/api/licences/${id}/suspend`);
    await database.query('DROP TRIGGER refuse_audit ON audit');
    await database.destroy();
    expect(answer.status).toBe(500);
    const { active } = await server.world.root.must(200, 'GET', `/admin/api/licences/${id}`);
    expect([active, await live(guest)]).toEqual([true, true]);
  });
});
