import type { LicenceId, UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { LicenceRepository } from '../licences/licence-repository.js';
import type { Log } from '../platform/log.js';
import { licenceTag } from '../sessions/session-id.js';
import type { OutsideRefusal, SessionStore } from '../sessions/store.js';

/** An attempt that was refused before the store was asked for a seat. */
export interface RefusedAttempt {
  readonly id: string;
  readonly userId: UserId | null;
  readonly licenceId: LicenceId | null;
}

const codes: Readonly<Record<string, OutsideRefusal>> = { 'no-licence': 'NOT_MEMBER', 'too-many-attempts': 'RATE' };

/** Enters into a licence's history what refused a known person before its seats were looked at. */
export class Refusals {
  readonly #licences: Pick<LicenceRepository, 'find' | 'licencesOf'>;
  readonly #store: Pick<SessionStore, 'refuse'>;
  readonly #log: Log;

  constructor(licences: Pick<LicenceRepository, 'find' | 'licencesOf'>, store: Pick<SessionStore, 'refuse'>, log: Log) {
    this.#licences = licences;
    this.#store = store;
    this.#log = log;
  }

  /** Tells of an error that is such a refusal; of any other nothing. Never throws: the person is refused in any case. */
  async tell(error: unknown, attempt: RefusedAttempt, requestId: string): Promise<void> {
    const code = error instanceof Problem ? codes[error.slug] : undefined;
    if (code === undefined || attempt.userId === null) return;
    try {
      const licenceId = await this.#licenceOf(attempt.userId, attempt.licenceId);
      if (licenceId === null) return;
      const refusal = { attemptId: attempt.id, userId: attempt.userId, code, requestId };
      await this.#store.refuse(licenceTag(licenceId), refusal);
    } catch (err) {
      this.#log.warn({ err, requestId }, 'a refusal could not be entered into the history');
    }
  }

  /** The licence that was named, if there is such a one, else the person's only one: nothing is kept for invented ids. */
  async #licenceOf(userId: UserId, named: LicenceId | null): Promise<LicenceId | null> {
    if (named !== null) return (await this.#licences.find(named)) === null ? null : named;
    const own = await this.#licences.licencesOf(userId);
    return own.length === 1 ? (own[0]?.id ?? null) : null;
  }
}
