import type { DataSource } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import type { Log } from '../platform/log.js';
import { askPostgres, inTransaction } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { expiryDays, expiryThreshold } from './notice-levels.js';
import type { LicenceNotices } from './notices.js';

/** What the rounds are made of. */
export interface NoticeRoundsParts {
  readonly dataSource: DataSource;
  readonly notices: LicenceNotices;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 60_000;
const dayMs = 86_400_000;

const endingSql = `SELECT id, valid_to AS "validTo" FROM licences l WHERE valid_to > $1 AND valid_to <= $2
  AND NOT EXISTS (SELECT 1 FROM licence_notices n WHERE n.licence_id = l.id AND n.valid_to = l.valid_to
    AND n.kind = 'expiring-' || CASE WHEN l.valid_to <= $3 THEN 1 WHEN l.valid_to <= $4 THEN 7 ELSE 30 END)`;
const renewedSql = `UPDATE licence_notices n SET cleared_at = $1 FROM licences l
  WHERE l.id = n.licence_id AND n.valid_to IS NOT NULL AND n.cleared_at IS NULL AND l.valid_to IS DISTINCT FROM n.valid_to`;
/** Those that may have reached a level because they lost seats, and those that are noticed and may have calmed down. */
const unsettledSql = `SELECT l.id FROM licences l JOIN licence_use u ON u.licence_id = l.id
  WHERE u.used::bigint * 100 >= l.seats::bigint * 80 AND u.used > 0
    OR EXISTS (SELECT 1 FROM licence_notices n WHERE n.licence_id = l.id AND n.cleared_at IS NULL AND n.valid_to IS NULL)`;
const orphansSql = 'DELETE FROM licence_use u WHERE NOT EXISTS (SELECT 1 FROM licences l WHERE l.id = u.licence_id)';

/**
 * Looks every minute for what no session tells: licences near their end, and licences whose seats were changed or whose use
 * has calmed down. What came up while no server ran is noticed at the next round, and only the nearest end of it.
 */
export class NoticeRounds {
  readonly #parts: NoticeRoundsParts;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(parts: NoticeRoundsParts) {
    this.#parts = parts;
  }

  /** Begins with a round at once. */
  start(): void {
    this.#stopped = false;
    this.#again(0);
  }

  /** Stops and waits for the round under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#working;
  }

  /** One round. Throws StoreUnavailable when Postgres cannot be asked; what was not noticed is noticed by the next. */
  async round(): Promise<void> {
    const now = this.#parts.clock.nowMs();
    const at = (ms: number) => new Date(now + ms);
    const far = Math.max(...expiryDays) * dayMs;
    const limits = [at(0), at(far), at(dayMs), at(7 * dayMs)];
    for (const { id, validTo } of await this.#ask<{ id: LicenceId; validTo: Date }[]>(endingSql, limits)) {
      const days = expiryThreshold(validTo.getTime(), now);
      if (days === null) continue;
      await inTransaction(this.#parts.dataSource, (tx) => this.#parts.notices.expires(tx, id, validTo, days));
    }
    await this.#ask(renewedSql, [at(0)]);
    for (const { id } of await this.#ask<{ id: LicenceId }[]>(unsettledSql, [])) {
      await inTransaction(this.#parts.dataSource, (tx) => this.#parts.notices.lookAgain(tx, id));
    }
    await this.#ask(orphansSql, []);
  }

  #again(afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#working = this.round()
        .catch((error: unknown) => {
          if (!(error instanceof StoreUnavailable)) this.#parts.log.error({ err: error }, 'notices: a round failed');
        })
        .finally(() => {
          if (!this.#stopped) this.#again(everyMs);
        });
    }, afterMs);
  }

  #ask<T>(sql: string, parameters: unknown[]): Promise<T> {
    return askPostgres(() => this.#parts.dataSource.query<T>(sql, parameters));
  }
}
