import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import { randomToken, type UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import { oneTimeTokenTable } from './one-time-token-table.js';

/** What a one-time token is good for. */
export type TokenPurpose = 'set-up';

/**
 * Secrets that may be used once, within a time. They have 256 random bits, so a plain SHA-256 is all that is kept of them
 * (ASVS 6.5.2, 11.5.1).
 */
export class OneTimeTokens {
  readonly #dataSource: DataSource;
  readonly #clock: Clock;

  constructor(dataSource: DataSource, clock: Clock) {
    this.#dataSource = dataSource;
    this.#clock = clock;
  }

  /** A new token. Forgets those whose time is over. */
  async make(tx: EntityManager, purpose: TokenPurpose, lifeMs: number, userId: UserId | null = null): Promise<string> {
    const now = this.#clock.nowMs();
    const token = randomToken(32);
    const [createdAt, expiresAt] = [new Date(now), new Date(now + lifeMs)];
    await tx.query('DELETE FROM one_time_tokens WHERE expires_at < $1', [createdAt]);
    await tx.insert(oneTimeTokenTable, { hash: hashOf(token), purpose, userId, createdAt, expiresAt });
    return token;
  }

  /** Whether the token could be used now. */
  async isGood(purpose: TokenPurpose, token: string): Promise<boolean> {
    const row = await askPostgres(() =>
      this.#dataSource.manager.findOneBy(oneTimeTokenTable, { hash: hashOf(token), purpose }),
    );
    return row !== null && row.expiresAt.getTime() > this.#clock.nowMs();
  }

  /** Uses the token up. False when it is unknown, too old, or used: of two callers at once, one is told true. */
  async use(tx: EntityManager, purpose: TokenPurpose, token: string): Promise<boolean> {
    const [rows] = await tx.query<[unknown[], number]>(
      'DELETE FROM one_time_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING hash',
      [hashOf(token), purpose, new Date(this.#clock.nowMs())],
    );
    return rows.length === 1;
  }

  /** Forgets all tokens of a purpose. */
  async forget(tx: EntityManager, purpose: TokenPurpose): Promise<void> {
    await tx.delete(oneTimeTokenTable, { purpose });
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
