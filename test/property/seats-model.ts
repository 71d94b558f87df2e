import type { EndReason, SessionTimes } from '../../src/sessions/session.js';
import type { IssuedSessionId } from '../../src/sessions/session-id.js';
import type { FullStep } from '../../src/sessions/store.js';

/** A session as the model knows it. */
export interface ModelSession {
  issued: IssuedSessionId;
  /** The secret from before the last rotation, and until when it reads. */
  former: { issued: IssuedSessionId; untilMs: number } | null;
  readonly tag: number;
  readonly user: number;
  epoch: number;
  readonly policyVersion: number;
  readonly openedAtMs: number;
  readonly absoluteMs: number;
  seenAtMs: number;
  endsAtMs: number;
  confirmed: boolean;
  data: Map<string, string>;
  /** What answers a check about the person. */
  person: string;
  ended: EndReason | null;
  /** It takes no seat. */
  readonly uncounted: boolean;
  /** Its record was deleted behind the store's back. */
  lost: boolean;
  /** It is still named in the index of its user: its record was lost, and with it the name of the user. */
  stray: boolean;
}

/** A licence, or a seatless tag when `limit` is null. */
export interface ModelTag {
  limit: number | null;
  version: number;
  suspended: boolean;
  draining: boolean;
  perUser: number | null;
  chain: readonly FullStep[];
  /** The days on which more were admitted than there are seats. */
  overageDays: Set<number>;
  fromMs: number | null;
  toMs: number | null;
  readonly epochs: Map<number, number>;
  readonly events: ModelEvent[];
}

/** What the history must say, in whatever order expiries are noticed. */
export interface ModelEvent {
  readonly id: string;
  readonly reason: string | null;
  readonly user: number | null;
  readonly atMs: number;
  readonly used: number;
}

/** How many users and tags the model has; the last tag is a seatless one. */
export const userCount = 3;
/** The seats of each tag at the start. */
export const firstLimits: readonly (number | null)[] = [2, 3, null];

const strict = { perUser: null, chain: [] as readonly FullStep[] };
/** How the tags treat a full house at the start. */
const firstRules: readonly (typeof strict | { perUser: number; chain: readonly FullStep[] })[] = [
  strict,
  {
    perUser: 2,
    chain: [
      { step: 'reclaim-idle', idleMinutes: 10 },
      { step: 'end-own' },
      { step: 'displace', which: 'idlest' },
      { step: 'overage', seats: 1, days: 2 },
    ],
  },
  strict,
];

/** The rules of seats in their plainest form: sessions in a list, everything decided by looking at all of them. */
export class SeatsModel {
  readonly sessions: ModelSession[] = [];
  readonly tags: readonly ModelTag[];
  /** Each user's epoch as the database knows it. */
  readonly epochs: number[] = Array(userCount).fill(1);
  attempts = 0;

  constructor(
    readonly times: SessionTimes,
    public nowMs: number,
  ) {
    this.tags = firstLimits.map((limit, index) => ({
      limit,
      version: 1,
      suspended: false,
      draining: false,
      ...(firstRules[index] ?? strict),
      overageDays: new Set<number>(),
      fromMs: null,
      toMs: null,
      epochs: new Map(),
      events: [],
    }));
  }

  tag(index: number): ModelTag {
    const tag = this.tags[index];
    if (tag === undefined) throw new Error(`the model has no tag ${index}`);
    return tag;
  }

  epochOf(user: number): number {
    return this.epochs[user] ?? 1;
  }

  /** The session that a generated number stands for: mostly one that lives, where there is one. */
  pick(choice: number): ModelSession | undefined {
    const live = this.sessions.filter((session) => session.ended === null);
    const from = live.length > 0 && choice % 4 !== 0 ? live : this.sessions;
    return from[choice % from.length];
  }

  live(tag: number): ModelSession[] {
    return this.sessions.filter((session) => session.tag === tag && session.ended === null);
  }

  /** The sessions that take a seat. */
  counted(tag: number): ModelSession[] {
    return this.live(tag).filter((session) => !session.uncounted);
  }

  /** Why a licence admits nobody, whatever its seats; null when it does. */
  refusal(tag: number): 'SUSPENDED' | 'NOT_STARTED' | 'EXPIRED' | null {
    const { suspended, fromMs } = this.tag(tag);
    if (suspended) return 'SUSPENDED';
    if (fromMs !== null && this.nowMs < fromMs) return 'NOT_STARTED';
    return this.isOver(tag) ? 'EXPIRED' : null;
  }

  /** Whether a licence's time has passed. */
  isOver(tag: number): boolean {
    const { toMs } = this.tag(tag);
    return toMs !== null && this.nowMs >= toMs;
  }

  /** Why a check finds a session ended that nobody has ended yet; null when it lives. */
  fault(tag: number): EndReason | null {
    const refusal = this.refusal(tag);
    if (refusal === null) return null;
    return refusal === 'SUSPENDED' || !this.isOver(tag) ? 'licence-suspended' : 'licence-expired';
  }

  raiseEpoch(tag: number, user: number, epoch: number): void {
    const { epochs } = this.tag(tag);
    epochs.set(user, Math.max(epochs.get(user) ?? 0, epoch));
  }

  admit(
    session: Pick<ModelSession, 'issued' | 'tag' | 'user' | 'epoch' | 'person' | 'uncounted'>,
    told: string | null,
  ): ModelSession {
    const at = this.nowMs;
    const admitted: ModelSession = {
      ...session,
      former: null,
      confirmed: false,
      data: new Map(),
      ended: null,
      lost: false,
      stray: false,
      policyVersion: this.tag(session.tag).version,
      openedAtMs: at,
      seenAtMs: at,
      absoluteMs: at + this.times.absoluteMs,
      endsAtMs: at + this.times.grantMs,
    };
    this.sessions.push(admitted);
    this.#tell(session.tag, `${refOf(admitted)}:admitted`, told, session.user, at, this.counted(session.tag).length);
    return admitted;
  }

  refuse(tag: number, attemptId: string, reason: string, user: number): void {
    this.#tell(tag, `${attemptId}:refused`, reason, user, this.nowMs, this.counted(tag).length);
  }

  confirm(session: ModelSession): void {
    if (!session.confirmed) {
      this.#slide(session);
      session.seenAtMs = this.nowMs;
    }
    session.confirmed = true;
  }

  /** What a check does to a session that lives. */
  touch(session: ModelSession): void {
    if (session.confirmed && this.nowMs - session.seenAtMs < this.times.slackMs) return;
    session.confirmed = true;
    session.seenAtMs = this.nowMs;
    this.#slide(session);
  }

  #slide(session: ModelSession): void {
    session.endsAtMs = Math.min(this.nowMs + this.times.idleMs + this.times.slackMs, session.absoluteMs);
  }

  end(session: ModelSession, reason: EndReason): void {
    session.ended = reason;
    const used = this.counted(session.tag).length;
    this.#tell(session.tag, `${refOf(session)}:released`, reason, session.lost ? null : session.user, this.nowMs, used);
  }

  /** What a sweep ends beyond what time has: the sessions of a licence that is over, oldest first. */
  sweep(tag: number): number {
    if (!this.isOver(tag)) return 0;
    const live = this.live(tag).sort(
      (a, b) => a.openedAtMs - b.openedAtMs || (a.issued.handle < b.issued.handle ? -1 : 1),
    );
    for (const session of live) this.end(session, 'licence-expired');
    return live.length;
  }

  /** Lets time pass, and ends what it ends at the moment it does. */
  advance(ms: number): void {
    const until = this.nowMs + ms;
    const due = this.sessions.filter((session) => session.ended === null && session.endsAtMs <= until);
    due.sort((a, b) => a.endsAtMs - b.endsAtMs);
    for (const session of due) {
      this.nowMs = session.endsAtMs;
      const together = due.filter(
        (other) => other.tag === session.tag && other.ended === null && other.endsAtMs <= this.nowMs,
      );
      for (const other of together) other.ended = this.#expiry(other);
      const used = this.counted(session.tag).length;
      for (const other of together) {
        this.#tell(other.tag, `${refOf(other)}:released`, other.ended, other.user, this.nowMs, used);
      }
    }
    this.nowMs = until;
  }

  #expiry(session: ModelSession): EndReason {
    if (session.endsAtMs >= session.absoluteMs) return 'lifetime';
    return session.confirmed ? 'idle' : 'unclaimed';
  }

  #tell(tag: number, id: string, reason: string | null, user: number | null, atMs: number, used: number): void {
    this.tag(tag).events.push({ id, reason, user, atMs, used });
  }
}

/** The public name of a session. */
export function refOf(session: ModelSession): string {
  return `${session.issued.tag}.${session.issued.handle}`;
}
