import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import { isUuid, type UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { newestFirst } from '../platform/keyset.js';
import type { Log } from '../platform/log.js';
import { askPostgres, inTransaction } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { type TokenRecordRow, tokenRecordTable } from './token-record-table.js';

/** How often is looked for what is over, and for how long that stays to be seen, in milliseconds. */
const everyMs = 60_000;
const keptMs = 86_400_000;
/** How many rows go at once, so that no statement takes long. */
const slice = 5_000;

const purgeSql = `DELETE FROM token_records WHERE jti IN
  (SELECT jti FROM token_records WHERE expires_at < $1 ORDER BY expires_at LIMIT ${slice} FOR UPDATE SKIP LOCKED)`;
const goodSql = `SELECT r.user_id AS "userId", r.ref, r.once FROM token_records r JOIN users u ON u.id = r.user_id
  WHERE r.jti = $1 AND r.audience = $2 AND r.revoked_at IS NULL AND r.used_at IS NULL AND u.disabled_at IS NULL`;

/** What is known of a token that is good as far as its record goes. */
export type GoodToken = Pick<TokenRecordRow, 'userId' | 'ref' | 'once'>;

/** Which records are listed. */
export interface TokenFilter {
  readonly userId?: UserId | undefined;
  readonly audience?: string | undefined;
}

/**
 * What tokens were issued to whom, and what became of them. A record outlives its token by a day; what is older goes by
 * itself. Methods throw StoreUnavailable when Postgres cannot be asked.
 */
export class TokenRecords {
  readonly #dataSource: DataSource;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<unknown> = Promise.resolve();

  constructor(dataSource: DataSource, clock: Clock, log: Log) {
    this.#dataSource = dataSource;
    this.#clock = clock;
    this.#log = log;
  }

  /** Begins to take away what is over. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#working = this.purge().catch((err: unknown) => {
        if (!(err instanceof StoreUnavailable)) this.#log.error({ err }, 'records of tokens could not be taken away');
      });
    }, everyMs);
  }

  /** Stops after what is under way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#working;
  }

  /** Takes away what has been over for a day. Several processes may do it at once. Answers how many rows. */
  async purge(): Promise<number> {
    let gone = 0;
    for (;;) {
      const before = new Date(this.#clock.nowMs() - keptMs);
      const [, count] = await inTransaction(this.#dataSource, (tx) => tx.query<[unknown, number]>(purgeSql, [before]));
      gone += count;
      if (count < slice) return gone;
    }
  }

  /** Writes down that a token was issued: one insert. */
  async add(row: Omit<TokenRecordRow, 'revokedAt' | 'usedAt'>): Promise<void> {
    const { jti, userId, ref, audience, once, issuedAt, expiresAt } = row;
    await askPostgres(() =>
      this.#dataSource.query(
        `INSERT INTO token_records (jti, user_id, ref, audience, once, issued_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [jti, userId, ref, audience, once, issuedAt, expiresAt],
      ),
    );
  }

  /** A token of this audience that has been neither revoked nor used up, of a user who is not disabled; else null. */
  async good(jti: string, audience: string): Promise<GoodToken | null> {
    if (!isUuid(jti)) return null;
    const rows = await askPostgres(() => this.#dataSource.query<GoodToken[]>(goodSql, [jti, audience]));
    return rows[0] ?? null;
  }

  /** Uses a token up that is good for one call. Of many callers at once, one is told true. */
  async use(jti: string): Promise<boolean> {
    const [, count] = await askPostgres(() =>
      this.#dataSource.query<[unknown, number]>(
        `UPDATE token_records SET used_at = $2
         WHERE jti = $1 AND once AND used_at IS NULL AND revoked_at IS NULL`,
        [jti, new Date(this.#clock.nowMs())],
      ),
    );
    return count === 1;
  }

  /** Revokes a token in the caller's transaction. Its record, or null when it is over already or there is none. */
  async revoke(tx: EntityManager, jti: string, now: Date): Promise<Pick<TokenRecordRow, 'ref' | 'audience'> | null> {
    if (!isUuid(jti)) return null;
    const [rows] = await tx.query<[Pick<TokenRecordRow, 'ref' | 'audience'>[], number]>(
      `UPDATE token_records SET revoked_at = $2
       WHERE jti = $1 AND revoked_at IS NULL AND used_at IS NULL AND expires_at > $2 RETURNING ref, audience`,
      [jti, now],
    );
    return rows[0] ?? null;
  }

  /** A page of records, newest first. Throws `invalid-request` for a cursor that was not made here. */
  async list(filter: TokenFilter, page: PageRequest): Promise<Page<TokenRecordRow>> {
    const query = this.#dataSource.createQueryBuilder(tokenRecordTable, 't');
    if (filter.userId !== undefined) query.andWhere('t.userId = :userId', { userId: filter.userId });
    if (filter.audience !== undefined) query.andWhere('t.audience = :audience', { audience: filter.audience });
    return newestFirst(query, page, { alias: 't', time: 'issuedAt', id: 'jti' });
  }
}
