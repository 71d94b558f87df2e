import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sessionTimes } from '../../src/sessions/session.js';
import { SessionSearch, type Sought } from '../../src/sessions/session-search.js';
import type { SessionTraits } from '../../src/sessions/session-traits.js';
import { type Guest, House, homeClient } from '../support/house.js';
import { times } from '../support/pace.js';
import { labTimes, newHouse, ownStoreLab, redisLab, type StoreLab } from '../support/store-lab.js';

const minute = 60_000;
const second = 1_000;
const browsers = ['Firefox 140', 'Chrome 141', 'Safari 18'];

let own: Awaited<ReturnType<typeof ownStoreLab>>;
let lab: StoreLab;
let house: House;
let search: SessionSearch;

beforeAll(async () => {
  own = await ownStoreLab();
  lab = own.lab;
  search = new SessionSearch(lab.store);
});

afterAll(() => own.stop());

beforeEach(async () => {
  house = await newHouse(lab, { seats: 5_000 });
});

function sit(i: number, where = house): Promise<Guest> {
  const client = { userAgent: `"ip":"10.0.1.1" ${i}`, ip: `10.0.${i % 4}.${i}`, browser: browsers[i % 3], os: 'Linux' };
  return where.sit({ client: JSON.stringify(client) });
}

const send = (...args: string[]) => lab.link.send(house.prefix, args);
const clients = () => `${house.prefix}:clients`;

/** All that are meant, and their total. */
async function found(traits: SessionTraits, sort: Sought['sort'] = 'newest') {
  const page = { limit: 200, cursor: null, counted: true };
  const { items, total } = await search.page([{ tag: house.tag, userId: null }], { traits, sort }, page);
  return { handles: items.map(({ handle }) => handle), total };
}

/** The same by the records of all: what was last used when, looked at one by one. */
async function known(idleMs: number, sort: Sought['sort']) {
  const { items } = await lab.store.list(house.tag, {}, 10_000, null);
  const idle = items.filter(({ lastSeenAtMs }) => house.nowMs - lastSeenAtMs >= idleMs);
  if (sort === 'idlest') idle.sort((a, b) => a.lastSeenAtMs - b.lastSeenAtMs || (a.handle < b.handle ? -1 : 1));
  return { handles: idle.slice(0, 200).map(({ handle }) => handle), total: idle.length };
}

async function agrees(): Promise<void> {
  for (const sort of ['newest', 'idlest'] as const)
    for (const idleMs of [0, 5 * second, minute, 10 * minute, 29 * minute, 50 * minute])
      expect([sort, idleMs, await found({ idleMs }, sort)]).toEqual([sort, idleMs, await known(idleMs, sort)]);
}

/** How often Redis has run a command since this was asked last. */
async function runs(command: string): Promise<number> {
  const told = String(await send('INFO', 'commandstats'));
  await send('CONFIG', 'RESETSTAT');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(told)?.[1] ?? 0);
}

describe('a filter', () => {
  it('reads the record of no session that is indexed and has a seat of known limits', async () => {
    await times(600, 20, (i) => sit(i));
    await house.advance(minute);
    await runs('hget');
    const traits = { browser: 'firefox', os: 'linux', ip: '10.0.', idleMs: minute };
    for (const sort of ['newest', 'idlest'] as const)
      expect(await search.count([{ tag: house.tag, userId: null }], traits)).toBe((await found(traits, sort)).total);
    expect(await runs('sort_ro')).toBe(0);
    expect(await runs('hget')).toBe(0);
  });

  it('finds whom the index of clients has lost by their records, and the sweep enters them again', async () => {
    const guests = await Promise.all(Array.from({ length: 40 }, (_, i) => sit(i)));
    const asked: SessionTraits[] = [
      { browser: 'firefox' },
      { ip: '10.0.3.' },
      { os: 'linux', ip: '10.0.1.', browser: 'S' },
    ];
    const whole = await Promise.all(asked.map((traits) => found(traits)));
    expect(whole.map(({ total }) => total)).toEqual([14, 10, 3]);
    const kept = await send('HGETALL', clients());
    for (const lost of [guests.slice(0, 7), guests]) {
      await send('HDEL', clients(), ...lost.map(({ issued }) => issued.handle));
      expect(await Promise.all(asked.map((traits) => found(traits)))).toEqual(whole);
    }
    await lab.store.reconcile(house.tag);
    const pairs = (flat: unknown) => new Set((flat as string[]).map((_, i, all) => `${all[i & ~1]} ${all[i | 1]}`));
    expect(pairs(await send('HGETALL', clients()))).toEqual(pairs(kept));
  });

  it('forgets the client of a session with its seat', async () => {
    const [one, two] = [await sit(1), await sit(2)];
    await house.end(one);
    expect(await send('HKEYS', clients())).toEqual([two.issued.handle]);
    await house.advance(2 * 60 * minute);
    await lab.store.reconcile(house.tag);
    expect(await send('EXISTS', clients())).toBe(0);
  });
});

describe('who was idle for how long', () => {
  it('is told of those at the end of their lifetime, and of those never seen, by their records', async () => {
    const brief = briefly();
    const early = await Promise.all([0, 1, 2, 3].map((i) => sit(i, brief)));
    for (let round = 0; round < 4; round += 1) {
      await forward(15 * minute, brief);
      for (const guest of early) {
        await brief.alive(guest);
        await forward(minute, brief);
      }
      await agrees();
    }
    // Whenever they were used last, their seats now all end with their lifetime.
    for (let i = 4; i < 8; i += 1) await sit(i, brief);
    await forward(10 * second, brief);
    await brief.hold();
    await agrees();
    await forward(25 * second, brief);
    await agrees();
    await forward(15 * minute, brief);
    await agrees();
  });

  it('is right when only the idle limit is another, from the first check by it', async () => {
    const brief = briefly({ absoluteMs: labTimes.absoluteMs });
    const first = await sit(0);
    const others = await Promise.all([1, 2, 3].map((i) => sit(i)));
    await forward(3 * minute, brief);
    await agrees();
    await brief.alive(first);
    for (let round = 0; round < 8; round += 1) {
      await forward(11 * minute, brief);
      await agrees();
      for (const guest of [first, ...others]) await brief.read(guest);
    }
  });

  it('is right when an opening is confirmed by another idle limit, and when it is not confirmed yet', async () => {
    const brief = briefly({ absoluteMs: labTimes.absoluteMs });
    const one = await house.hold();
    expect(await brief.lab.store.confirm(one.issued)).toBe(true);
    await forward(10 * minute, brief);
    await agrees();
    await brief.hold();
    await forward(6 * second, brief);
    await agrees();
  });

  it('is right when only the lifetime is another', async () => {
    const brief = briefly({ idleMs: labTimes.idleMs });
    const guests = [await sit(0, brief), await sit(1, brief), await sit(2)];
    for (let round = 0; round < 3; round += 1) {
      await forward(29 * minute, brief);
      for (const guest of guests) await brief.alive(guest);
      await agrees();
    }
  });

  it('is right while servers with other limits take over, and when they have', async () => {
    const brief = briefly();
    const guests: Guest[] = [];
    let turn = 7;
    const random = (below: number) => {
      turn = (turn * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((turn / 2_147_483_648) * below);
    };
    for (let step = 0; step < 90; step += 1) {
      // First only the one, then both, then only the other.
      const where = step < 25 ? house : step < 45 ? ([house, brief][random(2)] ?? house) : brief;
      const guest = guests[random(guests.length)];
      if (random(3) > 0) guests.push(await sit(step, where));
      if (guest !== undefined) await where.lab.store.read(guest.issued, 'cookie', homeClient);
      await forward(random(4) * minute, brief);
      if (step % 5 === 0) await agrees();
    }
  });
});

describe('those unused for longest', () => {
  /** A search that says how many scripts it ran. */
  function watched() {
    const ran = { find: 0, idlest: 0 };
    const { store } = lab;
    const watching = new SessionSearch({
      find: (tag, request) => {
        ran.find += 1;
        return store.find(tag, request);
      },
      idlest: (tag, request) => {
        ran.idlest += 1;
        return store.idlest(tag, request);
      },
      show: (tag, handles) => store.show(tag, handles),
    });
    return { ran, watching };
  }

  const here = () => [{ tag: house.tag, userId: null }];

  it('are found, and counted with all that have been idle for so long, without looking at everything', async () => {
    await times(1_500, 20, (i) => sit(i));
    await house.advance(minute);
    await times(20, 20, (i) => sit(i));
    const { ran, watching } = watched();
    const page = { limit: 20, cursor: null, counted: true };
    for (const [traits, total] of [
      [{}, 1_520],
      [{ idleMs: minute }, 1_500],
    ] as const) {
      const { items, nextCursor, ...told } = await watching.page(here(), { traits, sort: 'idlest' }, page);
      expect([items.length, told.total, ran]).toEqual([20, total, { find: 0, idlest: 1 }]);
      const second = { ...page, cursor: nextCursor };
      expect((await watching.page(here(), { traits, sort: 'idlest' }, second)).total).toBe(total);
      Object.assign(ran, { find: 0, idlest: 0 });
    }
    expect((await watching.page(here(), { traits: { idleMs: minute }, sort: 'newest' }, page)).total).toBe(1_500);
    expect(ran).toEqual({ find: 2, idlest: 1 });
    const rare = { traits: { ip: '10.0.3.' }, sort: 'idlest' } as const;
    Object.assign(ran, { find: 0, idlest: 0 });
    expect((await watching.page(here(), rare, { ...page, counted: false })).items).toHaveLength(20);
    expect(ran).toEqual({ find: 0, idlest: 1 });
    expect((await watching.page(here(), rare, page)).total).toBe(380);
  }, 30_000);

  it('are found so also beside a licence that nobody has used yet', async () => {
    await times(80, 20, (i) => sit(i));
    await house.advance(minute);
    const { ran, watching } = watched();
    const both = [...here(), { tag: (await newHouse(lab)).tag, userId: null }];
    const page = { limit: 20, cursor: null, counted: true };
    const { items, total } = await watching.page(both, { traits: {}, sort: 'idlest' }, page);
    expect([items.length, total, ran]).toEqual([20, 80, { find: 0, idlest: 2 }]);
  });

  /** A search during which something happens, when the first slice has been looked at. */
  function meanwhile(work: () => Promise<unknown>): SessionSearch {
    let happened: Promise<unknown> | null = null;
    return new SessionSearch({
      find: (tag, request) => lab.store.find(tag, request),
      idlest: async (tag, request) => {
        const slice = await lab.store.idlest(tag, request);
        happened ??= work();
        await happened;
        return slice;
      },
      show: (tag, handles) => lab.store.show(tag, handles),
    });
  }

  const all = { limit: 1_500, cursor: null, counted: false };

  it('are told once, also who was used while they were looked for', async () => {
    const guests = await times(1_100, 20, (i) => sit(i));
    await house.advance(2 * minute);
    const used = guests[7] as Guest;
    const { items } = await meanwhile(async () => {
      await house.advance(minute);
      await house.alive(used);
    }).page(here(), { traits: { ip: '10.0.3.7' }, sort: 'idlest' }, all);
    const handles = items.map(({ handle }) => handle);
    expect([handles.length, handles.includes(used.issued.handle)]).toEqual([new Set(handles).size, true]);
    expect(handles).toHaveLength((await found({ ip: '10.0.3.7' })).handles.length);
  }, 30_000);

  it('are all told, also whose seat ceases to tell while they were looked for, or begins to', async () => {
    const brief = briefly();
    const first = await sit(0, brief);
    await forward(second, brief);
    const others = await times(1_100, 20, (i) => sit(i + 1, brief));
    for (const ms of [19 * minute, 20 * minute]) {
      await forward(ms, brief);
      await times(1_100, 20, (i) => brief.alive(others[i] as Guest));
      await forward(second, brief);
      await brief.alive(first);
    }
    const young = await sit(0, brief);
    // By the time of the second slice its lifetime may end before its idle limit; until now it could not.
    const edge = 90 * minute - brief.lab.times.idleMs - brief.lab.times.slackMs;
    await forward(edge - (house.nowMs - first.session.createdAtMs) - 31 * second, brief);
    const late = await sit(0, brief);
    await forward(30 * second + 995, brief);
    const { items } = await meanwhile(() => forward(10, brief)).page(
      here(),
      { traits: { browser: 'firefox' }, sort: 'idlest' },
      all,
    );
    const handles = items.map(({ handle }) => handle);
    expect(handles).toHaveLength(new Set(handles).size);
    for (const guest of [first, young, late]) expect(handles).toContain(guest.issued.handle);
    expect(handles).toHaveLength((await lab.store.list(house.tag, {}, 10_000, null)).items.filter(isFirefox).length);
  }, 60_000);

  const isFirefox = ({ client }: { client: unknown }) => JSON.stringify(client).includes('Firefox 140');

  it('are found by their records where more than five hundred may not have been seen yet', async () => {
    await times(520, 20, (i) => sit(i));
    const { ran, watching } = watched();
    const found = await watching.page(
      here(),
      { traits: {}, sort: 'idlest' },
      { limit: 600, cursor: null, counted: true },
    );
    expect([found.items.length, found.total, ran.find > 0]).toEqual([520, 520, true]);
    expect(found.items.map(({ handle }) => handle)).toEqual(await meantOf({}));
  }, 30_000);

  it('come in one order over all pages, whatever their seats tell', async () => {
    const brief = briefly({ idleMs: labTimes.idleMs });
    const guests: Guest[] = [];
    for (let i = 0; i < 150; i += 1) {
      guests.push(i % 29 === 0 ? await brief.hold() : await sit(i, brief));
      const used = guests[(i * 7) % guests.length];
      if (used !== undefined && i % 2 === 0) await brief.lab.store.read(used.issued, 'cookie', homeClient);
      if (i % 3 === 0) await forward((i % 5) * 20 * second, brief);
    }
    for (const limit of [1, 7, 200]) {
      for (const traits of [{}, { idleMs: 2 * minute }, { ageMs: 3 * minute }] as const) {
        const handles: string[] = [];
        let cursor: string | null = null;
        do {
          const page = await search.page(here(), { traits, sort: 'idlest' }, { limit, cursor, counted: limit === 7 });
          handles.push(...page.items.map(({ handle }) => handle));
          if (limit === 7) expect(page.total).toBe((await meantOf(traits)).length);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(handles).toEqual(await meantOf(traits));
      }
    }
  }, 60_000);

  async function meantOf({ idleMs = 0, ageMs = 0 }: SessionTraits): Promise<string[]> {
    const { items } = await lab.store.list(house.tag, {}, 10_000, null);
    return items
      .filter(({ lastSeenAtMs, createdAtMs }) => {
        return house.nowMs - lastSeenAtMs >= idleMs && house.nowMs - createdAtMs >= ageMs;
      })
      .toSorted((a, b) => a.lastSeenAtMs - b.lastSeenAtMs || (a.handle < b.handle ? -1 : 1))
      .map(({ handle }) => handle);
  }
});

/** The same house, as servers see it by which sessions end when they were idle for half an hour, or after so long. */
function briefly({ idleMs = 30 * minute, absoluteMs = 90 * minute } = {}): House {
  const limits = sessionTimes({ idleSeconds: idleMs / 1000, absoluteSeconds: absoluteMs / 1000 });
  const other = new House(redisLab([lab.link, lab.link], undefined, limits), house.tag, house.nowMs);
  other.version = house.version;
  return other;
}

async function forward(ms: number, other: House): Promise<void> {
  await house.advance(ms);
  other.nowMs = house.nowMs;
}
