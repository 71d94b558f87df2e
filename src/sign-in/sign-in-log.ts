import type { DataSource } from 'typeorm';
import { systemClock } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { Pace } from '../kernel/pace.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { newestFirst } from '../platform/keyset.js';
import type { Log } from '../platform/log.js';
import { type SignInRow, signInTable } from './sign-in-table.js';
import { networkOf } from './throttle.js';

/** How many rows one statement inserts at most, and how many may wait in memory before further ones are given up. */
const batchRows = 500;
const waitingRows = 20_000;
/** How many attempts that name nobody are entered in a minute from one address: they cost whoever makes them nothing. */
const nobodiesPerMinute = 60;

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
  readonly #nobodies: Pace;
  readonly #waiting: SignInEntry[] = [];
  #taken = 0;
  #done = 0;
  #batch: Promise<void> | null = null;

  constructor(dataSource: DataSource, log: Log, nobodies = new Pace(systemClock, nobodiesPerMinute)) {
    this.#dataSource = dataSource;
    this.#log = log;
    this.#nobodies = nobodies;
  }

  /**
   * Writes an entry soon, together with those that came meanwhile, so that a flood of attempts holds one connection. Neither
   * waits nor throws: what cannot be written is said in the server's log. Of attempts that name nobody the first of a
   * minute are entered; the metrics count them all.
   */
  record(entry: SignInEntry): void {
    if (entry.userId === null && this.#nobodies.take(networkOf(entry.address)) !== null) return;
    if (this.#waiting.length >= waitingRows) {
      this.#log.error(
        { attempt: entry.id, outcome: entry.outcome },
        'the sign-in log cannot keep up, an entry is lost',
      );
      return;
    }
    this.#waiting.push(entry);
    this.#taken += 1;
    this.#batch ??= this.#write();
  }

  /** Resolves when everything recorded so far is written, or given up; not what is recorded meanwhile. */
  async settled(): Promise<void> {
    const last = this.#taken;
    while (this.#done < last && this.#batch !== null) await this.#batch;
  }

  /** A page of the log, newest first. Throws `invalid-request` for a cursor that was not made here. */
  async list(filter: SignInFilter, page: PageRequest): Promise<Page<SignInEntry>> {
    const query = this.#dataSource.createQueryBuilder(signInTable, 's');
    if (filter.userId !== undefined) query.andWhere('s.userId = :userId', { userId: filter.userId });
    if (filter.licenceId !== undefined) query.andWhere('s.licenceId = :licenceId', { licenceId: filter.licenceId });
    if (filter.from !== undefined) query.andWhere('s.at >= :from', { from: filter.from });
    if (filter.to !== undefined) query.andWhere('s.at < :to', { to: filter.to });
    const { items, ...rest } = await newestFirst(query, page, { alias: 's', time: 'at', id: 'id' });
    return { items: items.map(entryOf), ...rest };
  }

  /** Writes one batch, oldest first, and begins the next. */
  async #write(): Promise<void> {
    const batch = this.#waiting.splice(0, batchRows);
    try {
      await this.#dataSource.getRepository(signInTable).insert(batch.map(rowOf));
    } catch (err) {
      this.#log.error({ err, entries: batch.length }, 'entries of the sign-in log could not be written');
    }
    this.#done += batch.length;
    this.#batch = this.#waiting.length > 0 ? this.#write() : null;
  }
}

function rowOf({ atMs, ...entry }: SignInEntry): SignInRow {
  return { ...entry, at: new Date(atMs) };
}

function entryOf({ at, ...row }: SignInRow): SignInEntry {
  return { ...row, atMs: at.getTime() };
}
