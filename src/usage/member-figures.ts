import type { DataSource } from 'typeorm';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { SessionService } from '../sessions/session-service.js';
import { everySession } from './every-session.js';
import { tookSeat } from './hour-figures.js';

/** What members do in a licence. */
export interface MemberFigures {
  /** How many sessions they have in it at this moment; null while that cannot be counted. */
  readonly liveSessions: number | null;
  /** When they last took a seat in it; null when they never did, or that is not kept any more. */
  readonly lastSignInAt: Date | null;
}

/** Tells what members do in their licence. Throws StoreUnavailable when Postgres cannot be asked. */
export class MemberUse {
  readonly #dataSource: DataSource;
  readonly #sessions: Pick<SessionService, 'list'>;

  constructor(dataSource: DataSource, sessions: Pick<SessionService, 'list'>) {
    this.#dataSource = dataSource;
    this.#sessions = sessions;
  }

  /** The figures of these members. */
  async of(licenceId: LicenceId, userIds: readonly UserId[]): Promise<(userId: UserId) => MemberFigures> {
    if (userIds.length === 0) return () => ({ liveSessions: null, lastSignInAt: null });
    const [live, last] = await Promise.all([this.#living(licenceId, userIds), this.#last(licenceId, userIds)]);
    return (userId) => ({
      liveSessions: live === null ? null : (live.get(userId) ?? 0),
      lastSignInAt: last.get(userId) ?? null,
    });
  }

  async #living(licenceId: LicenceId, userIds: readonly UserId[]): Promise<Map<UserId, number> | null> {
    const counts = new Map<UserId, number>();
    try {
      for await (const { userId } of everySession(this.#sessions, { visible: 'everything', licenceId, userIds }))
        counts.set(userId, (counts.get(userId) ?? 0) + 1);
      return counts;
    } catch (error) {
      if (error instanceof StoreUnavailable) return null;
      throw error;
    }
  }

  /** The index of each user's events, latest first, is looked into once a member. */
  async #last(licenceId: LicenceId, userIds: readonly UserId[]): Promise<Map<UserId, Date>> {
    const rows = await askPostgres(() =>
      this.#dataSource.query<{ id: UserId; at: Date }[]>(
        `SELECT one.id, last.at FROM unnest($2::uuid[]) AS one(id)
         CROSS JOIN LATERAL (
           SELECT e.at FROM session_events e
           WHERE e.user_id = one.id AND e.licence_id = $1 AND ${tookSeat('e')}
           ORDER BY e.at DESC LIMIT 1) last`,
        [licenceId, userIds],
      ),
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  }
}
