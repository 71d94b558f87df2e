import type { Actor } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { licencesSeen, narrowedTo, type Visibility } from '../kernel/visibility.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { isTag, licenceOfTag, type SessionRef, seatlessTag } from './session-id.js';
import type { Cause, ListedPage, ListedSession, SessionStore } from './store.js';

/** How many sessions one call of a filter may end; the caller asks again while `more`. */
const mostEnded = 5_000;
const sliceSize = 200;
/** How many of a person's sessions are read at once. */
const ownAtOnce = 1_000;

/** Which live sessions staff mean. */
export interface SessionFilter {
  /** Sessions elsewhere than in these licences do not exist for whoever asks. */
  readonly visible: Visibility;
  readonly licenceId?: LicenceId;
  readonly userIds?: readonly UserId[];
}

/** How an ending went: done, or durable and to be done as soon as the store lets it. */
export type EndOutcome = { readonly kind: 'ended'; readonly ended: number } | { readonly kind: 'pending' };

/** What the service needs of Postgres. */
export interface SessionDirectory {
  /** Every tag a session can live in. */
  allTags(): Promise<string[]>;
  /** Every tag a user's sessions can live in. */
  tagsOf(userId: UserId): Promise<string[]>;
  /** Makes an ending durable when the store refuses it; it is applied as soon as the store lets it. */
  endLater(refs: readonly SessionRef[], cause: Cause): Promise<void>;
}

/** Lists and ends sessions across tags, for their owners and for staff. */
export class SessionService {
  readonly #store: SessionStore;
  readonly #directory: SessionDirectory;

  constructor(store: SessionStore, directory: SessionDirectory) {
    this.#store = store;
    this.#directory = directory;
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
      for (const [tag, all] of byTag(refs)) {
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

  /** A page of live sessions, by tag, newest first within each; `total` is exact. */
  async list(filter: SessionFilter, page: PageRequest): Promise<Page<ListedSession>> {
    const slices = await this.#slices(filter);
    let { slice, after } = this.#position(page.cursor, slices);
    const total = await this.#total(filter, slices);
    const items: ListedSession[] = [];
    while (slice < slices.length) {
      const { tag, userId } = slices[slice] as Slice;
      const found = await this.#store.list(tag, userId === null ? {} : { userId }, page.limit - items.length, after);
      items.push(...found.items);
      after = found.next;
      if (after === null) slice += 1;
      if (items.length >= page.limit) break;
    }
    return { items, nextCursor: slice < slices.length ? encodeCursor([slice, after ?? '']) : null, total };
  }

  /**
   * Ends the live sessions that match, but for the ref that is spared: at most 5,000 a call, `more` tells whether some are
   * left. `dryRun` only counts.
   */
  async endMatching(
    filter: SessionFilter & { idleForMs?: number },
    options: { spared: string; dryRun: boolean; cause: Cause; nowMs: number },
  ): Promise<{ matched: number; users: Set<UserId>; ended: number; more: boolean; pending: boolean }> {
    const matching = await this.#matching(filter, options);
    const users = new Set(matching.sessions.map((session) => session.userId));
    const result = { matched: matching.sessions.length, users, ended: 0, more: matching.more, pending: false };
    if (options.dryRun) return result;
    for (let from = 0; from < matching.sessions.length; from += sliceSize) {
      const outcome = await this.end(matching.sessions.slice(from, from + sliceSize), options.cause);
      if (outcome.kind === 'pending') result.pending = true;
      else result.ended += outcome.ended;
    }
    return result;
  }

  async #matching(filter: SessionFilter & { idleForMs?: number }, options: { spared: string; nowMs: number }) {
    const sessions: ListedSession[] = [];
    for (const { tag, userId } of await this.#slices(filter)) {
      let after: string | null = null;
      do {
        const page = await this.#store.list(tag, userId === null ? {} : { userId }, sliceSize, after);
        for (const session of page.items) {
          const idle = filter.idleForMs === undefined || options.nowMs - session.lastSeenAtMs >= filter.idleForMs;
          if (idle && session.ref !== options.spared) sessions.push(session);
        }
        after = page.next;
        if (sessions.length >= mostEnded) return { sessions: sessions.slice(0, mostEnded), more: true };
      } while (after !== null);
    }
    return { sessions, more: false };
  }

  /** The places to look, in a stable order: a tag, or a user in a tag. */
  async #slices(filter: SessionFilter): Promise<Slice[]> {
    const { visible, licenceId, userIds } = filter;
    const named = licenceId === undefined ? null : [licenceId];
    if (userIds === undefined) {
      const tags = named ?? narrowedTo(visible, 'licences') ?? (await this.#directory.allTags());
      return tagsSeen(visible, tags).map((tag) => ({ tag, userId: null }));
    }
    const slices: Slice[] = [];
    for (const userId of userIds) {
      const tags = tagsSeen(visible, named ?? (await this.#directory.tagsOf(userId)));
      for (const tag of tags) slices.push({ tag, userId });
    }
    return slices;
  }

  #position(cursor: string | null, slices: readonly Slice[]): { slice: number; after: string | null } {
    if (cursor === null) return { slice: 0, after: null };
    const [slice, after] = decodeCursor(cursor, ['number', 'string']);
    const known = Number.isInteger(slice) && Number(slice) >= 0 && Number(slice) < slices.length;
    const placed = after === '' || /^\d{1,15}:[\w-]{22}$/.test(String(after));
    if (!known || !placed) throw invalid('query:cursor', 'must be the nextCursor of an earlier answer');
    return { slice: Number(slice), after: after === '' ? null : String(after) };
  }

  async #total(filter: SessionFilter, slices: readonly Slice[]): Promise<number> {
    if (filter.userIds === undefined) return this.#store.total(slices.map((slice) => slice.tag));
    const pages = await Promise.all(
      slices.map(({ tag, userId }) => this.#store.list(tag, userId === null ? {} : { userId }, 1, null)),
    );
    return pages.reduce((sum, page) => sum + page.total, 0);
  }
}

interface Slice {
  readonly tag: string;
  readonly userId: UserId | null;
}

/** The tag of a licence is its id, so those of no licence are seen only by who sees everything. */
function tagsSeen(visible: Visibility, tags: readonly string[]): string[] {
  return licencesSeen(visible, tags).sort();
}

function byTag(refs: readonly SessionRef[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const { tag, handle } of refs) {
    if (!isTag(tag)) continue;
    grouped.set(tag, [...(grouped.get(tag) ?? []), handle]);
  }
  return grouped;
}

/** The tags of a user with these licences: each licence, and the seatless one. */
export function tagsOfUser(userId: UserId, licences: readonly LicenceId[]): string[] {
  return [...licences.filter((licence) => licenceOfTag(licence) !== null), seatlessTag(userId)];
}
