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
  readonly #telling = new Set<Promise<void>>();

  constructor(licences: Pick<LicenceRepository, 'find' | 'licencesOf'>, store: Pick<SessionStore, 'refuse'>, log: Log) {
    this.#licences = licences;
    this.#store = store;
    this.#log = log;
  }

  /**
   * Begins to tell of an error that is such a refusal; of any other nothing. Neither waits nor throws: how long the answer
   * takes must not tell that there is such an account (ASVS 6.3.8).
   */
  begin(error: unknown, { id: attemptId, userId, licenceId: named }: RefusedAttempt, requestId: string): void {
    const code = error instanceof Problem ? codes[error.slug] : undefined;
    if (code === undefined || userId === null) return;
    const work = this.#tell({ attemptId, userId, code, requestId }, named)
      .catch((err: unknown) => this.#log.warn({ err, requestId }, 'a refusal could not be entered into the history'))
      .finally(() => this.#telling.delete(work));
    this.#telling.add(work);
  }

  /** Resolves when nothing is being told. For tests and for shutting down. */
  async settled(): Promise<void> {
    await Promise.all(this.#telling);
  }

  async #tell(refusal: Parameters<SessionStore['refuse']>[1], named: LicenceId | null): Promise<void> {
    const licenceId = await this.#licenceOf(refusal, named);
    if (licenceId !== null) await this.#store.refuse(licenceTag(licenceId), refusal);
  }

  /**
   * The licence that was named, if there is such a one, else the person's only one: nothing is kept for invented ids, and who
   * only guesses passwords enters nothing for a licence the person has nothing to do with.
   */
  async #licenceOf(
    { userId, code }: { readonly userId: UserId; readonly code: OutsideRefusal },
    named: LicenceId | null,
  ): Promise<LicenceId | null> {
    if (named !== null && code === 'NOT_MEMBER') return (await this.#licences.find(named)) === null ? null : named;
    const own = (await this.#licences.licencesOf(userId)).filter(({ id }) => named === null || id === named);
    return own.length === 1 ? (own[0]?.id ?? null) : null;
  }
}
