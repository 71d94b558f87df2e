import type { Delivery, LiveSession } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { Fingerprint } from './client.js';
import type { EndReason } from './session.js';
import type { Credential, IssuedSessionId, SessionRef } from './session-id.js';
import type { FindRequest, FoundSlice, IdlestRequest, IdlestSlice } from './session-traits.js';

/** One thing that may be tried when a licence is full, in the order of its chain. What is not named is never done. */
export type FullStep =
  /** Ends the session that has been idle longest, if that is longer than so many minutes. */
  | { readonly step: 'reclaim-idle'; readonly idleMinutes: number }
  /** Lets the person give up one of the own sessions, by name. */
  | { readonly step: 'end-own' }
  /** Ends the person's own session that was opened first, or that was not used for longest. */
  | { readonly step: 'displace'; readonly which: 'oldest' | 'idlest' }
  /** Lets so many more in, on at most so many days of any 365. */
  | { readonly step: 'overage'; readonly seats: number; readonly days: number };

/** What a licence allows, as pushed from Postgres and kept beside its seats. */
export interface SeatPolicy {
  /** Rises with every change of the licence; an older one never replaces a newer one. */
  readonly version: number;
  readonly seats: number;
  /** `draining`: those inside stay, nobody enters. */
  readonly state: 'active' | 'draining' | 'suspended';
  readonly validFromMs: number | null;
  readonly validToMs: number | null;
  /** How many sessions one person may have here at once; null: any number. */
  readonly perUser: number | null;
  /** What is tried when the licence, or the person's part of it, is full. */
  readonly chain: readonly FullStep[];
}

/** What a check answers about the person and the licence: two JSON texts, made when the session is opened or refreshed. */
export interface Snapshot {
  /** A Person. */
  readonly person: string;
  /** A SeatedLicence, or `null`. */
  readonly licence: string;
}

/** How somebody was authenticated: RFC 8176 methods, and the NIST SP 800-63B level they reach. */
export interface Proof {
  readonly amr: readonly string[];
  readonly aal: number;
  /** When that was, in milliseconds since the epoch; without it, just now. */
  readonly authenticatedAtMs?: number;
}

/** A session that is to be opened. */
export interface Opening extends Proof {
  readonly issued: IssuedSessionId;
  readonly userId: UserId;
  /** The user's epoch, read together with the password hash. An older one than Redis knows opens nothing. */
  readonly epoch: number;
  /** The policy version the caller read from Postgres; null for a seatless tag. */
  readonly policyVersion: number | null;
  readonly delivery: Delivery;
  readonly fingerprint: Fingerprint;
  /** What answers a check, as JSON texts. Opaque to the store. */
  readonly snapshot: Snapshot;
  /** JSON of what staff see of the client: `{ userAgent, ip, browser, os }`. Opaque to the store. */
  readonly client: string;
  readonly csrfSecret: string;
  readonly csrfToken: string;
  /** The session this browser holds already in the same tag. It is ended by the same script, so its seat can be taken. */
  readonly exchange: Credential | null;
  /** The handle of an own session in the same tag that the person would end for this one, when the licence is full. */
  readonly give?: string;
  /** The session takes no seat, whatever the licence's limit: for staff and licence managers (DESIGN: a full house never locks them out). */
  readonly uncounted?: Uncounted;
  /** Names this attempt in the history. */
  readonly attemptId: string;
  /** The request that asked, for the audit log. */
  readonly requestId?: string;
}

/** Why a session takes no seat: its holder must get in whatever happens, or only looks. Each is audited. */
export type Uncounted = 'break-glass' | 'support';

/** Why a licence refused, as the history names it. */
export type RefusalCode = 'FULL' | 'USER_MAX' | 'SUSPENDED' | 'NOT_STARTED' | 'EXPIRED';

/** Why somebody was refused before the store was asked, as the history names it. */
export type OutsideRefusal = 'NOT_MEMBER' | 'RATE';

/** How an opening went. */
export type Opened =
  | { readonly kind: 'opened'; readonly session: LiveSession }
  | {
      readonly kind: 'full';
      /** `USER_MAX`: the person has as many sessions as one may have here. */
      readonly code: 'FULL' | 'USER_MAX';
      readonly limit: number;
      readonly used: number;
      /** When the next seat falls free if nobody signs out; null when the licence has none at all. */
      readonly nextFreeAtMs: number | null;
      /** The handles of the user's own sessions in this licence. */
      readonly own: readonly string[];
    }
  | { readonly kind: 'refused'; readonly code: Exclude<RefusalCode, 'FULL' | 'USER_MAX'> }
  /** The user has been ended since the caller read the epoch: the credentials must be checked again. */
  | { readonly kind: 'stale-user' }
  /** The store's policy is missing or older than the caller's: push it and try again. */
  | { readonly kind: 'policy-needed' };

/** What a check found. */
export type ReadOutcome =
  | { readonly kind: 'live'; readonly session: LiveSession; readonly snapshot: Snapshot }
  /** No such session, or another secret. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly message: string | null }
  /** The secret is right and the client is another one. Nothing was written. */
  | { readonly kind: 'other-client' }
  /** The licence's policy is missing: push it and try again. */
  | { readonly kind: 'policy-needed' };

/** How a change of a session's own data went. */
export type SaveOutcome =
  | { readonly kind: 'saved'; readonly data: ReadonlyMap<string, string> }
  | { readonly kind: 'too-large' }
  | Exclude<ReadOutcome, { kind: 'live' } | { kind: 'other-client' }>;

/** Which sessions of a tag are to be ended. */
export type Closing =
  | { readonly handles: readonly string[] }
  /** All of a user, whose epoch is raised to `epoch` in the same script; the session `keep` survives and gets the epoch. */
  | { readonly userId: UserId; readonly epoch: number; readonly keep?: string }
  /** At most `atMost` of those opened under a policy older than `version`. Ask again while `more`. */
  | { readonly version: number; readonly atMost: number }
  /** At most `atMost` of those unused for longest, until no more sit than there are seats. Ask again while `more`. */
  | { readonly overLimit: true; readonly atMost: number };

/** Why, and on whose order, sessions are ended. */
export interface Cause {
  readonly reason: EndReason;
  /** Plain text from staff for the ended browser, at most 200 characters. */
  readonly message?: string;
  /** Who ended it, when that was a person. */
  readonly by?: UserId;
  /** The request that did it, for the audit log. */
  readonly requestId?: string;
}

/** A session that a close ended. */
export interface ClosedSession {
  readonly handle: string;
  readonly userId: UserId;
}

/** A live session as lists show it. */
export interface ListedSession {
  readonly ref: string;
  readonly tag: string;
  readonly handle: string;
  readonly userId: UserId;
  readonly snapshot: Snapshot;
  /** JSON of what staff see of the client. */
  readonly client: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  /** False: it is not counted. Told by `show` alone. */
  readonly takesSeat?: boolean;
}

/** A slice of a tag's live sessions, newest first, and how many there are in all. */
export interface ListedPage {
  readonly items: readonly ListedSession[];
  /** Pass it back as `after` for the next slice; null when there is no more. */
  readonly next: string | null;
  readonly total: number;
}

/** Which live sessions of a tag are listed. */
export interface ListFilter {
  readonly userId?: UserId;
}

/** One entry of a tag's history, exactly once: `id` is the same however often it is delivered. */
export interface SessionEvent {
  /** `<ref>:admitted`, `<ref>:released` or `<attempt id>:refused`. */
  readonly id: string;
  readonly kind: 'admitted' | 'released' | 'refused';
  readonly tag: string;
  readonly licenceId: LicenceId | null;
  /** Null for a refusal. */
  readonly ref: string | null;
  /** Null when a seat was freed whose record was missing. */
  readonly userId: UserId | null;
  readonly atMs: number;
  /** The end reason or the refusal code; of an admission `overage`, `break-glass`, `support`, or null for any other. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly by: UserId | null;
  readonly requestId: string | null;
  /** Seats in use right after, and the limit, where there is one. */
  readonly used: number;
  readonly limit: number | null;
}

/** Events with the position to acknowledge them by. */
export interface EventBatch {
  readonly events: readonly SessionEvent[];
  readonly positions: readonly string[];
}

/**
 * The port to where sessions live. There is one way in (`open`), one way to move (`rotate`) and one way out (`close`), each
 * a single script; there is no `set` and no `delete`. Absence and refusal are values. Every method throws
 * StoreUnavailable when the store does not answer in time, and StoreRefusesWrites when it answers but will not write.
 */
export interface SessionStore {
  /** Takes a seat and stores the session for the grant time, or refuses and writes nothing but the history. */
  open(opening: Opening): Promise<Opened>;
  /** Ends the grant: the answer with the session has left. False when the session is gone. */
  confirm(ref: SessionRef): Promise<boolean>;
  /**
   * The hot one. Compares secret, delivery and client, answers the session if it lives, slides it when that is due. Serves
   * without sliding when the store refuses writes.
   */
  read(credential: Credential, delivery: Delivery, fingerprint: Fingerprint): Promise<ReadOutcome>;
  /** Like `read`, and writes nothing: neither slides nor confirms. */
  peek(credential: Credential, delivery: Delivery, fingerprint: Fingerprint): Promise<ReadOutcome>;
  /** Whether the session of a ref lives at this moment, by the rules of a check. Writes nothing. */
  lives(ref: SessionRef): Promise<boolean>;
  /**
   * Changes top-level fields of a live session's own data in one step: JSON text replaces, null removes. Never creates, so a
   * slow request cannot revive an ended session. Answers the data after the change.
   */
  saveData(credential: Credential, changes: ReadonlyMap<string, string | null>, maxBytes: number): Promise<SaveOutcome>;
  /**
   * Gives a live session the secret of `next`; handle, seat and count stay. With `proof` it is from now on a session of
   * somebody who was authenticated so, just now. False when it is gone.
   */
  rotate(current: SessionRef, next: IssuedSessionId, proof?: Proof): Promise<boolean>;
  /**
   * Replaces what answers a user's checks in a tag, in sessions opened under an older epoch, and raises the epoch, so that a
   * sign-in in flight reads the user again. Answers how many sessions were refreshed.
   */
  refresh(tag: string, userId: UserId, epoch: number, person: string): Promise<number>;
  /** The only way out. Idempotent: what has ended already is not counted. */
  close(tag: string, which: Closing, cause: Cause): Promise<{ closed: readonly ClosedSession[]; more: boolean }>;
  /** A slice of the live sessions of a tag. */
  list(tag: string, filter: ListFilter, limit: number, after: string | null): Promise<ListedPage>;
  /** Looks through a slice of the live sessions of a tag for those that are meant. */
  find(tag: string, request: FindRequest): Promise<FoundSlice>;
  /** The same along the times of their seats, those unused for longest first; null where seats do not tell when they were used. */
  idlest(tag: string, request: IdlestRequest): Promise<IdlestSlice | null>;
  /** Those of these sessions that live, in no order. */
  show(tag: string, handles: readonly string[]): Promise<readonly ListedSession[]>;
  /** How many seats of a tag are taken, and its limit if it has a policy. */
  seats(tag: string): Promise<{ used: number; limit: number | null }>;
  /** The same of many tags, in their order, and how many sessions live in each. */
  counts(tags: readonly string[]): Promise<readonly { used: number; limit: number | null; living: number }[]>;
  /** The sum of the live sessions of many tags, asked in one batch. */
  total(tags: readonly string[]): Promise<number>;
  /** Enters a refusal into the history that was decided before the store was asked. */
  refuse(
    tag: string,
    refusal: { attemptId: string; userId: UserId; code: OutsideRefusal; requestId?: string },
  ): Promise<void>;
  /** Puts a policy beside the seats unless a newer one is there; `overageDays` (since 1970) are added to those known. */
  pushPolicy(tag: string, policy: SeatPolicy, overageDays?: readonly number[]): Promise<void>;
  /** Ends what has expired and frees seats whose record is missing. Answers how many of each, and whether history waits. */
  reconcile(tag: string): Promise<{ expired: number; mended: number; events: number }>;
  /** The oldest events that have not been acknowledged. */
  events(tag: string, atMost: number): Promise<EventBatch>;
  /** Forgets events that are safe elsewhere. */
  acknowledge(tag: string, positions: readonly string[]): Promise<void>;
  /** Whether the store can be asked, and since when it has refused writes (null: it does not). */
  health(): { reachable: boolean; writesRefusedSinceMs: number | null };
}
