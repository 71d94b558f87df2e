import type { LicenceId, UserId } from './ids.js';

/** How a session id reaches the server. A session delivered one way is not accepted the other way. */
export type Delivery = 'cookie' | 'bearer';

/** The person a session belongs to, as it was when the session was opened or last refreshed. */
export interface Person {
  readonly id: UserId;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly verified: boolean;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The licence a session sits in. */
export interface SeatedLicence {
  readonly id: LicenceId;
  readonly serial: string;
  readonly name: string;
}

/** A live session as a check found it. All times are Redis' own, in milliseconds since the epoch. */
export interface LiveSession {
  readonly ref: string;
  readonly tag: string;
  readonly handle: string;
  readonly delivery: Delivery;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  readonly absoluteExpiresAtMs: number;
  /** When the person was last authenticated: at sign-in, or at a later step-up. */
  readonly authenticatedAtMs: number;
  /** Authentication methods, RFC 8176 values (`pwd`, `otp`, `hwk` …). */
  readonly amr: readonly string[];
  /** Authenticator assurance level, NIST SP 800-63B. */
  readonly aal: number;
  /** The session's own data: top-level field to JSON text. */
  readonly data: ReadonlyMap<string, string>;
  readonly csrfSecret: string;
  readonly csrfToken: string;
}

/** Who is calling, and through which session. */
export interface Actor {
  readonly person: Person;
  readonly permissions: ReadonlySet<string>;
  readonly licence: SeatedLicence | null;
  readonly session: LiveSession;
}

/** Where a request comes from. */
export interface Caller {
  readonly requestId: string;
  /** The client's address in canonical form; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly address: string;
  /** The `User-Agent` header, empty when there is none. */
  readonly userAgent: string;
  /** Whether nobody waits for the answer any more. What takes long asks that now and then, and stops. */
  readonly gone: boolean;
  /** A request header by lower-case name, undefined when absent. */
  header(name: string): string | undefined;
  /** A cookie by name, undefined when absent or given twice. */
  cookie(name: string): string | undefined;
}
