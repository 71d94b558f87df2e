import type { EndReason, SessionTimes } from '../../src/sessions/session.js';
import type { IssuedSessionId } from '../../src/sessions/session-id.js';

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
  ended: EndReason | null;
  /** Its record was deleted behind the store's back. */
  lost: boolean;
}

/** A licence, or a seatless tag when `limit` is null. */
export interface ModelTag {
  limit: number | null;
  version: number;
  suspended: boolean;
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
    this.tags = firstLimits.map((limit) => ({ limit, version: 1, suspended: false, epochs: new Map(), events: [] }));
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

  isFull(tag: number, besides: number): boolean {
    const { limit } = this.tag(tag);
    return limit !== null && this.live(tag).length - besides >= limit;
  }

  admit(
    session: Omit<ModelSession, 'openedAtMs' | 'absoluteMs' | 'seenAtMs' | 'endsAtMs' | 'policyVersion'>,
  ): ModelSession {
    const at = this.nowMs;
    const admitted: ModelSession = {
      ...session,
      policyVersion: this.tag(session.tag).version,
      openedAtMs: at,
      seenAtMs: at,
      absoluteMs: at + this.times.absoluteMs,
      endsAtMs: at + this.times.grantMs,
    };
    this.sessions.push(admitted);
    this.#tell(session.tag, `${refOf(admitted)}:admitted`, null, session.user, at, this.live(session.tag).length);
    return admitted;
  }

  refuse(tag: number, attemptId: string, reason: string, user: number): void {
    this.#tell(tag, `${attemptId}:refused`, reason, user, this.nowMs, this.live(tag).length);
  }

  confirm(session: ModelSession): void {
    if (!session.confirmed) this.#slide(session);
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
    const used = this.live(session.tag).length;
    this.#tell(session.tag, `${refOf(session)}:released`, reason, session.lost ? null : session.user, this.nowMs, used);
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
      const used = this.live(session.tag).length;
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
