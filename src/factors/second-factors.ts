import type { CredentialLetters } from '../accounts/credential-letters.js';
import type { SignInUser } from '../accounts/user-repository.js';
import type { Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { ChallengeShown } from './challenge-notes.js';
import type { EmailCodes } from './email-codes.js';
import type { FactorRepository } from './factor-repository.js';
import type { FactorRule } from './factor-rule.js';
import type { FactorRow } from './factor-table.js';
import type { FactorThrottle } from './factor-throttle.js';
import type { Passkeys } from './passkeys.js';
import type { RecoveryCodes } from './recovery-codes.js';
import type { Totp } from './totp.js';

/** The ways to answer for a second factor, strongest first; a passkey may also be the only one. */
export const factorMethods = ['passkey', 'totp', 'email', 'recovery'] as const;

/** The name of one of them. */
export type FactorMethod = (typeof factorMethods)[number];

/** A sign-in that waits for its second factor: what it is known by, and what its owner was given. */
export type OpenChallenge = ChallengeShown;

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
  /** What this user may answer after the password, strongest first; empty when nothing is needed. */
  methodsFor(user: SignInUser, named: LicenceId | undefined): Promise<readonly FactorMethod[]>;
  /**
   * Starts what a method needs for a challenge: sends the code, or makes the options of a passkey. Null when it needs
   * nothing, or the challenge is not good. Throws `too-many-attempts` for a code too soon, and `mail-not-set-up`.
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

/** What SecondFactors is made of. */
export interface SecondFactorsParts {
  readonly factors: FactorRepository;
  readonly rule: FactorRule;
  readonly throttle: FactorThrottle;
  readonly totp: Totp;
  readonly emailCodes: EmailCodes;
  readonly recoveryCodes: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly changes: Changes;
  readonly letters: Pick<CredentialLetters, 'tell'>;
}

/** See SecondFactorsPort. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class SecondFactors implements SecondFactorsPort {
  readonly #parts: SecondFactorsParts;

  constructor(parts: SecondFactorsParts) {
    this.#parts = parts;
  }

  /**
   * Whoever has enrolled factors may answer with any of them, also where nothing requires one; a factor that was switched
   * off after wrong answers still counts, so that guessing never opens the way to the password alone. Whoever must and has
   * none gets codes by mail.
   */
  async methodsFor(user: SignInUser, named: LicenceId | undefined): Promise<readonly FactorMethod[]> {
    const { factors, rule } = this.#parts;
    const { confirmed, recovery } = await factors.held(user.id);
    if (confirmed.length === 0) return (await rule.requires(user, named)) ? ['email'] : [];
    const kinds = new Set(confirmed.map(({ kind }) => kind));
    if (recovery !== null && recovery.left > 0) kinds.add('recovery');
    return factorMethods.filter((method) => kinds.has(method));
  }

  /** See SecondFactorsPort. */
  async begin(
    user: SignInUser,
    challenge: OpenChallenge,
    method: FactorMethod,
  ): Promise<Record<string, unknown> | null> {
    if (method === 'email') return this.#parts.emailCodes.send(user, challenge);
    return method === 'passkey' ? this.#parts.passkeys.optionsFor(user, challenge) : null;
  }

  /** See SecondFactorsPort. */
  async verify(
    user: SignInUser,
    challenge: OpenChallenge,
    { method, code = '', response }: FactorAnswer,
    caller: Caller,
  ): Promise<Proof | null> {
    if (method === 'passkey') {
      const passkey = await this.#parts.passkeys.answered(user.id, challenge, response);
      return passkey === null ? null : { amr: ['pwd', ...amrOf(passkey)], aal: 2 };
    }
    const proof = await this.#verifyCode(user, challenge, { method, code, caller });
    if (proof !== null) await this.#parts.throttle.forgive(user.id, method);
    return proof;
  }

  /** See SecondFactorsPort. */
  passkeyOptions(): Promise<{ token: string; options: unknown }> {
    return this.#parts.passkeys.optionsForAnybody();
  }

  /** See SecondFactorsPort. An authenticator that has verified its holder is two factors in one. */
  async verifyPasskey(token: string, response: unknown): Promise<{ userId: UserId; proof: Proof } | null> {
    const passkey = await this.#parts.passkeys.answeredByAnybody(token, response);
    return passkey === null ? null : { userId: passkey.userId as UserId, proof: { amr: amrOf(passkey), aal: 2 } };
  }

  async #verifyCode(
    user: SignInUser,
    challenge: OpenChallenge,
    given: { method: Exclude<FactorMethod, 'passkey'>; code: string; caller: Caller },
  ): Promise<Proof | null> {
    const { throttle, totp, emailCodes } = this.#parts;
    const { method, code, caller } = given;
    const admitted = await throttle.admit(user.id, method);
    for (const factor of admitted) {
      if (method === 'email') return (await emailCodes.use(user, challenge, code)) ? emailProof : null;
      if (method === 'recovery') return this.#recover(user, factor.id, code, caller);
      const step = await totp.stepOf(user.id, factor, code);
      if (step !== null && (await totp.use(factor.id, step))) return totpProof;
    }
    return null;
  }

  /** The person is told in the same transaction (NIST SP 800-63B-4, 4.2): nobody uses a code up in silence. */
  async #recover(user: SignInUser, factorId: string, typed: string, caller: Caller): Promise<Proof | null> {
    const { changes, recoveryCodes, letters } = this.#parts;
    const { result: left } = await changes.make({ actor: { userId: user.id }, caller }, async (change) => {
      const { tx, now } = change;
      const found = await recoveryCodes.use(tx, { userId: user.id, factorId, typed, now });
      if (found === null) return null;
      const detail = { kind: 'recovery-used', left: found };
      await change.audit({ action: 'user.credentials-changed', target: { type: 'user', id: user.id }, detail });
      await letters.tell(change, user, { kind: 'recovery-used', detail: `${found} codes are left` });
      return found;
    });
    return left === null ? null : { amr: ['pwd', 'recovery'], aal: 1, recoveryCodesLeft: left };
  }
}

const totpProof: Proof = { amr: ['pwd', 'otp', 'mfa'], aal: 2 };
const emailProof: Proof = { amr: ['pwd', 'email'], aal: 1 };

/** A key that may be copied to other devices is no hardware key; without attestation this is the authenticator's own word. */
function amrOf({ backupEligible }: FactorRow): string[] {
  return [backupEligible === false ? 'hwk' : 'swk', 'user', 'mfa'];
}
