import type { DataSource } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { askPostgres } from '../platform/postgres.js';
import type { FactorKind } from './factor-table.js';

/** How many wrong answers in a row switch a factor off until it is enrolled anew (NIST SP 800-63B-4, 3.2.2). */
export const mostFailures = 100;
/** From so many on, each wrong answer doubles the wait, from half a minute to a quarter of an hour. */
const freeFailures = 5;
const firstWaitSeconds = 30;
const longestWaitSeconds = 900;

const waitSql = `least(${longestWaitSeconds}, ${firstWaitSeconds} * power(2, least(failures, ${mostFailures}) - ${freeFailures}))`;
const opensAtSql = `failed_at + ${waitSql} * interval '1 second'`;

/** A factor whose answer may be looked at. */
export interface AdmittedFactor {
  readonly id: string;
  readonly sealedSeed: string | null;
}

/**
 * Counts wrong answers by user and kind of factor, in Postgres, where they outlive everything: an answer counts as wrong
 * before it is looked at, so that parallel guesses cannot outrun the count, and a right one forgives (ASVS 6.3.1). There is
 * a wait, and no lock-out: other kinds of factors count for themselves. Passkeys are not counted: nothing can be guessed.
 */
export class FactorThrottle {
  readonly #dataSource: DataSource;
  readonly #clock: Clock;

  constructor(dataSource: DataSource, clock: Clock) {
    this.#dataSource = dataSource;
    this.#clock = clock;
  }

  /**
   * The user's factors of this kind that may be tried now; empty when there are none. Throws `too-many-attempts` when all
   * of them have to wait, or are switched off.
   */
  async admit(userId: UserId, kind: FactorKind): Promise<readonly AdmittedFactor[]> {
    const now = new Date(this.#clock.nowMs());
    const [rows] = await this.#ask<[AdmittedFactor[], number]>(
      `UPDATE factors SET failures = failures + 1, failed_at = $3
       WHERE user_id = $1 AND kind = $2 AND (confirmed_at IS NOT NULL OR kind = 'email') AND failures < ${mostFailures}
         AND (failures < ${freeFailures} OR ${opensAtSql} <= $3)
       RETURNING id, sealed_seed AS "sealedSeed"`,
      [userId, kind, now],
    );
    if (rows.length === 0) await this.#refuse(userId, kind, now);
    return rows;
  }

  /** Takes one of ten tries at a factor that is being enrolled; null when it is not, or all are taken. */
  async admitPending(userId: UserId, id: string, since: Date): Promise<AdmittedFactor | null> {
    const [rows] = await this.#ask<[AdmittedFactor[], number]>(
      `UPDATE factors SET failures = failures + 1 WHERE id = $1 AND user_id = $2 AND kind = 'totp'
         AND confirmed_at IS NULL AND created_at > $3 AND failures < ${2 * freeFailures}
       RETURNING id, sealed_seed AS "sealedSeed"`,
      [id, userId, since],
    );
    return rows[0] ?? null;
  }

  /** Forgives the wrong answers at this kind of factor: a right one came. */
  async forgive(userId: UserId, kind: FactorKind): Promise<void> {
    await this.#ask(
      `UPDATE factors SET failures = 0, failed_at = NULL
      WHERE user_id = $1 AND kind = $2 AND failures < ${mostFailures}`,
      [userId, kind],
    );
  }

  async #refuse(userId: UserId, kind: FactorKind, now: Date): Promise<void> {
    const held = await this.#ask<{ failures: number; opensAt: Date }[]>(
      `SELECT failures, ${opensAtSql} AS "opensAt" FROM factors
       WHERE user_id = $1 AND kind = $2 AND failures >= ${freeFailures} ORDER BY failures LIMIT 1`,
      [userId, kind],
    );
    const [first] = held;
    if (first === undefined) return;
    if (first.failures >= mostFailures) {
      throw new Problem(
        'too-many-attempts',
        { retryAfterSeconds: longestWaitSeconds },
        `After ${mostFailures} wrong codes in a row this factor is switched off. Use another one, or ask staff to remove it, and enrol it anew.`,
      );
    }
    const seconds = Math.max(1, Math.ceil((first.opensAt.getTime() - now.getTime()) / 1000));
    throw new Problem('too-many-attempts', { retryAfterSeconds: seconds });
  }

  #ask<T>(sql: string, values: unknown[]): Promise<T> {
    return askPostgres(() => this.#dataSource.query<T>(sql, values));
  }
}
