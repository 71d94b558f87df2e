import type { SignInUser } from '../accounts/user-repository.js';
import type { Caller } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';

/** The ways to answer for a second factor; a passkey may also be the only one. */
export const factorMethods = ['passkey', 'totp', 'email', 'recovery'] as const;

/** The name of one of them. */
export type FactorMethod = (typeof factorMethods)[number];

/** A sign-in that waits for its second factor: what it is known by, and what its owner was given. */
export interface OpenChallenge {
  readonly id: string;
  readonly secret: string;
}

/** What is answered for a factor: a `code` for all but passkeys, which have the browser's `response`. */
export interface FactorAnswer {
  readonly method: FactorMethod;
  readonly code?: string | undefined;
  readonly response?: unknown;
}

/** What a whole sign-in has proven, the password included where there was one. */
export interface Proof {
  /** RFC 8176 values where there are any; `email` and `recovery` for what has none. */
  readonly amr: readonly string[];
  /** Authenticator assurance level (NIST SP 800-63B-4). E-mailed codes and recovery codes never raise it above 1. */
  readonly aal: 1 | 2;
  /** How many recovery codes are left, where one was used. */
  readonly recoveryCodesLeft?: number;
}

/** What sign-in asks of second factors. */
export interface SecondFactorsPort {
  /** What this user must answer after the password, strongest first; empty when nothing is needed. */
  methodsFor(user: SignInUser, named: LicenceId | undefined): Promise<readonly FactorMethod[]>;
  /**
   * Starts what a method needs for a challenge: sends the code, or makes the options of a passkey. Null when it needs
   * nothing, or the user does not have it. Throws `too-many-attempts` for a code too soon, `mail-not-set-up`.
   */
  begin(user: SignInUser, challenge: OpenChallenge, method: FactorMethod): Promise<Record<string, unknown> | null>;
  /**
   * What a right answer proves, after the password; null for any other. A right one is used up: of many at once, one is
   * told. Throws `too-many-attempts` while a kind of factor has had too many wrong ones.
   */
  verify(user: SignInUser, challenge: OpenChallenge, answer: FactorAnswer, caller: Caller): Promise<Proof | null>;
  /** Begins a sign-in with a passkey alone, by somebody who is not known yet. */
  passkeyOptions(): Promise<{ token: string; options: unknown }>;
  /** Who answered it and what that proves; null when it was not right, or the token was used. */
  verifyPasskey(token: string, response: unknown): Promise<{ userId: UserId; proof: Proof } | null>;
}
