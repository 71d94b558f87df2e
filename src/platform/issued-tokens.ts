import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import { isUuid, newId, randomToken, type UserId } from '../kernel/ids.js';
import type { Json } from './outbox-table.js';
import { askPostgres } from './postgres.js';

/** What secrets are issued for. */
export type TokenPurpose =
  | 'set-up'
  | 'invitation'
  | 'registration'
  | 'verify-email'
  | 'change-email'
  | 'reset'
  | 'not-me'
  | 'keep-account'
  | 'challenge'
  | 'ticket'
  | 'passkey'
  | 'remembered';

/** A secret that was issued, as the server knows it. */
export interface IssuedToken<Data> {
  readonly id: string;
  readonly userId: UserId | null;
  readonly data: Data;
  readonly tries: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** When the secret was last replaced by another; null: never. */
  readonly rotatedAt: Date | null;
}

/** What a new secret is for. */
export interface Issuing<Data> {
  readonly userId: UserId | null;
  readonly data: Data;
  /** Instead of the life of its kind. */
  readonly lifeMs?: number;
}

/** What was issued: the secret, the id it is known by, and when it is over. */
export interface Issued {
  readonly id: string;
  readonly secret: string;
  readonly expiresAt: Date;
}

/** What became of a secret that was shown to be replaced. */
export type Rotation<Data> =
  | { readonly kind: 'rotated'; readonly token: IssuedToken<Data>; readonly secret: string }
  /** The secret was replaced a moment ago: an honest parallel request shows it. Nothing was changed. */
  | { readonly kind: 'just-replaced'; readonly token: IssuedToken<Data> }
  /** The secret was replaced long ago: it is in two hands, and has been revoked. */
  | { readonly kind: 'reused'; readonly token: IssuedToken<Data> }
  | { readonly kind: 'unknown' };

/** What one kind of secret is made of: its purpose and its life in milliseconds. */
export interface IssuedTokensParts {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly purpose: TokenPurpose;
  readonly lifeMs: number;
}

const good = 'used_at IS NULL AND revoked_at IS NULL';
const columns = `id, user_id AS "userId", data, tries, created_at AS "createdAt", expires_at AS "expiresAt",
  rotated_at AS "rotatedAt"`;
/** What is over stays for a day, so that it can be told what became of it. */
const keptMs = 86_400_000;
const insertSql = `INSERT INTO issued_tokens (purpose, created_at, id, user_id, hash, data, expires_at)
  SELECT $1::text, $2::timestamptz, u.* FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::timestamptz[]) u`;
const purgeSql = `DELETE FROM issued_tokens WHERE id IN
  (SELECT id FROM issued_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)`;

/**
 * The one way to secrets that are issued for later use, one instance for each purpose: 256 random bits, of which a SHA-256
 * is kept (ASVS 6.5.2, 6.5.3, 11.5.1); good once, or rotating; for a time; revocable; listed by user. What is over is
 * removed by the next that is issued. `tx` null: a transaction of its own. Every method throws StoreUnavailable when
 * Postgres cannot be asked.
 */
export class IssuedTokens<Data extends Json> {
  readonly #parts: IssuedTokensParts;

  constructor(parts: IssuedTokensParts) {
    this.#parts = parts;
  }

  /** A new secret, the id it is known by, and when it is over. */
  async issue(tx: EntityManager | null, given: Issuing<Data>): Promise<Issued> {
    const [issued] = await this.issueMany(tx, [given]);
    if (issued === undefined) throw new Error('nothing was issued');
    return issued;
  }

  /** A new secret for each, in this order. */
  async issueMany(tx: EntityManager | null, given: readonly Issuing<Data>[]): Promise<Issued[]> {
    const now = this.#parts.clock.nowMs();
    const issued = given.map(({ lifeMs = this.#parts.lifeMs }): Issued => {
      return { id: newId(), secret: randomToken(32), expiresAt: new Date(now + lifeMs) };
    });
    await this.#ask(tx, purgeSql, [new Date(now - keptMs)]);
    await this.#ask(tx, insertSql, [
      this.#parts.purpose,
      new Date(now),
      issued.map(({ id }) => id),
      given.map(({ userId }) => userId),
      issued.map(({ secret }) => hashOf(secret)),
      given.map(({ data }) => JSON.stringify(data)),
      issued.map(({ expiresAt }) => expiresAt),
    ]);
    return issued;
  }

  /** What the secret is good for now; null when it is unknown, used, revoked or too old. */
  find(secret: string, tx: EntityManager | null = null): Promise<IssuedToken<Data> | null> {
    return this.#one(tx, `SELECT ${columns} FROM issued_tokens WHERE ${this.#shown}`, [...this.#about(secret)]);
  }

  /** Uses the secret up. Null as `find`: of many callers at once, one is given it. */
  use(tx: EntityManager | null, secret: string): Promise<IssuedToken<Data> | null> {
    return this.#one(tx, `UPDATE issued_tokens SET used_at = $4 WHERE ${this.#shown} RETURNING ${columns}`, [
      ...this.#about(secret),
      this.#now,
    ]);
  }

  /** Makes a secret good again that was used for what then could not be done. */
  async giveBack(tx: EntityManager | null, id: string): Promise<void> {
    await this.#ask(tx, 'UPDATE issued_tokens SET used_at = NULL WHERE id = $1 AND purpose = $2', [
      id,
      this.#parts.purpose,
    ]);
  }

  /**
   * Takes one of the `limit` tries at a code that goes with the secret, before the code is looked at, so that parallel
   * guesses cannot outrun the count. Null as `find`, and when all tries are taken.
   */
  takeTry(secret: string, limit: number): Promise<IssuedToken<Data> | null> {
    return this.#one(
      null,
      `UPDATE issued_tokens SET tries = tries + 1 WHERE ${this.#shown} AND tries < $4 RETURNING ${columns}`,
      [...this.#about(secret), limit],
    );
  }

  /** Replaces what a good token is for; `tries` begins anew where `anew`. False when it is not good any more. */
  async change(tx: EntityManager | null, id: string, data: Data, anew = false): Promise<boolean> {
    const [rows] = await this.#ask<[unknown[], number]>(
      tx,
      `UPDATE issued_tokens SET data = $3, tries = CASE WHEN $4 THEN 0 ELSE tries END
       WHERE id = $1 AND purpose = $2 AND ${good} RETURNING id`,
      [id, this.#parts.purpose, JSON.stringify(data), anew],
    );
    return rows.length === 1;
  }

  /** Revokes one of a user's; false when there is none that is good. */
  async revokeOne(tx: EntityManager | null, userId: UserId, id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    return (await this.#revoke(tx, 'user_id = $3 AND id = $4', [userId, id])) > 0;
  }

  /** Revokes all of a user but `except`, an id. How many there were. */
  revokeAll(tx: EntityManager | null, userId: UserId, except: string | null = null): Promise<number> {
    return this.#revoke(tx, 'user_id = $3 AND ($4::uuid IS NULL OR id <> $4)', [userId, except]);
  }

  /** Revokes all of this purpose. */
  forget(tx: EntityManager | null): Promise<number> {
    return this.#revoke(tx, 'true', []);
  }

  /** A user's that are good now, newest first, at most 200. */
  list(userId: UserId, tx: EntityManager | null = null): Promise<IssuedToken<Data>[]> {
    return this.#ask(
      tx,
      `SELECT ${columns} FROM issued_tokens WHERE user_id = $1 AND purpose = $2 AND expires_at > $3 AND ${good}
       ORDER BY created_at DESC, id LIMIT 200`,
      [userId, this.#parts.purpose, this.#now],
    );
  }

  /** Those of many users that are good now, held until the end of the transaction. */
  lockOf(tx: EntityManager, users: readonly UserId[]): Promise<IssuedToken<Data>[]> {
    return this.#ask(
      tx,
      `SELECT ${columns} FROM issued_tokens WHERE user_id = ANY($1::uuid[]) AND purpose = $2 AND expires_at > $3
       AND ${good} ORDER BY id FOR UPDATE`,
      [users, this.#parts.purpose, this.#now],
    );
  }

  /** How many were issued to a user since then, good or not: for limits. */
  async countSince(userId: UserId, since: Date, tx: EntityManager | null = null): Promise<number> {
    const [row] = await this.#ask<{ count: number }[]>(
      tx,
      'SELECT count(*)::int AS count FROM issued_tokens WHERE user_id = $1 AND purpose = $2 AND created_at >= $3',
      [userId, this.#parts.purpose, since],
    );
    return row?.count ?? 0;
  }

  /**
   * Replaces the secret of a token that is named by its id: the id stays, the life begins anew. For `graceMs` the secret
   * before may still be shown by requests that were under way (they get no new one); after that, showing it revokes the
   * token, since it is in two hands.
   */
  async rotate(id: string, secret: string, graceMs: number, tx: EntityManager): Promise<Rotation<Data>> {
    const { purpose, lifeMs } = this.#parts;
    if (!isUuid(id)) return { kind: 'unknown' };
    // Held for all that follows: a secret that `takeBack` made good again in between would pass for a stolen one.
    await this.#ask(tx, 'SELECT id FROM issued_tokens WHERE id = $1 AND purpose = $2 FOR UPDATE', [id, purpose]);
    const [now, next] = [this.#now, randomToken(32)];
    const rotated = await this.#one(
      tx,
      `UPDATE issued_tokens SET previous_hash = hash, hash = $4, rotated_at = $5, expires_at = $6
       WHERE id = $1 AND purpose = $2 AND hash = $3 AND expires_at > $5 AND ${good} RETURNING ${columns}`,
      [id, purpose, hashOf(secret), hashOf(next), now, new Date(now.getTime() + lifeMs)],
    );
    if (rotated !== null) return { kind: 'rotated', token: rotated, secret: next };
    const since = new Date(now.getTime() - graceMs);
    const replaced = await this.#one(
      tx,
      `SELECT ${columns} FROM issued_tokens WHERE id = $1 AND purpose = $2 AND previous_hash = $3
       AND rotated_at > $4 AND expires_at > $5 AND ${good}`,
      [id, purpose, hashOf(secret), since, now],
    );
    if (replaced !== null) return { kind: 'just-replaced', token: replaced };
    return this.#reused(tx, id, now);
  }

  /** Undoes a rotation whose new secret was given to nobody, so that the one before is good again. */
  async takeBack(id: string, secret: string): Promise<void> {
    await this.#ask(
      null,
      `UPDATE issued_tokens SET hash = previous_hash, previous_hash = NULL
       WHERE id = $1 AND hash = $2 AND previous_hash IS NOT NULL`,
      [id, hashOf(secret)],
    );
  }

  /** Whoever knows the id had a cookie of it once: any other secret than the present one is an old one, or a guess. */
  async #reused(tx: EntityManager | null, id: string, now: Date): Promise<Rotation<Data>> {
    const stolen = await this.#one(
      tx,
      `UPDATE issued_tokens SET revoked_at = $3 WHERE id = $1 AND purpose = $2 AND expires_at > $3 AND ${good}
       RETURNING ${columns}`,
      [id, this.#parts.purpose, now],
    );
    return stolen === null ? { kind: 'unknown' } : { kind: 'reused', token: stolen };
  }

  readonly #shown = `hash = $1 AND purpose = $2 AND expires_at > $3 AND ${good}`;

  #about(secret: string): [string, TokenPurpose, Date] {
    return [hashOf(secret), this.#parts.purpose, this.#now];
  }

  get #now(): Date {
    return new Date(this.#parts.clock.nowMs());
  }

  async #revoke(tx: EntityManager | null, which: string, values: readonly unknown[]): Promise<number> {
    const [, count] = await this.#ask<[unknown[], number]>(
      tx,
      `UPDATE issued_tokens SET revoked_at = $1 WHERE purpose = $2 AND ${good} AND ${which}`,
      [this.#now, this.#parts.purpose, ...values],
    );
    return count;
  }

  async #one(tx: EntityManager | null, sql: string, values: readonly unknown[]): Promise<IssuedToken<Data> | null> {
    const answer = await this.#ask<unknown[]>(tx, sql, values);
    const rows = (sql.startsWith('UPDATE') ? answer[0] : answer) as IssuedToken<Data>[];
    return rows[0] ?? null;
  }

  #ask<Answer>(tx: EntityManager | null, sql: string, values: readonly unknown[]): Promise<Answer> {
    const on = tx ?? this.#parts.dataSource.manager;
    return tx === null ? askPostgres(() => on.query<Answer>(sql, [...values])) : on.query<Answer>(sql, [...values]);
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
