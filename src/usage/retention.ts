import type { DataSource } from 'typeorm';
import { inTransaction } from '../platform/postgres.js';
import { hourMs, startOf } from './span.js';

const dayMs = 24 * hourMs;
/** Seats beyond the limit are granted on so many days of any 365, which takes their admissions to know. */
const overageDays = 366;
/** How many rows go at once, so that no statement takes long. */
const slice = 5_000;

const eventsSql = `DELETE FROM session_events WHERE id IN (
  SELECT id FROM session_events
  WHERE at < $1 AND (kind <> 'admitted' OR reason IS DISTINCT FROM 'overage' OR at < $2)
  ORDER BY at LIMIT ${slice})`;
const signInsSql = `DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE at < $1 ORDER BY at LIMIT ${slice})`;

/**
 * Takes the events of sessions and the sign-in log away when they are old. Figures of usage stay. Whole months go, so that
 * what is still there of a month is all of it.
 */
export class HistoryRetention {
  readonly #dataSource: DataSource;
  readonly #keepDays: number;

  /** `keepDays` 0: nothing is ever taken away. */
  constructor(dataSource: DataSource, keepDays: number) {
    this.#dataSource = dataSource;
    this.#keepDays = keepDays;
  }

  /** Whether all events since then are still there. */
  isComplete(since: Date, nowMs: number): boolean {
    return since.getTime() >= this.#firstKeptMs(nowMs);
  }

  /** Takes away what is too old, slice by slice, until all of it is gone or `enough`. Answers how many rows. */
  async forget(nowMs: number, enough: () => boolean): Promise<number> {
    const before = this.#firstKeptMs(nowMs);
    if (before === Number.NEGATIVE_INFINITY) return 0;
    const overageBefore = Math.min(before, nowMs - overageDays * dayMs);
    const events = await this.#inSlices(eventsSql, [new Date(before), new Date(overageBefore)], enough);
    return events + (await this.#inSlices(signInsSql, [new Date(before)], enough));
  }

  #firstKeptMs(nowMs: number): number {
    return this.#keepDays === 0 ? Number.NEGATIVE_INFINITY : startOf('month', nowMs - this.#keepDays * dayMs);
  }

  async #inSlices(sql: string, parameters: unknown[], enough: () => boolean): Promise<number> {
    let gone = 0;
    while (!enough()) {
      const [, count] = await inTransaction(this.#dataSource, (tx) => tx.query<[unknown, number]>(sql, parameters));
      gone += count;
      if (count < slice) break;
    }
    return gone;
  }
}
