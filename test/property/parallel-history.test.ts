import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { type LicenceId, newId } from '../../src/kernel/ids.js';
import { licenceTag } from '../../src/sessions/session-id.js';
import { redisLab, type StoreLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';
import { faultsOf } from './history-checker.js';
import { BusyHouse, hastyTimes } from './history-clients.js';
import type { Observed } from './history-lives.js';
import { mutants, seedFault } from './mutant-list.js';

/** `USHER_SEED` makes the clients choose the same again; `USHER_LONG` lets them work for a minute. */
const seed = Number(process.env['USHER_SEED'] ?? Date.now() % 1_000_000_000);
const seconds = process.env['USHER_LONG'] === undefined ? 5 : 60;
const clients = 8;

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What was left of a run: the licences, how often each event was told, and the seats still taken after all had ended. */
interface Run {
  readonly houses: readonly BusyHouse[];
  readonly told: ReadonlyMap<string, number>;
  readonly seats: readonly { used: number; limit: number | null }[];
}

/** Lets clients work through links of their own, on the scripts in `folder`. */
async function run(url: string, ms: number, folder?: string): Promise<Run> {
  const links = await openLinks(url);
  try {
    return await work(redisLab(links.pair, folder, hastyTimes), ms);
  } finally {
    await links.close();
  }
}

/** Lets the clients work on two licences, each through one of two stores, beside one that sweeps and drains. */
async function work(lab: StoreLab, ms: number): Promise<Run> {
  const houses = [5, 2].map((limit) => new BusyHouse(lab, licenceTag(newId<LicenceId>()), limit));
  for (const house of houses) await house.begin();
  const told = new Map<string, number>();
  const until = performance.now() + ms;

  async function drain(house: BusyHouse): Promise<number> {
    await lab.store.reconcile(house.tag);
    const { events, positions } = await lab.store.events(house.tag, 1000);
    for (const { id } of events) told.set(id, (told.get(id) ?? 0) + 1);
    await lab.store.acknowledge(house.tag, positions);
    return events.length;
  }

  async function client(index: number): Promise<void> {
    const random = randomFrom(seed + index);
    const store = index % 2 ? lab.other : lab.store;
    while (performance.now() < until) {
      const house = houses[random() < 0.7 ? 0 : 1];
      await house?.act(store, random);
    }
  }

  async function sweep(): Promise<void> {
    while (performance.now() < until) {
      for (const house of houses) await drain(house);
      await pause(50);
    }
  }

  await Promise.all([...Array.from({ length: clients }, (_, index) => client(index)), sweep()]);
  for (const house of houses) {
    await house.end();
    while ((await drain(house)) > 0);
  }
  return { houses, told, seats: await Promise.all(houses.map((house) => lab.other.seats(house.tag))) };
}

describe('many clients at once', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await freshRedis();
  });

  afterAll(async () => {
    await redis.stop();
  });

  it(`are answered as if they had come one after the other (USHER_SEED=${seed})`, async () => {
    const { houses, told, seats } = await run(redis.url, seconds * 1000);
    const expected = new Map<string, number>();
    assert.deepEqual(
      seats.map(({ used }) => used),
      [0, 0],
    );
    for (const house of houses) {
      assert.deepEqual(faultsOf(house.history).slice(0, 10), []);
      for (const one of house.observed) {
        if (one.kind !== 'opened') continue;
        expected.set(`${house.tag}.${one.session}:admitted`, 1);
        expected.set(`${house.tag}.${one.session}:released`, 1);
      }
    }
    const kinds = houses.flatMap((house) => house.observed.map((one) => one.kind));
    // Whether a sign-in meets a user's end is a matter of luck in a short run.
    const lucky = seconds > 8 ? (['stale'] as const) : [];
    for (const kind of ['opened', 'full', ...lucky, 'alive', 'gone', 'closed', 'user-closed', 'counted'] as const)
      assert.ok(kinds.includes(kind), `nothing was ever ${kind}`);
    const refused = [...told.keys()].filter((id) => id.endsWith(':refused'));
    assert.equal(refused.length, kinds.filter((kind) => kind === 'full').length, 'the history tells each refusal');
    for (const id of refused) expected.set(id, 1);
    assert.deepEqual(told, expected, 'the history tells each admission and release once');
  }, 300_000);

  it('are caught where a store admits by a count taken a moment ago, or leaks the seat of an exchange', async () => {
    for (const name of ['admits by a count taken a moment ago', 'leaks the old seat of an exchange']) {
      const mutant = mutants.find((one) => one.name === name);
      assert.ok(mutant !== undefined);
      const folder = await mkdtemp(join(tmpdir(), 'usher-mutant-'));
      try {
        await seedFault(mutant, folder);
        const { houses } = await run(redis.url, 1000, folder);
        assert.notDeepEqual(
          houses.flatMap((house) => faultsOf(house.history)),
          [],
          name,
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  });
});

describe('the checker of histories', () => {
  const at = (called: number, answered: number) => ({ called, answered });
  const opened = (session: string, called: number, answered: number, over: { replaced?: string } = {}): Observed => ({
    ...at(called, answered),
    kind: 'opened',
    session,
    user: `user of ${session}`,
    epoch: 1,
    replaced: null,
    ...over,
  });
  const alive = (session: string, called: number, answered: number): Observed => ({
    ...at(called, answered),
    kind: 'alive',
    session,
    sureMs: 1000,
    mostMs: 1100,
  });
  const closed = (session: string, called: number, answered: number): Observed => ({
    ...at(called, answered),
    kind: 'closed',
    session,
  });
  const full = (called: number, answered: number, held: string | null = null): Observed => ({
    ...at(called, answered),
    kind: 'full',
    held,
  });
  const faults = (limit: number, ...observed: Observed[]) =>
    faultsOf({ limit, grantMs: 500, absoluteMs: 5000, observed });

  it('accepts what can have happened one after the other', () => {
    const history = [
      opened('a', 0, 10),
      full(5, 20),
      alive('a', 30, 40),
      closed('a', 100, 120),
      alive('a', 105, 118),
      opened('b', 110, 119),
      full(115, 116),
      opened('c', 200, 210, { replaced: 'b' }),
      { ...at(220, 230), kind: 'counted', used: 1 } as const,
      { ...at(240, 250), kind: 'user-closed', user: 'user of c', epoch: 2 } as const,
      { ...at(241, 245), kind: 'stale', user: 'user of c', epoch: 1 } as const,
      { ...at(260, 270), kind: 'gone', session: 'c' } as const,
      opened('d', 260, 270),
      opened('e', 1000, 1010),
    ];
    assert.deepEqual(faults(1, ...history), []);
  });

  const bad: Record<string, string[]> = {
    'more sessions than seats': faults(1, opened('a', 0, 10), opened('b', 20, 30)),
    'more sessions than seats, though only checks show that the first one still lived': faults(
      1,
      opened('a', 0, 10),
      alive('a', 400, 410),
      opened('b', 900, 910),
    ),
    'a refusal while nobody had a seat': faults(1, full(0, 10)),
    'a refusal after an end was answered': faults(1, opened('a', 0, 10), closed('a', 20, 30), full(31, 40)),
    'a refusal after the only session must have expired': faults(1, opened('a', 0, 10), full(600, 610)),
    'a refused exchange of a seat that was held': faults(1, opened('a', 0, 10), full(20, 30, 'a')),
    'a check that found life after an end was answered': faults(
      1,
      opened('a', 0, 10),
      closed('a', 20, 30),
      alive('a', 31, 40),
    ),
    'a check that found life after its session was exchanged': faults(
      1,
      opened('a', 0, 10),
      opened('b', 20, 30, { replaced: 'a' }),
      alive('a', 31, 40),
    ),
    'a check that found life after the idle limit': faults(1, opened('a', 0, 10), alive('a', 600, 610)),
    'an end nobody caused': faults(1, opened('a', 0, 10), { ...at(20, 30), kind: 'gone', session: 'a' }),
    'a count above those who can have lived': faults(2, { ...at(0, 10), kind: 'counted', used: 1 }),
    'a count below those who lived': faults(2, opened('a', 0, 10), { ...at(20, 30), kind: 'counted', used: 0 }),
    'an opening behind the end of its user': faults(
      1,
      { ...at(0, 10), kind: 'user-closed', user: 'user of a', epoch: 2 },
      opened('a', 20, 30),
    ),
    'a stale user whom nobody had ended': faults(1, { ...at(0, 10), kind: 'stale', user: 'a', epoch: 1 }),
  };
  for (const [what, found] of Object.entries(bad))
    it(`finds ${what}`, () => assert.equal(found.length, 1, found.join('\n')));
});
