import type { SignInUser, UserRepository } from '../accounts/user-repository.js';
import type { FactorAnswer, FactorMethod, OpenChallenge, SecondFactorsPort } from '../factors/second-factors.js';
import type { Caller } from '../kernel/actor.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import { JsonText, type Reply } from '../kernel/route.js';
import type { ClientReader } from '../sessions/client.js';
import { formatRef, parseRef } from '../sessions/session-id.js';
import type { Proof } from '../sessions/store.js';
import { type Attempts, isUnavailable } from './attempts.js';
import type { ChallengeData, Challenges, ShownChallenge, WaitingSignIn } from './challenges.js';
import type { Entering, Entrance } from './entrance.js';

/** What a SecondFactorStep is made of. */
export interface SecondFactorStepParts {
  readonly users: Pick<UserRepository, 'findWithPassword'>;
  readonly clients: ClientReader;
  readonly challenges: Challenges;
  readonly factors: Pick<SecondFactorsPort, 'methodsFor' | 'begin' | 'verify'>;
  readonly attempts: Attempts;
  readonly entrance: Entrance;
}

/** An answer to a challenge. */
export interface Answered extends FactorAnswer {
  readonly challenge: string;
}

/** Somebody who has answered a challenge rightly. */
export interface Proven {
  readonly user: SignInUser;
  readonly shown: ShownChallenge;
  readonly proof: NonNullable<ChallengeData['proven']>;
}

/** The second half of a sign-in whose account, role or licence asks for a second factor (ASVS 6.3.3). */
export class SecondFactorStep {
  readonly #parts: SecondFactorStepParts;

  constructor(parts: SecondFactorStepParts) {
    this.#parts = parts;
  }

  /**
   * The `second-factor-required` a sign-in that wants to enter so is to be answered with; null when none is needed.
   * `resumed`: what a remembered browser proves, which has not given the password now.
   */
  async challenge(
    user: SignInUser,
    entering: Omit<Entering, 'proof' | 'sinceMs'>,
    caller: Caller,
    resumed: Proof | null = null,
  ): Promise<Problem<'second-factor-required'> | null> {
    const methods = await this.#parts.factors.methodsFor(user, entering.licenceId);
    if (methods.length === 0) return null;
    const give = entering.whenFull?.end;
    const { delivery, remember, licenceId = null, uncounted = null } = entering;
    const asked = { delivery, remember, licenceId, uncounted, give: give === undefined ? null : formatRef(give) };
    return this.ask(user, { kind: 'sign-in', ...asked, resumed }, methods, caller);
  }

  /** A new challenge. Where an e-mailed code is the only factor it is sent at once, or `too-many-attempts` thrown. */
  async ask(
    user: SignInUser,
    wants: ChallengeData['wants'],
    methods: readonly FactorMethod[],
    caller: Caller,
  ): Promise<Problem<'second-factor-required'>> {
    const { challenges, clients } = this.#parts;
    const { client } = clients.fingerprint(caller.userAgent);
    const made = await challenges.issue(user.id, { wants, credentials: user.credentials, client, methods });
    if (methods.every((method) => method === 'email' || method === 'recovery') && methods.includes('email'))
      await this.#sendCode(user, made, methods);
    const expiresAt = isoTime(made.expiresAt);
    return new Problem('second-factor-required', { challenge: made.secret, methods, expiresAt });
  }

  /**
   * Starts what a method needs: sends the code, or answers the options of a passkey ceremony. Throws `invalid-code` when the
   * challenge is not good, `too-many-attempts` when codes are asked for too often.
   */
  async begin(challenge: string, method: FactorMethod, caller: Caller): Promise<Record<string, unknown>> {
    const shown = await this.#parts.challenges.find(challenge);
    const user = await this.#whose(shown, caller);
    if (shown === null || user === null) throw new Problem('invalid-code');
    requireOffered(shown, method);
    return (await this.#parts.factors.begin(user, shown, method)) ?? {};
  }

  /**
   * Answers 200 with the session view when the answer is right. Throws `invalid-code`, and what a sign-in does; where that
   * leaves the person outside for now, or asks for a licence, the challenge can be shown again.
   */
  answer(answered: Answered & { readonly licenceId?: LicenceId | undefined }, caller: Caller): Promise<Reply> {
    const { attempts, entrance } = this.#parts;
    entrance.requireStore();
    return attempts.entered(caller, null, async (attempt) => {
      const { user, shown, proof } = await this.prove(answered, 'sign-in', caller, (found) => {
        attempt.userId = found.userId;
        if (found.data.wants.kind === 'sign-in') attempt.licenceId = found.data.wants.licenceId;
      });
      const { wants } = shown.data;
      if (wants.kind !== 'sign-in') throw new Problem('invalid-code');
      entrance.requireProgram(wants.delivery, caller);
      const entering = enteringOf(wants, proof, answered.licenceId);
      try {
        return withStock(await entrance.enter(user, entering, caller, attempt), proof);
      } catch (error) {
        if (mayTryAgain(error)) await this.#parts.challenges.putBack(shown, proof).catch(() => {});
        throw error;
      }
    });
  }

  /**
   * Looks at an answer, at most five to a challenge, and uses the challenge up when it is right: of many at once, one is.
   * `found` is told of the challenge before that. Throws `invalid-code` (ASVS 6.6.2, 6.6.3).
   */
  async prove(
    { challenge, ...answer }: Answered,
    kind: ChallengeData['wants']['kind'],
    caller: Caller,
    found: (shown: ShownChallenge) => void = () => {},
  ): Promise<Proven> {
    const { challenges, factors } = this.#parts;
    const shown = await challenges.take(challenge);
    if (shown !== null) found(shown);
    const user = await this.#whose(shown, caller);
    if (shown === null || user === null || shown.data.wants.kind !== kind) throw new Problem('invalid-code');
    requireOffered(shown, answer.method);
    const proof = shown.data.proven ?? (await factors.verify(user, shown, answer, caller));
    if (proof === null || !(await challenges.use(shown))) throw new Problem('invalid-code');
    return { user, shown, proof };
  }

  /** Whoever has recovery codes may answer with one of them where no more codes are sent for now. */
  async #sendCode(user: SignInUser, made: OpenChallenge, methods: readonly FactorMethod[]): Promise<void> {
    try {
      await this.#parts.factors.begin(user, made, 'email');
    } catch (error) {
      const enough = error instanceof Problem && error.slug === 'too-many-attempts';
      if (!enough || !methods.includes('recovery')) throw error;
    }
  }

  /** The account as it is now, if what was checked before the challenge still holds and the same client answers. */
  async #whose(shown: ShownChallenge | null, caller: Caller): Promise<SignInUser | null> {
    if (shown === null) return null;
    const user = await this.#parts.users.findWithPassword(shown.userId);
    const same = this.#parts.clients.fingerprint(caller.userAgent).client === shown.data.client;
    return same && user !== null && user.disabledAt === null && user.credentials === shown.data.credentials
      ? user
      : null;
  }
}

function requireOffered({ data }: ShownChallenge, method: FactorMethod): void {
  if (!data.methods.includes(method)) throw invalid('/method', `must be one of ${data.methods.join(', ')}`);
}

/** What a sign-in wants that has shown its second factor, in the licence it wanted or, where it named none, in this one. */
function enteringOf(wants: WaitingSignIn, proof: Proof, named: LicenceId | undefined): Entering {
  const end = wants.give === null ? null : parseRef(wants.give);
  const licenceId = wants.licenceId ?? named;
  return {
    delivery: wants.delivery,
    remember: wants.remember,
    proof: wants.resumed === null ? proof : comingBack(wants.resumed, proof),
    ...(licenceId === undefined ? {} : { licenceId }),
    ...(wants.uncounted === null ? {} : { uncounted: wants.uncounted }),
    ...(end === null ? {} : { whenFull: { end } }),
  };
}

/**
 * Of somebody who comes back the password was seen then, and one factor now: that is no sign-in with two, and not a fresh
 * one. What asks for either goes on asking.
 */
function comingBack(resumed: Proof, { amr }: Proof): Proof {
  const shown = amr.filter((method) => method !== 'pwd' && method !== 'mfa');
  return { ...resumed, amr: [...new Set([...resumed.amr, ...shown])], aal: 1 };
}

/** Whether the person is kept outside by nothing that was wrong with the answer. */
function mayTryAgain(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof Problem && error.slug === 'licence-choice-required');
}

/** Whoever has used a recovery code up is told how many are left. */
function withStock(reply: Reply, { recoveryCodesLeft: left }: Proven['proof']): Reply {
  if (left === undefined || !(reply.body instanceof JsonText)) return reply;
  return { ...reply, body: new JsonText(`${reply.body.text.slice(0, -1)},"recoveryCodesLeft":${left}}`) };
}
