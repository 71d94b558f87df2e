import type { UserRepository } from '../accounts/user-repository.js';
import type { SecondFactorsPort } from '../factors/second-factors.js';
import type { Caller } from '../kernel/actor.js';
import type { Pace } from '../kernel/pace.js';
import { Problem } from '../kernel/problem.js';
import type { Reply } from '../kernel/route.js';
import type { Attempts } from './attempts.js';
import type { Entrance } from './entrance.js';
import type { SignInWish } from './sign-in.js';
import type { SignInThrottle } from './throttle.js';

/** What a PasskeySignIn is made of. */
export interface PasskeySignInParts {
  readonly users: Pick<UserRepository, 'findWithPassword'>;
  readonly factors: Pick<SecondFactorsPort, 'passkeyOptions' | 'verifyPasskey'>;
  readonly throttle: Pick<SignInThrottle, 'addressBucket'>;
  readonly pace: Pace;
  readonly attempts: Attempts;
  readonly entrance: Entrance;
}

/** What is shown instead of a name and a password: the token of the ceremony, and what the authenticator said. */
export interface ShownPasskey extends SignInWish {
  readonly token: string;
  readonly response: unknown;
}

/** How many such sign-ins one address may begin in a minute: a whole institute may share it. */
export const passkeysPerMinute = 300;

/** Sign-in with a passkey alone: it names the account, and its holder was verified by it. */
export class PasskeySignIn {
  readonly #parts: PasskeySignInParts;

  constructor(parts: PasskeySignInParts) {
    this.#parts = parts;
  }

  /**
   * What `navigator.credentials.get` is given, and the token to come back with. The same for everybody. Throws
   * `too-many-attempts` for an address that asks for ever more: each leaves a row behind.
   */
  async options({ address }: Caller): Promise<{ token: string; options: unknown }> {
    const { throttle, pace, factors } = this.#parts;
    const retryAfterSeconds = pace.take(throttle.addressBucket(address).name);
    if (retryAfterSeconds !== null) throw new Problem('too-many-attempts', { retryAfterSeconds });
    return factors.passkeyOptions();
  }

  /**
   * Answers 200 with the session view. Throws `invalid-credentials` alike for an unknown passkey, one that is not right, and
   * a disabled account; and what Seating throws.
   */
  signIn(shown: ShownPasskey, caller: Caller): Promise<Reply> {
    const { users, factors, attempts, entrance } = this.#parts;
    entrance.requireProgram(shown.delivery, caller);
    entrance.requireStore();
    return attempts.entered(caller, shown.licenceId ?? null, async (attempt) => {
      const found = await factors.verifyPasskey(shown.token, shown.response);
      if (found === null) throw new Problem('invalid-credentials');
      attempt.userId = found.userId;
      const user = await users.findWithPassword(found.userId);
      if (user === null || user.disabledAt !== null) throw new Problem('invalid-credentials');
      const { token: _, response: __, remember = false, ...wish } = shown;
      return entrance.enter(user, { ...wish, remember, proof: found.proof }, caller, attempt);
    });
  }
}
