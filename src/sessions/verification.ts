import type { StepUpGuard } from '../access/step-up-guard.js';
import type { Actor, Caller } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import { verifyHeaders } from './verify-headers.js';
import { refusalBy, stepUpOf, type VerifyRules } from './verify-rules.js';

/** Signs what the headers say. Rejects when it cannot. */
export type AssertionOf = (actor: Actor) => Promise<string>;

/** What decides about a request that a reverse proxy asks about. */
export interface VerificationParts {
  readonly stepUps: Pick<StepUpGuard, 'meets' | 'quickRefusal'>;
  readonly assertionOf: AssertionOf;
  /** Whether a request that changes something may come from where it comes from. */
  readonly allowsOrigin: (caller: Pick<Caller, 'header'>) => boolean;
}

/** Decides whether a request may pass a reverse proxy, and tells whose it is. The same for both doors. */
export class Verification {
  readonly #parts: VerificationParts;

  constructor(parts: VerificationParts) {
    this.#parts = parts;
  }

  /** Throws `forbidden` or `step-up-required` unless the session satisfies the rules. Asks no store, whatever it finds. */
  require(actor: Actor, rules: VerifyRules): void {
    const refusal = refusalBy(rules, actor);
    if (refusal !== null) throw refusal;
    const { stepUps } = this.#parts;
    const stepUp = stepUpOf(rules);
    if (stepUp !== null && !stepUps.meets(actor, stepUp)) throw stepUps.quickRefusal(actor, stepUp);
  }

  /** Throws `cross-site-request` when the request would change something with a cookie that another site made use of. */
  requireOrigin({ session }: Actor, caller: Caller): void {
    if (session.delivery !== 'cookie' || !changesSomething(caller) || this.#parts.allowsOrigin(caller)) return;
    throw new Problem('cross-site-request');
  }

  /**
   * The headers that tell whose request it is. Where nothing can be signed the assertion is empty: a backend that asks for
   * one lets nobody in then, and to the others the headers are enough.
   */
  async headers(actor: Actor): Promise<Record<string, string>> {
    return verifyHeaders(actor, await this.#parts.assertionOf(actor).catch(() => ''));
  }
}

/**
 * Whether the request a proxy asks about is other than GET or HEAD, or opens a web socket, which is a GET but can do
 * anything from then on, and for which browsers ask no leave of another origin (RFC 6455 section 10.2).
 */
function changesSomething(caller: Caller): boolean {
  if (caller.header('sec-websocket-key') !== undefined) return true;
  return ['x-original-method', 'x-forwarded-method'].some((name) => {
    const method = caller.header(name);
    return method !== undefined && method !== 'GET' && method !== 'HEAD';
  });
}
