import { abreast } from '../kernel/abreast.js';
import type { UserId } from '../kernel/ids.js';
import type { PageRequest } from '../kernel/page.js';
import { IdlestSearch } from './idlest-search.js';
import { NewestReader, newestOf } from './newest-search.js';
import { handlesByTag, type SessionRef } from './session-id.js';
import {
  afterIn,
  beginOf,
  compared,
  cursorBehind,
  type Found,
  inOrder,
  type NewestFrom,
  placeIn,
  type SessionSort,
} from './session-order.js';
import {
  type Asker,
  type FindRequest,
  type FoundSlice,
  type ListPlace,
  lookedThroughAtOnce,
  type SessionTraits,
  sliceSize,
} from './session-traits.js';
import type { ListedSession, SessionStore } from './store.js';

/** Where to look: in a tag, or for one user in it. */
export interface SearchPlace {
  readonly tag: string;
  readonly userId: UserId | null;
}

/** What is looked for, and in which order. */
export interface Sought {
  readonly traits: SessionTraits;
  readonly sort: SessionSort;
}

/** More than anybody has. */
const mostOfUser = 1_000_000;

/**
 * Finds live sessions across tags, in one order over all of them. Where everything is meant, or no total is wanted, it looks no
 * further than the page; else at all sessions once, slice by slice.
 */
export class SessionSearch {
  readonly #store: Pick<SessionStore, 'find' | 'show'>;
  readonly #idlest: IdlestSearch;

  constructor(store: Pick<SessionStore, 'find' | 'idlest' | 'show'>) {
    this.#store = store;
    this.#idlest = new IdlestSearch(store);
  }

  /** A page of what is sought; `total` is null when it is not `counted`. Throws `invalid-request` for a cursor of another order. */
  async page(
    places: readonly SearchPlace[],
    sought: Sought,
    page: PageRequest & { readonly counted: boolean; readonly asker?: Asker | undefined },
  ): Promise<{ items: ListedSession[]; nextCursor: string | null; total: number | null }> {
    const after = page.cursor === null ? null : placeIn(page.cursor, sought.sort);
    const { found, total } = await this.#find(places, sought, { ...page, limit: page.limit + 1, after });
    const here = found.slice(0, page.limit);
    const last = found.length > page.limit ? here.at(-1) : undefined;
    const nextCursor = last === undefined ? null : cursorBehind(last, sought.sort);
    return { items: await this.shown(here), nextCursor, total };
  }

  /** The newest `atMost` that are meant, from there on; `nextCursor` is null when there are no more. */
  async newest(
    places: readonly SearchPlace[],
    traits: SessionTraits,
    { atMost, ...from }: NewestFrom & { readonly atMost: number },
  ): Promise<{ found: readonly Found[]; nextCursor: string | null }> {
    const wanted = { limit: atMost + 1, counted: false, after: beginOf(from) };
    const { found } = await this.#find(places, { traits, sort: 'newest' }, wanted);
    const last = found.length > atMost ? found[atMost - 1] : undefined;
    return { found: found.slice(0, atMost), nextCursor: last === undefined ? null : cursorBehind(last, 'newest') };
  }

  /** How many sessions are meant, from there on. */
  async count(
    places: readonly SearchPlace[],
    traits: SessionTraits,
    { asker, ...from }: NewestFrom & { readonly asker?: Asker | undefined } = {},
  ): Promise<number> {
    const after = beginOf(from);
    const onlyBehind = after !== null;
    const all = await this.#all(places, { traits, sort: 'newest' }, { limit: 0, after, onlyBehind, asker });
    return all.total;
  }

  async #find(places: readonly SearchPlace[], sought: Sought, page: Wanted & { readonly counted: boolean }) {
    const byTag = places.every(({ userId }) => userId === null);
    const told = byTag ? await this.#findShort(places, sought, page) : null;
    return told ?? this.#all(places, sought, page);
  }

  /** Finds a page without looking at everything, where that can be; else null. */
  async #findShort(
    places: readonly SearchPlace[],
    { traits, sort }: Sought,
    page: Wanted & { readonly counted: boolean },
  ) {
    const tags = places.map(({ tag }) => tag);
    if (sort === 'idlest') return this.#idlest.find(tags, traits, page);
    const meansAll = Object.keys(traits).length === 0;
    const idle = page.counted && !meansAll ? await this.#idlest.count(tags, traits) : null;
    if (page.counted && !meansAll && idle === null) return null;
    const readers = tags.map(
      (tag) => new NewestReader(this.#store, tag, traits, afterIn(tag, sort, page.after), page.asker),
    );
    const found = await newestOf(readers, page.limit);
    const living = () => readers.reduce((sum, reader) => sum + reader.living, 0);
    return { found, total: page.counted ? (idle ?? living()) : null };
  }

  /** Looks at everything once: what is told of a tag is not more than the page. */
  async #all(places: readonly SearchPlace[], sought: Sought, page: Wanted): Promise<{ found: Found[]; total: number }> {
    let found: Found[] = [];
    let total = 0;
    const behind = inOrder(sought.sort);
    const keep = (some: readonly Found[]) => {
      found = [...found, ...some].sort(behind).slice(0, page.limit);
    };
    await abreast(places, lookedThroughAtOnce, async (place) => {
      let from = page.onlyBehind === true ? afterIn(place.tag, sought.sort, page.after) : null;
      let told = 0;
      do {
        if (page.asker?.gone) return;
        const last = found.length < page.limit ? undefined : found.at(-1);
        const slice = await this.#store.find(place.tag, this.#request(place, sought, page, { from, told, last }));
        told += slice.found.length;
        // A user's are looked at all at once, from wherever: then only those that are told lie behind.
        total += page.onlyBehind === true && place.userId !== null ? slice.found.length : slice.matched;
        if (slice.found.length > 0) keep(slice.found.map(([timeMs, handle]) => ({ tag: place.tag, handle, timeMs })));
        from = slice.next;
      } while (from !== null);
    });
    return { found, total };
  }

  /** Of the newest, what lies behind as many as are wanted is only counted; so are those idle for less long than all so far. */
  #request({ tag, userId }: SearchPlace, sought: Sought, page: Wanted, { from, told, last }: Progress): FindRequest {
    const after = afterIn(tag, sought.sort, page.after);
    const idlest = sought.sort === 'idlest';
    const atMost = idlest ? page.limit : Math.max(0, page.limit - told);
    return {
      ...sought.traits,
      ...{ look: sliceSize, atMost: page.onlyBehind && userId !== null ? mostOfUser : atMost, counts: true },
      ...(from === null ? {} : { from }),
      ...(after === null ? {} : { after }),
      ...(idlest ? { idlest: true, ...(last && { usedByMs: last.timeMs }) } : {}),
      ...(userId === null ? {} : { userId }),
    };
  }

  /** Which browsers and systems there are, the most frequent first: among so many sessions, the newest of each tag. */
  async clients(places: readonly SearchPlace[], among: number): Promise<{ browsers: Frequent[]; systems: Frequent[] }> {
    const [browsers, systems] = [new Map<string, number>(), new Map<string, number>()];
    let left = among;
    await abreast(places, lookedThroughAtOnce, async ({ tag }) => {
      let from: ListPlace | null = null;
      do {
        if (left <= 0) return;
        const look = Math.min(sliceSize, left);
        const request = { look, atMost: 0, counts: true, tallies: true, ...(from === null ? {} : { from }) } as const;
        const slice: FoundSlice = await this.#store.find(tag, request);
        left -= slice.matched;
        addTo(browsers, slice.tally?.browsers);
        addTo(systems, slice.tally?.systems);
        from = slice.next;
      } while (from !== null);
    });
    return { browsers: mostFrequent(browsers), systems: mostFrequent(systems) };
  }

  /** As lists show them, in this order; those that ended meanwhile are left out. */
  async shown(found: readonly SessionRef[]): Promise<ListedSession[]> {
    const shown = await Promise.all([...handlesByTag(found)].map(([tag, some]) => this.#store.show(tag, some)));
    const byHandle = new Map(shown.flat().map((session) => [session.handle, session]));
    return found.flatMap(({ handle }) => byHandle.get(handle) ?? []);
  }
}

/** A name, and how many sessions have it. */
export interface Frequent {
  readonly name: string;
  readonly count: number;
}

/** Nobody chooses among more. */
const mostNames = 30;

function addTo(counts: Map<string, number>, some: Readonly<Record<string, number>> = {}): void {
  for (const [name, count] of Object.entries(some)) counts.set(name, (counts.get(name) ?? 0) + count);
}

function mostFrequent(counts: ReadonlyMap<string, number>): Frequent[] {
  return [...counts]
    .filter(([name]) => name !== '')
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || compared(a.name, b.name))
    .slice(0, mostNames);
}

interface Wanted {
  readonly limit: number;
  readonly after: Found | null;
  /** What comes before `after` is not counted either. */
  readonly onlyBehind?: boolean;
  readonly asker?: Asker | undefined;
}

/** How far a tag has been looked through, and the last of those found so far when they are as many as are wanted. */
interface Progress {
  readonly from: ListPlace | null;
  readonly told: number;
  readonly last: Found | undefined;
}
