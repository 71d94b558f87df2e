import type { DataSource } from 'typeorm';
import { bySystem } from '../audit/audit-log.js';
import type { Changes } from '../audit/changes.js';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import type { Log } from '../platform/log.js';
import { askPostgres } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { AccountEndings } from './account-endings.js';
import type { UserRepository } from './user-repository.js';

/** What Departures are made of. */
export interface DeparturesParts {
  readonly dataSource: DataSource;
  readonly changes: Changes;
  readonly users: Pick<UserRepository, 'lock'>;
  readonly endings: Pick<AccountEndings, 'erase'>;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 60_000;
const atOnce = 100;
const dueSql = `SELECT id FROM users WHERE deletes_at <= $1 ORDER BY deletes_at LIMIT ${atOnce}`;

/**
 * Removes the accounts that were given up when their time of grace is over, looking every minute. Several processes may do
 * it: each account is removed once, and one that was kept meanwhile stays.
 */
export class Departures {
  readonly #parts: DeparturesParts;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(parts: DeparturesParts) {
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

  /** One round: how many accounts were removed. Throws StoreUnavailable; what was not removed is by the next. */
  async round(): Promise<number> {
    const { dataSource, clock } = this.#parts;
    const due = await askPostgres(() => dataSource.query<{ id: UserId }[]>(dueSql, [new Date(clock.nowMs())]));
    let removed = 0;
    for (const { id } of due) if (await this.#remove(id)) removed += 1;
    return removed;
  }

  async #remove(id: UserId): Promise<boolean> {
    const { changes, users, endings } = this.#parts;
    const changed = await changes.make(bySystem, async (change) => {
      const user = await users.lock(change.tx, id);
      if (user?.deletesAt == null || user.deletesAt.getTime() > change.now.getTime()) return false;
      await endings.erase(change, user);
      return true;
    });
    return changed.result;
  }

  #again(afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#working = this.round()
        .then(() => {})
        .catch((error: unknown) => {
          if (!(error instanceof StoreUnavailable)) this.#parts.log.error({ err: error }, 'departures: a round failed');
        })
        .finally(() => {
          if (!this.#stopped) this.#again(everyMs);
        });
    }, afterMs);
  }
}
