import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type UserId } from '../../src/kernel/ids.js';
import { SessionSearch, type Sought } from '../../src/sessions/session-search.js';
import type { SessionTraits } from '../../src/sessions/session-traits.js';
import type { Guest, House } from '../support/house.js';
import { times } from '../support/pace.js';
import { newHouse, newSeatlessHouse, ownStoreLab, type StoreLab } from '../support/store-lab.js';

const browsers = ['Firefox 140', 'Chrome 141', 'Safari 18'];
const systems = ['Linux', 'macOS', 'Windows 11'];
const minute = 60_000;

/** What a test knows of a session, so that the naive way can be compared. */
interface Known {
  readonly guest: Guest;
  readonly tag: string;
  readonly at: number;
  readonly seen: number;
  readonly ip: string;
  readonly browser: string;
  readonly os: string;
  readonly called: string;
}

let own: Awaited<ReturnType<typeof ownStoreLab>>;
let lab: StoreLab;
let search: SessionSearch;
let houses: House[];
let known: Known[];
const nobody = { limit: 1, cursor: null, counted: true };

async function seat(house: House, i: number): Promise<Known> {
  const [ip, browser, os] = [`10.0.${i % 7}.${i}`, browsers[i % 3] ?? '', systems[i % 2] ?? ''];
  const userId = newId<UserId>();
  const [email, name] = [`person${i}@example.org`, i % 5 === 0 ? `Ann "A" Bly ${i}` : null];
  const guest = await house.sit({
    userId,
    client: JSON.stringify({ userAgent: `"ip":"10.9.9.9" ${i}`, ip, browser, os }),
    snapshot: {
      person: JSON.stringify({ id: userId, email, username: null, name, verified: true, roles: ['person:bly'] }),
      licence: 'null',
    },
  });
  const called = `${email} ${name ?? ''}`.toLowerCase();
  return { guest, tag: house.tag, at: house.nowMs, seen: house.nowMs, ip, browser, os, called };
}

beforeAll(async () => {
  own = await ownStoreLab();
  lab = own.lab;
  search = new SessionSearch(lab.store);
  houses = [await newHouse(lab, { seats: 500 }), await newHouse(lab, { seats: 500 }), await newSeatlessHouse(lab)];
  known = [];
  for (let i = 0; i < 240; i += 1) {
    const house = houses[i % 4 === 0 ? 0 : i % 4 === 1 ? 2 : 1] as House;
    known.push(await seat(house, i));
    // Some in the same moment, in the same licence and in others.
    if (i % 3 === 0) for (const one of houses) await one.advance(minute / 4);
  }
  // Every seventh is used again, so that who came first is not who is idle for longest.
  for (const [i, one] of known.entries()) {
    if (i % 7 !== 0) continue;
    const house = houses.find(({ tag }) => tag === one.tag) as House;
    const { lastSeenAtMs } = await house.alive(one.guest);
    known[i] = { ...one, seen: lastSeenAtMs };
  }
});

afterAll(() => own.stop());

const places = () => houses.map(({ tag }) => ({ tag, userId: null }));
const refOf = (one: { readonly guest: Guest }) => one.guest.session.ref;

/** The naive way: everything that is known, sifted and sorted. */
function expected(traits: SessionTraits, sort: Sought['sort'], from: readonly Known[] = known): string[] {
  const clocks = new Map(houses.map(({ tag, nowMs }) => [tag, nowMs]));
  const nowOf = ({ tag }: Known) => clocks.get(tag) ?? 0;
  const { ip, browser, os, text, idleMs, ageMs } = traits;
  const meant = from.filter(
    (one) =>
      one.guest.issued.handle !== traits.except &&
      (ip === undefined || one.ip.startsWith(ip)) &&
      (browser === undefined || one.browser.toLowerCase().includes(browser.toLowerCase())) &&
      (os === undefined || one.os.toLowerCase().includes(os.toLowerCase())) &&
      (text === undefined || one.called.includes(text.toLowerCase())) &&
      (idleMs === undefined || nowOf(one) - one.seen >= idleMs) &&
      (ageMs === undefined || nowOf(one) - one.at >= ageMs),
  );
  const sign = sort === 'idlest' ? 1 : -1;
  const time = (one: Known) => (sort === 'idlest' ? one.seen : one.at);
  const compared = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return meant
    .toSorted(
      (a, b) =>
        sign * (time(a) - time(b)) ||
        compared(a.tag, b.tag) ||
        sign * compared(a.guest.issued.handle, b.guest.issued.handle),
    )
    .map(refOf);
}

/** Every page, one after the other. */
async function pages(sought: Sought, limit: number, counted: boolean) {
  const refs: string[] = [];
  const totals = new Set<number | null>();
  let cursor: string | null = null;
  do {
    const page = await search.page(places(), sought, { limit, cursor, counted });
    refs.push(...page.items.map(({ ref }) => ref));
    totals.add(page.total);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { refs, totals: [...totals] };
}

describe('live sessions of all licences', () => {
  const asked: SessionTraits[] = [
    {},
    { browser: 'firefox' },
    { os: 'MAC', browser: 'chrome' },
    { ip: '10.0.3.' },
    { ip: '10.9.9.9' },
    { idleMs: 5 * minute },
    { ageMs: 5 * minute },
    { ageMs: 3 * minute, idleMs: 4 * minute, os: 'linux' },
    { text: 'ANN "a"' },
    { text: 'person1' },
    { text: 'bly' },
    { text: 'nobody is called this' },
    { text: 'null' },
    { text: 'ul' },
  ];

  it.each(asked.flatMap((traits) => (['newest', 'idlest'] as const).map((sort) => ({ traits, sort }))))(
    'come in one order over all, page by page, as the naive way finds them: %j',
    async ({ traits, sort }) => {
      const all = expected(traits, sort);
      expect(await pages({ traits, sort }, 37, true)).toEqual({ refs: all, totals: [all.length] });
      const uncounted = await pages({ traits, sort }, 60, false);
      expect(uncounted.refs).toEqual(all);
      expect(await search.count(places(), traits)).toBe(all.length);
    },
  );

  it.each([{}, { browser: 'firefox' }])(
    'are those up to a moment, and go on from where one was: %j',
    async (traits) => {
      const openedByMs = known[120]?.at ?? 0;
      const before = known.filter(({ at }) => at <= openedByMs);
      const all = expected(traits, 'newest', before);
      const people = before.map(({ tag, guest }) => ({ tag, userId: guest.userId }));
      for (const where of [places(), people]) {
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const some = await search.newest(where, traits, { openedByMs, atMost: 31, ...(cursor && { cursor }) });
          found.push(...some.found.map(({ tag, handle }) => `${tag}.${handle}`));
          expect(await search.count(where, traits, { openedByMs, ...(cursor && { cursor }) })).toBe(
            all.length - found.length + some.found.length,
          );
          cursor = some.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(found).toEqual(all);
      }
    },
  );

  it('are looked for no further once nobody waits for them', async () => {
    let asked = 0;
    const find: StoreLab['store']['find'] = (tag, request) => {
      asked += 1;
      return lab.store.find(tag, request);
    };
    const idlest: StoreLab['store']['idlest'] = (tag, request) => {
      asked += 1;
      return lab.store.idlest(tag, request);
    };
    const counting = new SessionSearch({ find, idlest, show: (tag, handles) => lab.store.show(tag, handles) });
    const asker = {
      get gone() {
        return asked >= 1;
      },
    };
    const many = Array.from({ length: 50 }, () => places()).flat();
    await counting.page(many, { traits: { browser: 'firefox' }, sort: 'newest' }, { ...nobody, asker });
    await counting.page(many, { traits: {}, sort: 'idlest' }, { ...nobody, asker });
    await counting.count(many, {}, { asker });
    expect(asked).toBeLessThan(5);
  });

  it('are found for one person in one licence', async () => {
    const one = known[7] as Known;
    const place = [{ tag: one.tag, userId: one.guest.userId }];
    const sought = { traits: {}, sort: 'newest' } as const;
    const found = await search.page(place, sought, nobody);
    expect([found.items.map(({ ref }) => ref), found.total]).toEqual([[refOf(one)], 1]);
    const none = await search.page(place, { ...sought, traits: { browser: 'lynx' } }, nobody);
    expect([none.items, none.total]).toEqual([[], 0]);
  });

  it('are those of this moment: who has signed out, or was idle for too long, is not among them', async () => {
    const house = await newHouse(lab, { seats: 2_000 });
    const here = [{ tag: house.tag, userId: null }];
    const early = await times(600, 20, (i) => seat(house, i));
    await house.advance(30 * minute);
    const late = await times(30, 20, (i) => seat(house, i));
    await house.end((late[0] as Known).guest);
    const sought = { traits: { browser: 'chrome' }, sort: 'newest' } as const;
    const chromes = (some: readonly Known[]) => some.filter(({ browser }) => browser.startsWith('Chrome')).length;
    expect((await search.page(here, sought, nobody)).total).toBe(chromes(early) + chromes(late));
    // More than are told of at once, and nobody has cleared them away.
    await house.advance(31 * minute);
    expect((await search.page(here, sought, nobody)).total).toBe(chromes(late));
    expect((await search.page(here, { ...sought, traits: {} }, nobody)).total).toBe(29);
  });

  it('go on where a page ended, although the session it ended with has ended meanwhile', async () => {
    const house = await newHouse(lab, { seats: 100 });
    const here = [{ tag: house.tag, userId: null }];
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => seat(house, i)));
    for (const sort of ['newest', 'idlest'] as const) {
      const sought = { traits: {}, sort };
      const living = all.filter(({ guest }) => guest.session.data.size === 0);
      const first = await search.page(here, sought, { limit: 5, cursor: null, counted: true });
      const order = (await search.page(here, sought, { limit: 100, cursor: null, counted: true })).items;
      const last = living.find(({ guest }) => guest.session.ref === first.items[4]?.ref) as Known;
      await house.end(last.guest);
      const rest = await search.page(here, sought, { limit: 100, cursor: first.nextCursor, counted: true });
      expect(rest.items.map(({ ref }) => ref)).toEqual(order.slice(5).map(({ ref }) => ref));
    }
  });

  it('are of browsers and systems, the most frequent first', async () => {
    const house = await newHouse(lab, { seats: 2_000 });
    await times(700, 20, (i) => seat(house, i < 600 ? 3 * i : 3 * i + 1));
    const here = [{ tag: house.tag, userId: null }];
    const { browsers: named, systems: running } = await search.clients(here, 20_000);
    expect(named).toEqual([
      { name: 'Firefox 140', count: 600 },
      { name: 'Chrome 141', count: 100 },
    ]);
    expect(running.reduce((sum, { count }) => sum + count, 0)).toBe(700);
    const few = await search.clients(here, 100);
    expect(few.browsers.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    expect(await search.clients([], 100)).toEqual({ browsers: [], systems: [] });
  });

  it('refuse a cursor of another order', async () => {
    const sought = { traits: {}, sort: 'newest' } as const;
    const { nextCursor } = await search.page(places(), sought, nobody);
    const page = { ...nobody, cursor: nextCursor };
    await expect(search.page(places(), { ...sought, sort: 'idlest' }, page)).rejects.toMatchObject({
      slug: 'invalid-request',
    });
  });
});
