import type { FactorMethod } from '../factors/second-factors.js';
import type { Delivery } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { IssuedToken, IssuedTokens } from '../platform/issued-tokens.js';
import type { Uncounted } from '../sessions/store.js';

/** How long a sign-in waits for its second factor, in milliseconds. */
export const challengeMs = 4 * 60_000;
/** How many answers to one challenge are looked at. */
const mostTries = 5;

/** How somebody was authenticated, as a token's data holds it: see Proof. */
export type Shown = { readonly amr: readonly string[]; readonly aal: number; readonly authenticatedAtMs?: number };

/** What a sign-in wants when its second factor has been shown. */
export type WaitingSignIn = {
  readonly kind: 'sign-in';
  readonly delivery: Delivery;
  readonly remember: boolean;
  readonly licenceId: LicenceId | null;
  /** The ref of an own session to end for this one, when the licence is full. */
  readonly give: string | null;
  readonly uncounted: Uncounted | null;
  /** What a remembered browser proves without it; null after a password. */
  readonly resumed: Shown | null;
};

/** A live session whose person is to be authenticated again. */
export type WaitingStepUp = { readonly kind: 'step-up'; readonly ref: string };

/** What a challenge stands for. */
export type ChallengeData = {
  readonly wants: WaitingSignIn | WaitingStepUp;
  /** Which credentials of the user the first factor was: a challenge does not outlive their change. */
  readonly credentials: number;
  /** The client the first factor came from. */
  readonly client: string;
  /** What may be answered. */
  readonly methods: readonly FactorMethod[];
  /** Once it was answered rightly and there was no getting in yet: what that proved. No answer is looked at again. */
  readonly proven?: Shown & { readonly recoveryCodesLeft?: number };
};

/** A challenge that has been made, as the caller is told of it. */
export interface MadeChallenge {
  readonly id: string;
  readonly secret: string;
  readonly expiresAt: Date;
}

/** A challenge that was shown. */
export interface ShownChallenge extends Pick<IssuedToken<ChallengeData>, 'id' | 'data'> {
  readonly secret: string;
  readonly userId: UserId;
}

/**
 * What waits for a second factor: no session, and no seat. Good for four minutes and one success; five answers are looked
 * at (ASVS 6.6.2, 6.6.3). All methods throw StoreUnavailable.
 */
export class Challenges {
  readonly #tokens: IssuedTokens<ChallengeData>;

  constructor(tokens: IssuedTokens<ChallengeData>) {
    this.#tokens = tokens;
  }

  /** A new challenge. */
  async issue(userId: UserId, data: ChallengeData): Promise<MadeChallenge> {
    return this.#tokens.issue(null, { userId, data });
  }

  /** The challenge with this secret while it is good; null otherwise. */
  async find(secret: string): Promise<ShownChallenge | null> {
    return shown(await this.#tokens.find(secret), secret);
  }

  /** The same, for an answer to it: counted before the answer is looked at. Null also when too many have been. */
  async take(secret: string): Promise<ShownChallenge | null> {
    return shown(await this.#tokens.takeTry(secret, mostTries), secret);
  }

  /** Makes a challenge good again that was answered rightly, for whoever could not get in with it yet. */
  async putBack({ id, data }: ShownChallenge, proven: NonNullable<ChallengeData['proven']>): Promise<void> {
    await this.#tokens.giveBack(null, id);
    await this.#tokens.change(null, id, { ...data, proven });
  }

  /** Uses a challenge up that was answered rightly. False when another answer has. */
  async use({ secret }: ShownChallenge): Promise<boolean> {
    return (await this.#tokens.use(null, secret)) !== null;
  }
}

function shown(found: IssuedToken<ChallengeData> | null, secret: string): ShownChallenge | null {
  if (found === null || found.userId === null) return null;
  return { id: found.id, data: found.data, secret, userId: found.userId };
}
