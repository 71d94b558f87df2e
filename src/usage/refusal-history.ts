import type { DataSource } from 'typeorm';
import type { LicenceId } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { askPostgres } from '../platform/postgres.js';
import { isTelling } from './hour-figures.js';

/** One refusal, and whom it met. */
export interface RefusalEntry {
  readonly id: string;
  readonly at: Date;
  readonly reason: string;
  /** Neither followed by another attempt nor by success within two minutes. */
  readonly telling: boolean;
  /** Null when the account is gone, or may not be seen. */
  readonly user: { readonly id: string; readonly email: string; readonly name: string | null } | null;
  readonly used: number;
  readonly limit: number | null;
}

/** Which refusals are told. */
export interface RefusalFilter {
  readonly licenceId: LicenceId;
  readonly from: Date;
  readonly to: Date;
  /** Names only those who are members of the licence. */
  readonly membersOnly: boolean;
}

/** How many refusals a whole list holds at most, and how many of them one statement reads. */
const mostEntries = 50_000;
const entriesAtOnce = 5_000;
/** JavaScript's last moment, in milliseconds. */
const lastMs = 8.64e15;

interface Row {
  id: string;
  at: Date;
  seq: string;
  reason: string | null;
  telling: boolean;
  used: number;
  seat_limit: number | null;
  user_id: string | null;
  email: string | null;
  name: string | null;
}

interface Position {
  readonly at: Date;
  readonly seq: string;
}

/** Tells who was refused by a licence, while the events are kept. Throws StoreUnavailable when Postgres cannot be asked. */
export class RefusalHistory {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** A page of refusals, newest first. Throws `invalid-request` for a cursor that was not made here. */
  async list(filter: RefusalFilter, page: PageRequest): Promise<Page<RefusalEntry>> {
    const rows = await this.#rows(filter, page.limit + 1, page.cursor === null ? null : positionIn(page.cursor));
    const items = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? items.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodeCursor([last.at.getTime(), last.seq]);
    return { items: items.map(entryIn), nextCursor, total: await this.#count(filter) };
  }

  /** All refusals, newest first. Throws `invalid-request` when they are more than 50 000. */
  async all(filter: RefusalFilter): Promise<RefusalEntry[]> {
    const entries: RefusalEntry[] = [];
    let after: Position | null = null;
    for (;;) {
      const rows: Row[] = await this.#rows(filter, entriesAtOnce, after);
      entries.push(...rows.map(entryIn));
      if (entries.length > mostEntries) {
        throw invalid('query:from', `more than ${mostEntries} refusals lie between from and to: ask for less at once`);
      }
      if (rows.length < entriesAtOnce) return entries;
      after = rows.at(-1) ?? null;
    }
  }

  #rows({ licenceId, from, to, membersOnly }: RefusalFilter, limit: number, after: Position | null): Promise<Row[]> {
    return askPostgres(() =>
      this.#dataSource.query<Row[]>(
        `SELECT e.id, e.at, e.seq, e.reason, e.used, e.seat_limit, u.id AS user_id, u.email, u.name,
           ${isTelling('e')} AS telling
         FROM session_events e
         LEFT JOIN users u ON u.id = e.user_id AND (NOT $4 OR EXISTS (
           SELECT 1 FROM members m WHERE m.user_id = u.id AND m.licence_id = e.licence_id))
         WHERE e.licence_id = $1 AND e.kind = 'refused' AND e.at >= $2 AND e.at < $3
           AND ($5::timestamptz IS NULL OR (e.at, e.seq) < ($5, $6::bigint))
         ORDER BY e.at DESC, e.seq DESC LIMIT $7`,
        [licenceId, from, to, membersOnly, after?.at ?? null, after?.seq ?? null, limit],
      ),
    );
  }

  async #count({ licenceId, from, to }: RefusalFilter): Promise<number> {
    const [row] = await askPostgres(() =>
      this.#dataSource.query<{ count: number }[]>(
        `SELECT count(*)::int AS count FROM session_events
         WHERE licence_id = $1 AND kind = 'refused' AND at >= $2 AND at < $3`,
        [licenceId, from, to],
      ),
    );
    return row?.count ?? 0;
  }
}

function positionIn(cursor: string): Position {
  const [ms, seq] = decodeCursor(cursor, ['number', 'string']);
  if (Number(ms) >= 0 && Number(ms) <= lastMs && /^\d{1,18}$/.test(String(seq))) {
    return { at: new Date(Number(ms)), seq: String(seq) };
  }
  throw invalid('query:cursor', 'must be the nextCursor of an earlier answer');
}

function entryIn(row: Row): RefusalEntry {
  const { id, at, telling, used, seat_limit: limit, name } = row;
  const user = row.user_id === null || row.email === null ? null : { id: row.user_id, email: row.email, name };
  return { id, at, reason: row.reason ?? '', telling, user, used, limit };
}
