import type { PresentPasswordCheck } from '../accounts/credential-change.js';
import type { UserRepository } from '../accounts/user-repository.js';
import type { SecondFactorsPort } from '../factors/second-factors.js';
import type { Actor, Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { JsonText, type Reply } from '../kernel/route.js';
import type { SessionCheck } from '../sessions/check.js';
import type { Rotation } from '../sessions/rotation.js';
import type { Proof } from '../sessions/store.js';
import type { Answered, SecondFactorStep } from './second-factor-step.js';
import { byPassword } from './sign-in.js';

/** What a StepUp is made of. */
export interface StepUpParts {
  readonly users: Pick<UserRepository, 'findWithPassword'>;
  readonly factors: Pick<SecondFactorsPort, 'methodsFor' | 'verifyPasskey'>;
  readonly step: Pick<SecondFactorStep, 'ask' | 'prove'>;
  readonly rotation: Rotation;
  readonly check: Pick<SessionCheck, 'view'>;
  readonly clock: Clock;
  readonly isPresent: PresentPasswordCheck;
}

/**
 * Authenticates the person behind a live session again (ASVS 7.5.3; NIST SP 800-63B 2.2.3). It takes what a sign-in takes,
 * so that whoever has found an open session cannot change what signs its owner in. The session gets a new secret and keeps
 * its seat, ref and data.
 */
export class StepUp {
  readonly #parts: StepUpParts;

  constructor(parts: StepUpParts) {
    this.#parts = parts;
  }

  /** By what a user may step up. */
  async methodsOf(userId: UserId): Promise<readonly string[]> {
    const { users, factors } = this.#parts;
    const user = await users.findWithPassword(userId);
    if (user === null) return [];
    const methods = await factors.methodsFor(user, undefined);
    return [...(user.passwordHash === null ? [] : ['password']), ...methods];
  }

  /**
   * With the password. Answers 200 with the session view. Throws `second-factor-required` when there is more to show,
   * `invalid-credentials`, `too-many-attempts`, `busy`, `session-ended`.
   */
  async withPassword(actor: Actor, caller: Caller, password: string): Promise<Reply> {
    const { users, factors, step, isPresent } = this.#parts;
    const user = await users.findWithPassword(actor.person.id);
    if (user === null || !(await isPresent(actor, password, user.passwordHash)))
      throw new Problem('invalid-credentials');
    const methods = await factors.methodsFor(user, actor.licence?.id);
    if (methods.length === 0) return this.#raised(actor, byPassword);
    throw await step.ask(user, { kind: 'step-up', ref: actor.session.ref }, methods, caller);
  }

  /** With a passkey alone, begun as a sign-in with one is. Throws `invalid-credentials`, `session-ended`. */
  async withPasskey(actor: Actor, shown: { readonly token: string; readonly response: unknown }): Promise<Reply> {
    const found = await this.#parts.factors.verifyPasskey(shown.token, shown.response);
    if (found === null || found.userId !== actor.person.id) throw new Problem('invalid-credentials');
    return this.#raised(actor, found.proof);
  }

  /** With the answer to the challenge that the password gave this session. Throws `invalid-code`, `session-ended`. */
  async withFactor(actor: Actor, caller: Caller, answered: Answered): Promise<Reply> {
    const { user, shown, proof } = await this.#parts.step.prove(answered, 'step-up', caller);
    const { wants } = shown.data;
    const own = wants.kind === 'step-up' && wants.ref === actor.session.ref && user.id === actor.person.id;
    if (!own) throw new Problem('invalid-code');
    return this.#raised(actor, proof);
  }

  async #raised(actor: Actor, { amr, aal }: Proof): Promise<Reply> {
    const { rotation, check, clock } = this.#parts;
    const { session } = actor;
    const next = await rotation.rotate(session, { amr, aal });
    const raised = { ...session, amr, aal, authenticatedAtMs: clock.nowMs() };
    const snapshot = { person: JSON.stringify(actor.person), licence: JSON.stringify(actor.licence) };
    const view = check.view(raised, snapshot);
    const body =
      session.delivery === 'bearer' ? `${view.slice(0, -1)},"sessionToken":${JSON.stringify(next.signed)}}` : view;
    return { status: 200, body: new JsonText(body), ...rotation.cookieOf(session, next) };
  }
}
