import type { DataSource } from 'typeorm';
import { isUuid, type LicenceId, type UserId } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import type { Log } from '../platform/log.js';
import { askPostgres } from '../platform/postgres.js';
import { type SignInRow, signInTable } from './sign-in-table.js';

/** How many rows one statement inserts at most, and how many may wait in memory before further ones are given up. */
const batchRows = 500;
const waitingRows = 20_000;

/** One attempt to sign in, and how it ended. */
export interface SignInEntry {
  readonly id: string;
  readonly atMs: number;
  readonly userId: UserId | null;
  readonly licenceId: LicenceId | null;
  readonly address: string;
  readonly userAgent: string;
  readonly outcome: string;
  readonly ref: string | null;
}

/** Which attempts are listed; `from` is included, `to` is not. */
export interface SignInFilter {
  readonly userId?: UserId | undefined;
  readonly licenceId?: LicenceId | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Who signed in or tried to, when, from where, and how it ended. Kept in Postgres, written behind the answer. */
export class SignInLog {
  readonly #dataSource: DataSource;
  readonly #log: Log;
  readonly #waiting: SignInEntry[] = [];
  #writing: Promise<void> | null = null;

  constructor(dataSource: DataSource, log: Log) {
    this.#dataSource = dataSource;
    this.#log = log;
  }

  /**
   * Writes an entry soon, together with those that came meanwhile, so that a flood of attempts holds one connection. Neither
   * waits nor throws: what cannot be written is said in the server's log.
   */
  record(entry: SignInEntry): void {
    if (this.#waiting.length >= waitingRows) {
      this.#log.error(
        { attempt: entry.id, outcome: entry.outcome },
        'the sign-in log cannot keep up, an entry is lost',
      );
      return;
    }
    this.#waiting.push(entry);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when everything recorded so far is written, or given up. For tests and for shutting down. */
  async settled(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  /** A page of the log, newest first. Throws `invalid-request` for a cursor that was not made here. */
  async list(filter: SignInFilter, page: PageRequest): Promise<Page<SignInEntry>> {
    return askPostgres(async () => {
      const query = this.#dataSource.getRepository(signInTable).createQueryBuilder('s');
      if (filter.userId !== undefined) query.andWhere('s.userId = :userId', { userId: filter.userId });
      if (filter.licenceId !== undefined) query.andWhere('s.licenceId = :licenceId', { licenceId: filter.licenceId });
      if (filter.from !== undefined) query.andWhere('s.at >= :from', { from: filter.from });
      if (filter.to !== undefined) query.andWhere('s.at < :to', { to: filter.to });
      const total = await query.clone().getCount();
      if (page.cursor !== null) {
        query.andWhere('(s.at, s.id) < (:at, :id)', positionIn(page.cursor));
      }
      const rows = await query
        .orderBy('s.at', 'DESC')
        .addOrderBy('s.id', 'DESC')
        .take(page.limit + 1)
        .getMany();
      const items = rows.slice(0, page.limit).map(entryOf);
      const last = items.at(-1);
      const more = rows.length > page.limit && last !== undefined;
      return { items, nextCursor: more ? encodeCursor([last.atMs, last.id]) : null, total };
    });
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchRows);
      try {
        await this.#dataSource.getRepository(signInTable).insert(batch.map(rowOf));
      } catch (err) {
        this.#log.error({ err, entries: batch.length }, 'entries of the sign-in log could not be written');
      }
    }
  }
}

function positionIn(cursor: string): { at: Date; id: string } {
  const [atMs, id] = decodeCursor(cursor, ['number', 'string']);
  const at = new Date(Number(atMs));
  if (!(at.getTime() >= 0) || typeof id !== 'string' || !isUuid(id)) {
    throw invalid('query:cursor', 'must be the nextCursor of an earlier answer');
  }
  return { at, id };
}

function rowOf({ atMs, ...entry }: SignInEntry): SignInRow {
  return { ...entry, at: new Date(atMs) };
}

function entryOf({ at, ...row }: SignInRow): SignInEntry {
  return { ...row, atMs: at.getTime() };
}
