import { abreast } from '../kernel/abreast.js';
import { afterIn, type Found, inOrder } from './session-order.js';
import {
  type Asker,
  type IdlestRequest,
  type IdlestSlice,
  type ListPlace,
  lookedThroughAtOnce,
  type SessionTraits,
  sliceSize,
} from './session-traits.js';
import type { SessionStore } from './store.js';

/** A page of the idlest. */
export interface IdlestPage {
  readonly limit: number;
  readonly after: Found | null;
  readonly counted: boolean;
  readonly asker?: Asker | undefined;
}

/** How much more than a page is looked through where all of it is meant: some end meanwhile. */
const more = 50;
/**
 * Whoever is used during a search goes to its end. Where those are not meant who were used so lately, they are not counted twice:
 * no search takes so long.
 */
const steadyMs = 10_000;

/**
 * Finds those unused for longest along the times of their seats. It looks no further than the page, unless a total is wanted that
 * seats do not tell. Answers null where seats do not tell when they were used, or not how many are meant.
 */
export class IdlestSearch {
  readonly #store: Pick<SessionStore, 'idlest'>;

  constructor(store: Pick<SessionStore, 'idlest'>) {
    this.#store = store;
  }

  /** How many are meant; null also where more is asked than how long they have been idle. */
  async count(tags: readonly string[], traits: SessionTraits): Promise<number | null> {
    if (!seatsTell(traits)) return null;
    const page = { limit: 0, after: null, counted: true };
    return (await this.find(tags, traits, page))?.total ?? null;
  }

  /** The idlest of all these tags behind a place, in order, and the total of all if it is wanted. */
  async find(
    tags: readonly string[],
    traits: SessionTraits,
    page: IdlestPage,
  ): Promise<{ found: readonly Found[]; total: number | null } | null> {
    if (page.counted && !seatsTell(traits) && (traits.idleMs ?? 0) < steadyMs) return null;
    const walk = new Walk(this.#store, traits, page);
    await abreast(tags, lookedThroughAtOnce, (tag) => walk.through(tag));
    return walk.answer();
  }
}

/** Whether seats tell how many are meant. */
function seatsTell(traits: SessionTraits): boolean {
  return Object.keys(traits).every((trait) => trait === 'idleMs');
}

/** One search, through one tag after the other. */
class Walk {
  readonly #store: Pick<SessionStore, 'idlest'>;
  readonly #traits: SessionTraits;
  readonly #page: IdlestPage;
  readonly #seatsTell: boolean;
  /** Whether all are looked at: to be counted. */
  readonly #looksAtAll: boolean;
  readonly #behind = inOrder('idlest');
  readonly #told = new Set<string>();
  #found: readonly Found[] = [];
  #total = 0;
  #seatsTellUse = true;

  constructor(store: Pick<SessionStore, 'idlest'>, traits: SessionTraits, page: IdlestPage) {
    this.#store = store;
    this.#traits = traits;
    this.#page = page;
    this.#seatsTell = seatsTell(traits);
    this.#looksAtAll = page.counted && !this.#seatsTell;
  }

  answer() {
    return this.#seatsTellUse ? { found: this.#found, total: this.#page.counted ? this.#total : null } : null;
  }

  async through(tag: string): Promise<void> {
    let from: ListPlace | null = null;
    let since: number | undefined;
    do {
      if (!this.#seatsTellUse || this.#page.asker?.gone) return;
      const slice: IdlestSlice | null = await this.#store.idlest(tag, this.#request(tag, from, since));
      if (slice === null) {
        this.#seatsTellUse = false;
        return;
      }
      this.#total += this.#looksAtAll ? slice.matched : (slice.idle ?? 0);
      this.#keep(slice.found.map(([timeMs, handle]) => ({ tag, handle, timeMs })));
      from = slice.next;
      since ??= slice.atMs;
    } while (from !== null && (this.#looksAtAll || !this.#hasEnough(tag, from)));
  }

  #request(tag: string, from: ListPlace | null, since: number | undefined): IdlestRequest {
    const { limit } = this.#page;
    const after = afterIn(tag, 'idlest', this.#page.after);
    const last = this.#found.length < limit ? undefined : this.#found.at(-1);
    const begin = from === null && !this.#looksAtAll ? after : null;
    const onlyCounts = from !== null && this.#hasEnough(tag, from);
    return {
      ...this.#traits,
      look: this.#seatsTell ? Math.min(sliceSize, limit + more) : sliceSize,
      atMost: onlyCounts ? 0 : limit,
      ...(from === null ? {} : { from }),
      ...(since === undefined ? {} : { since }),
      ...(begin === null ? {} : { begin }),
      ...(after === null ? {} : { after }),
      ...(last === undefined ? {} : { usedByMs: last.timeMs }),
    };
  }

  /** Whoever was used since it was told is told once, as it was then. */
  #keep(some: readonly Found[]): void {
    const fresh = some.filter(({ handle }) => !this.#told.has(handle));
    for (const { handle } of fresh) this.#told.add(handle);
    if (fresh.length > 0) this.#found = [...this.#found, ...fresh].sort(this.#behind).slice(0, this.#page.limit);
  }

  /** Whether all that has not been looked at, behind that place of the tag, comes behind the page. */
  #hasEnough(tag: string, [timeMs, handle]: ListPlace): boolean {
    const last = this.#found[this.#page.limit - 1];
    return this.#page.limit === 0 || (last !== undefined && this.#behind(last, { tag, timeMs, handle }) <= 0);
  }
}
