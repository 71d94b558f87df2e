import type { LiveSession } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import type { Reply } from '../kernel/route.js';
import type { IssuedSessionId, SessionIds } from './session-id.js';
import type { Proof, SessionStore } from './store.js';

/** Gives live sessions new secrets, without losing seat, ref or data (ASVS 7.2.4). */
export class Rotation {
  readonly #ids: SessionIds;
  readonly #store: Pick<SessionStore, 'rotate'>;

  constructor(ids: SessionIds, store: Pick<SessionStore, 'rotate'>) {
    this.#ids = ids;
    this.#store = store;
  }

  /**
   * The session's new id, from now on with `proof` if that is given. Throws `session-ended` when it is gone, and
   * StoreUnavailable; then nothing has changed.
   */
  async rotate(session: LiveSession, proof?: Proof): Promise<IssuedSessionId> {
    const next = this.#ids.issue(session.tag, session.handle);
    if (!(await this.#store.rotate(session, next, proof)))
      throw new Problem('session-ended', { reason: 'credentials-changed', resumable: false });
    return next;
  }

  /** What the reply needs so that a browser gets the new cookie; nothing for a bearer, whose token goes into the body. */
  cookieOf({ delivery, csrfSecret }: LiveSession, next: IssuedSessionId): Pick<Reply, 'session'> {
    if (delivery === 'bearer') return {};
    const nothing = () => {};
    return { session: { bind: { id: next.id, delivery, csrfSecret, delivered: nothing, undelivered: nothing } } };
  }
}
