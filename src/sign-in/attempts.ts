import type { Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { type LicenceId, newId, type UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { Reply } from '../kernel/route.js';
import type { Metrics } from '../platform/metrics.js';
import { StoreRefusesWrites, StoreUnavailable } from '../platform/unavailable.js';
import { licenceOfTag } from '../sessions/session-id.js';
import type { Refusals } from './refusals.js';
import type { SignInLog } from './sign-in-log.js';

/** Who asks, as far as it is known yet: it becomes the entry in the sign-in log. */
export interface Attempt {
  readonly id: string;
  readonly address: string;
  readonly userAgent: string;
  userId: UserId | null;
  licenceId: LicenceId | null;
  ref: string | null;
}

/** What Attempts are made of. */
export interface AttemptsParts {
  readonly refusals: Refusals;
  readonly signIns: SignInLog;
  readonly metrics: Pick<Metrics, 'signIn'>;
  readonly clock: Clock;
}

const longestUserAgent = 512;

/** Enters every attempt to get in into the sign-in log, whichever way it was tried and however it went (ASVS 16.3.1). */
export class Attempts {
  readonly #parts: AttemptsParts;

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
  }

  /** Does the work of an attempt and enters it. Answers and throws what the work does. */
  async entered(
    caller: Caller,
    licenceId: LicenceId | null,
    work: (attempt: Attempt) => Promise<Reply>,
  ): Promise<Reply> {
    const userAgent = caller.userAgent.slice(0, longestUserAgent);
    const attempt: Attempt = { id: newId(), address: caller.address, userAgent, userId: null, licenceId, ref: null };
    try {
      const reply = await work(attempt);
      this.#enter(attempt, 'signed-in');
      return reply;
    } catch (error) {
      attempt.licenceId ??= licenceIn(error);
      this.#enter(attempt, outcomeOf(error));
      this.#parts.refusals.begin(error, attempt, caller.requestId);
      throw error;
    }
  }

  #enter(attempt: Attempt, outcome: string): void {
    this.#parts.signIns.record({ ...attempt, atMs: this.#parts.clock.nowMs(), outcome });
    this.#parts.metrics.signIn(outcome);
  }
}

/** Whether nothing was decided because something did not answer, so that the same may be tried again. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof Problem) return error.slug === 'busy';
  return error instanceof StoreUnavailable || error instanceof StoreRefusesWrites;
}

/** The licence that refused, for an attempt that named none. */
function licenceIn(error: unknown): LicenceId | null {
  const licenceId = error instanceof Problem ? error.members['licenceId'] : null;
  return typeof licenceId === 'string' ? licenceOfTag(licenceId) : null;
}

function outcomeOf(error: unknown): string {
  if (error instanceof Problem) return error.slug;
  return error instanceof StoreUnavailable ? 'store-unavailable' : 'internal';
}
