import type { Actor } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { licencesSeen, narrowedTo, type Visibility } from '../kernel/visibility.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { formatRef, handlesByTag, isTag, licenceOfTag, parseRef, type SessionRef, seatlessTag } from './session-id.js';
import type { NewestFrom } from './session-order.js';
import { type Frequent, type SearchPlace, SessionSearch, type Sought } from './session-search.js';
import type { Asker, SessionTraits } from './session-traits.js';
import type { Cause, ListedPage, ListedSession, SessionStore } from './store.js';

/** How many sessions one call of a filter may end; the caller asks again while `more`. */
export const mostEnded = 5_000;
const sliceSize = 200;
/** How many sessions are looked at to tell which browsers there are. */
const mostTallied = 20_000;
/** How many of a person's sessions are read at once. */
const ownAtOnce = 1_000;

/** Which live sessions staff mean. */
export interface SessionFilter {
  /** Sessions elsewhere than in these licences do not exist for whoever asks. */
  readonly visible: Visibility;
  readonly licenceId?: LicenceId;
  readonly userIds?: readonly UserId[];
  readonly traits?: SessionTraits;
}

/** Which part of a list of sessions is wanted. */
export interface ListRequest extends PageRequest {
  /** `newest` when it is left out. */
  readonly sort?: Sought['sort'];
  /** False: the total is not wanted, so that a page need not wait for it. */
  readonly counted?: boolean;
  readonly asker?: Asker;
}

/** A page of a list of sessions. */
export interface ListedAnswer extends Omit<Page<ListedSession>, 'total'> {
  readonly total: number | null;
}

/** How an ending went: done, or durable and to be done as soon as the store lets it. */
export type EndOutcome = { readonly kind: 'ended'; readonly ended: number } | { readonly kind: 'pending' };

/** How sessions are ended by staff; of those that match, from where on. */
export interface EndOptions extends NewestFrom {
  /** The ref of a session that is not ended. */
  readonly spared: string;
  /** Only counts, for as long as somebody waits for it. */
  readonly dryRun: boolean;
  readonly asker?: Asker;
  readonly cause: Cause;
  /** How many are ended in this call. */
  readonly atMost?: number;
  /** Whose they are is wanted too. */
  readonly named?: boolean;
}

/** What became of an ending by staff. */
export interface EndCounts {
  readonly matched: number;
  readonly ended: number;
  readonly more: boolean;
  /** Where to go on, so that what has been looked at is not looked at again. */
  readonly nextCursor: string | null;
  readonly pending: boolean;
  readonly users: Set<UserId>;
}

/** What the service needs of Postgres. */
export interface SessionDirectory {
  /** Every tag a session can live in. */
  allTags(): Promise<string[]>;
  /** Every tag a user's sessions can live in. */
  tagsOf(userId: UserId): Promise<string[]>;
  /** The same of many users. */
  tagsOfMany(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly string[]>>;
  /** Makes an ending durable when the store refuses it; it is applied as soon as the store lets it. */
  endLater(refs: readonly SessionRef[], cause: Cause): Promise<void>;
}

/** Lists and ends sessions across tags, for their owners and for staff. */
export class SessionService {
  readonly #store: SessionStore;
  readonly #directory: SessionDirectory;
  readonly #search: SessionSearch;

  constructor(store: SessionStore, directory: SessionDirectory) {
    this.#store = store;
    this.#directory = directory;
    this.#search = new SessionSearch(store);
  }

  /** All live sessions of a person, newest first. */
  async ownSessions(userId: UserId): Promise<ListedSession[]> {
    const tags = await this.#directory.tagsOf(userId);
    const found = await Promise.all(tags.map((tag) => this.#allOf(tag, userId)));
    return found.flat().sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  /** Every one, however many: where no seat is needed nothing bounds them, and an ending must not leave the oldest. */
  async #allOf(tag: string, userId: UserId): Promise<ListedSession[]> {
    const items: ListedSession[] = [];
    let after: string | null = null;
    do {
      const page: ListedPage = await this.#store.list(tag, { userId }, ownAtOnce, after);
      items.push(...page.items);
      after = page.next;
    } while (after !== null);
    return items;
  }

  /**
   * Ends sessions. When the store refuses or cannot be reached, the ending is made durable and `pending` is answered: an
   * ending is acknowledged only when it is true. Throws StoreUnavailable when neither store can take it.
   */
  async end(refs: readonly SessionRef[], cause: Cause): Promise<EndOutcome> {
    try {
      let ended = 0;
      for (const [tag, all] of handlesByTag(refs.filter(({ tag }) => isTag(tag)))) {
        for (let from = 0; from < all.length; from += sliceSize) {
          const handles = all.slice(from, from + sliceSize);
          ended += (await this.#store.close(tag, { handles }, cause)).closed.length;
        }
      }
      return { kind: 'ended', ended };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await this.#directory.endLater(refs, cause);
      return { kind: 'pending' };
    }
  }

  /** Ends all sessions of the caller but the one that asks. */
  async endOthers(actor: Actor, cause: Cause): Promise<EndOutcome> {
    const own = await this.ownSessions(actor.person.id);
    return this.end(
      own.filter((session) => session.ref !== actor.session.ref),
      cause,
    );
  }

  /** A page of live sessions, newest first unless another order is asked for; `total` is exact, or null when it is not wanted. */
  list(filter: SessionFilter, page: ListRequest & { readonly counted?: true }): Promise<Page<ListedSession>>;
  list(filter: SessionFilter, page: ListRequest): Promise<ListedAnswer>;
  async list(filter: SessionFilter, page: ListRequest): Promise<ListedAnswer> {
    const { sort = 'newest', counted = true, ...request } = page;
    return this.#search.page(
      await this.#places(filter),
      { traits: filter.traits ?? {}, sort },
      { ...request, counted },
    );
  }

  /** Which browsers and systems are signed in with, the most frequent first. */
  async clients(filter: SessionFilter): Promise<{ browsers: Frequent[]; systems: Frequent[] }> {
    return this.#search.clients(await this.#places(filter), mostTallied);
  }

  /**
   * Ends the live sessions that match, but for the ref that is spared: at most `atMost` a call, `more` tells whether some are
   * left. `dryRun` only counts, and counts all. Whose they were is told where that is asked with `named`.
   */
  async endMatching(filter: SessionFilter, options: EndOptions): Promise<EndCounts> {
    const places = await this.#places(filter);
    const traits = { ...filter.traits, ...sparing(places, options.spared) };
    if (options.dryRun) return { ...nobody(), matched: await this.#search.count(places, traits, options) };
    const { atMost = mostEnded } = options;
    const { found, nextCursor } = await this.#search.newest(places, traits, { ...options, atMost });
    return { ...(await this.#endAll(found, options)), more: nextCursor !== null, nextCursor };
  }

  /** Ends these sessions as far as they live and can be seen, but for the ref that is spared. */
  async endNamed(refs: readonly SessionRef[], visible: Visibility, options: EndOptions): Promise<EndCounts> {
    const seen = new Set(licencesSeen(visible, [...new Set(refs.map(({ tag }) => tag))]));
    const meant = refs.filter((ref) => seen.has(ref.tag) && formatRef(ref) !== options.spared);
    const living = await this.#search.shown(meant);
    return options.dryRun ? { ...nobody(), matched: living.length } : this.#endAll(living, options);
  }

  async #endAll(meant: readonly SessionRef[], options: EndOptions): Promise<EndCounts> {
    const result = { ...nobody(), matched: meant.length };
    for (let from = 0; from < meant.length; from += sliceSize) {
      const some = meant.slice(from, from + sliceSize);
      if (options.named) for (const session of await this.#search.shown(some)) result.users.add(session.userId);
      const outcome = await this.end(some, options.cause);
      if (outcome.kind === 'pending') result.pending = true;
      else result.ended += outcome.ended;
    }
    return result;
  }

  /** The places to look: every tag, or each named user in each of theirs. */
  async #places(filter: SessionFilter): Promise<SearchPlace[]> {
    const { visible, licenceId, userIds } = filter;
    const named = licenceId === undefined ? null : [licenceId];
    if (userIds === undefined) {
      const tags = named ?? narrowedTo(visible, 'licences') ?? (await this.#directory.allTags());
      return licencesSeen(visible, tags).map((tag) => ({ tag, userId: null }));
    }
    const tagsOf = named === null ? await this.#directory.tagsOfMany(userIds) : new Map<UserId, string[]>();
    return userIds.flatMap((userId) =>
      licencesSeen(visible, named ?? [...(tagsOf.get(userId) ?? [])]).map((tag) => ({ tag, userId })),
    );
  }
}

/** The tag of a licence is its id: the session of the caller is spared where it can be found at all. */
function sparing(places: readonly SearchPlace[], ref: string): SessionTraits {
  const own = parseRef(ref);
  return own !== null && places.some(({ tag }) => tag === own.tag) ? { except: own.handle } : {};
}

function nobody() {
  return { matched: 0, ended: 0, more: false, nextCursor: null, pending: false, users: new Set<UserId>() };
}

/** The tags of a user with these licences: each licence, and the seatless one. */
export function tagsOfUser(userId: UserId, licences: readonly LicenceId[]): string[] {
  return [...licences.filter((licence) => licenceOfTag(licence) !== null), seatlessTag(userId)];
}
