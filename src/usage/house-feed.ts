import { isoTime } from '../kernel/clock.js';
import type { StreamedEvent } from '../kernel/route.js';
import type { Visibility } from '../kernel/visibility.js';
import type { Log } from '../platform/log.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { counted, type TagCounts } from '../sessions/counted.js';
import { isTag, licenceOfTag } from '../sessions/session-id.js';
import type { SessionNews } from '../sessions/session-news.js';
import type { SessionStore } from '../sessions/store.js';
import type { HourCount } from './hour-counts.js';

/** Changes of so long are told as one. */
const gatherMs = 250;
/** How often Postgres is asked what has changed that nobody has heard of, such as limits and expiries. */
const askMs = 1_000;
/** How often everything is counted, and the running hour of sign-ins. */
const recountMs = 15_000;
const signInsMs = 5_000;

/** Called by whoever follows no longer. */
export type Leave = () => void;

/** Somebody who follows the house. `visible` changes with what they manage. */
export interface Follower {
  visible: Visibility;
  send(event: StreamedEvent): void;
}

/** What the feed works with. */
export interface HouseFeedParts {
  readonly store: Pick<SessionStore, 'counts'>;
  readonly news: Pick<SessionNews, 'followAll'>;
  readonly log: Log;
  allTags(): Promise<readonly string[]>;
  /** The licences whose seats, or limit, may have changed in the last seconds. */
  changedLately(): Promise<readonly string[]>;
  runningSignIns(): Promise<HourCount>;
}

/**
 * How many sit where, as it changes, whichever process brings it about. Processes tell each other of sessions that open and end
 * without anything being written; then the store is asked for exact counts. Nothing is done while nobody follows.
 */
export class HouseFeed {
  readonly #parts: HouseFeedParts;
  readonly #followers = new Set<Follower>();
  readonly #known = new Map<string, TagCounts>();
  readonly #sent = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #looking = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** How many sessions each was told of last. */
  readonly #lived = new WeakMap<Follower, number>();
  #gathering: NodeJS.Timeout | null = null;
  #unfollow: (() => void) | null = null;
  #counted: Promise<void> = Promise.resolve();
  #signIns = '';
  /** Whether everything has been counted since somebody follows: a sum of some would be wrong. */
  #whole = false;

  constructor(parts: HouseFeedParts) {
    this.#parts = parts;
  }

  /** Tells somebody until the answer is called: how many sessions they see at once, and from then on what changes. */
  follow(follower: Follower): Leave {
    this.#followers.add(follower);
    if (this.#followers.size === 1) this.#start();
    void this.#counted.then(() => {
      if (this.#followers.has(follower)) this.#tellSessions([follower]);
    });
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#stop();
    };
  }

  #start(): void {
    this.#unfollow = this.#parts.news.followAll((tag) => this.#touch(tag));
    this.#counted = this.#guarded(() => this.#recount());
    this.#every(recountMs, () => this.#recount());
    this.#every(signInsMs, () => this.#lookAtSignIns());
    this.#every(askMs, async () => {
      for (const tag of await this.#parts.changedLately()) this.#touch(tag);
      if (this.#dirty.size > 0) this.#gather();
    });
  }

  #stop(): void {
    this.#unfollow?.();
    this.#unfollow = null;
    this.#whole = false;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    this.#signIns = '';
    for (const one of [this.#known, this.#sent, this.#dirty]) one.clear();
  }

  #every(ms: number, work: () => Promise<void>): void {
    let busy = false;
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      void this.#guarded(work).finally(() => {
        busy = false;
      });
    }, ms);
    this.#timers.add(timer);
  }

  /** A feed goes on while a store is away: what was missed is found when it is back. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable))
        this.#parts.log.error({ err: error }, 'the house could not be followed');
    }
  }

  /** What is heard may be wrong: it costs a look and no more. */
  #touch(tag: string): void {
    if (!isTag(tag)) return;
    this.#dirty.add(tag);
    this.#gather();
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      void this.#guarded(() => this.#look());
    }, gatherMs);
  }

  /** One look at a time, so that no count is overwritten by an older one. */
  async #look(): Promise<void> {
    if (this.#looking.size > 0) return this.#gather();
    for (const tag of this.#dirty) this.#looking.add(tag);
    // At once: what changes while it is counted is counted again.
    this.#dirty.clear();
    try {
      await this.#count([...this.#looking], (tag, counts) => {
        this.#looking.delete(tag);
        this.#known.set(tag, counts);
        this.#tellSeats(tag, counts);
      });
    } catch (error) {
      if (this.#followers.size > 0) for (const tag of this.#looking) this.#dirty.add(tag);
      throw error;
    } finally {
      this.#looking.clear();
    }
    this.#tellSessions(this.#followers);
  }

  async #recount(): Promise<void> {
    const following = this.#unfollow;
    const tags = await this.#parts.allTags();
    const present = new Set(tags);
    for (const tag of this.#known.keys()) if (!present.has(tag)) this.#known.delete(tag);
    await this.#count(tags, (tag, counts) => {
      const before = this.#known.get(tag);
      // What is being looked at is told by the look.
      if (before !== undefined && (this.#dirty.has(tag) || this.#looking.has(tag))) return;
      this.#known.set(tag, counts);
      if (before !== undefined && seatsText(before) !== seatsText(counts)) this.#tellSeats(tag, counts);
    });
    // One that was begun for others, who have left, has not counted everything for these.
    if (following !== null && following === this.#unfollow) this.#whole = true;
    this.#tellSessions(this.#followers);
  }

  async #count(tags: readonly string[], take: (tag: string, counts: TagCounts) => void): Promise<void> {
    for await (const [tag, counts] of counted(this.#parts.store, tags, (one) => one)) {
      if (this.#followers.size > 0) take(tag, counts);
    }
  }

  #tellSeats(tag: string, counts: TagCounts): void {
    const licenceId = licenceOfTag(tag);
    const text = seatsText(counts);
    if (licenceId === null || counts.limit === null || this.#sent.get(tag) === text) return;
    this.#sent.set(tag, text);
    const { used, limit } = counts;
    for (const { visible, send } of this.#followers) {
      if (visible === 'everything' || visible.licences.has(licenceId))
        send({ name: 'seats', data: { licenceId, used, limit } });
    }
  }

  #tellSessions(followers: Iterable<Follower>): void {
    if (!this.#whole) return;
    let all: number | null = null;
    for (const follower of followers) {
      const { visible } = follower;
      if (visible === 'everything') all ??= sumOf(this.#known.values());
      const live =
        visible === 'everything' ? (all ?? 0) : sumOf([...visible.licences].map((id) => this.#known.get(id)));
      if (this.#lived.get(follower) === live) continue;
      this.#lived.set(follower, live);
      follower.send({ name: 'sessions', data: { live } });
    }
  }

  async #lookAtSignIns(): Promise<void> {
    const all = [...this.#followers].filter(({ visible }) => visible === 'everything');
    if (all.length === 0) return;
    const { startsAtMs, counts } = await this.#parts.runningSignIns();
    const data = { at: isoTime(startsAtMs), results: counts };
    const text = JSON.stringify(data);
    if (text === this.#signIns) return;
    this.#signIns = text;
    for (const { send } of all) send({ name: 'sign-ins', data });
  }
}

function seatsText({ used, limit }: TagCounts): string {
  return `${used}/${limit}`;
}

function sumOf(counts: Iterable<TagCounts | undefined>): number {
  let sum = 0;
  for (const one of counts) sum += one?.living ?? 0;
  return sum;
}
