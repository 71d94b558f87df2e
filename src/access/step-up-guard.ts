import type { Actor } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { StepUp } from '../kernel/route.js';

/** By what somebody may authenticate again: `password`, and the methods of the second factors. Asked only to refuse. */
export type StepUpMethods = (userId: UserId) => Promise<readonly string[]>;

/** The methods of a step-up by what a session says of its sign-in (RFC 8176). */
const methodsByAmr: ReadonlyMap<string, string> = new Map([
  ['pwd', 'password'],
  ['otp', 'totp'],
  ['email', 'email'],
  ['hwk', 'passkey'],
  ['swk', 'passkey'],
]);

/** Decides whether a session is fresh and strong enough for what is asked (ASVS 7.5.1, 7.5.3; NIST SP 800-63B 2.2.3). */
export class StepUpGuard {
  readonly #clock: Clock;
  readonly #methodsOf: StepUpMethods;

  constructor(clock: Clock, methodsOf: StepUpMethods) {
    this.#clock = clock;
    this.#methodsOf = methodsOf;
  }

  /** Whether the session is so. An age is counted from when the person was last authenticated, in whole seconds. */
  meets({ session }: Actor, { maxAgeSeconds, aal }: StepUp): boolean {
    const ageMs = this.#clock.nowMs() - session.authenticatedAtMs;
    return (maxAgeSeconds === undefined || ageMs <= maxAgeSeconds * 1000) && (aal === undefined || session.aal >= aal);
  }

  /** Throws `step-up-required` unless the session is so; without `stepUp` nothing is asked. */
  async require(actor: Actor, stepUp: StepUp | undefined): Promise<void> {
    if (stepUp === undefined || this.meets(actor, stepUp)) return;
    throw await this.refusal(actor, stepUp);
  }

  /** The refusal, which says how to mend it. Without an age of its own a step-up is good for a quarter of an hour. */
  async refusal(actor: Actor, { maxAgeSeconds = 900, aal }: StepUp): Promise<Problem<'step-up-required'>> {
    const methods = await this.#methodsOf(actor.person.id);
    return new Problem('step-up-required', { maxAgeSeconds, methods, ...(aal === undefined ? {} : { aal }) });
  }

  /** The same from memory, for what must ask no store: it names the methods the session was opened with. */
  quickRefusal({ session }: Actor, { maxAgeSeconds = 900, aal }: StepUp): Problem<'step-up-required'> {
    const shown = session.amr.flatMap((name) => methodsByAmr.get(name) ?? []);
    const members = { maxAgeSeconds, methods: [...new Set(shown)], ...(aal === undefined ? {} : { aal }) };
    return new Problem('step-up-required', members);
  }
}
