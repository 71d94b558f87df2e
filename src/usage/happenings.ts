import type { DataSource } from 'typeorm';
import { askPostgres } from '../platform/postgres.js';
import type { Between, CountRow } from './hour-counts.js';

const hourOf = 'floor(extract(epoch FROM at) / 3600)::float8 * 3600000';

const signInsSql = `SELECT ${hourOf} AS "startsAtMs", outcome AS name, count(*)::int AS count
  FROM sign_ins WHERE at >= $1 AND at < $2 GROUP BY 1, 2`;

/** Licence by licence, so that the index of refusals is used: other events are many times more. */
const refusalsSql = `SELECT ${hourOf} AS "startsAtMs", coalesce(reason, '') AS name, count(*)::int AS count
  FROM licences l
  CROSS JOIN LATERAL (
    SELECT e.at, e.reason FROM session_events e
    WHERE e.licence_id = l.id AND e.kind = 'refused' AND e.at >= $1 AND e.at < $2 OFFSET 0) refused
  WHERE $3::uuid[] IS NULL OR l.id = ANY($3)
  GROUP BY 1, 2`;

/** How sign-ins ended in that time, by hour. */
export function signInsIn(dataSource: DataSource, { from, until }: Between): Promise<CountRow[]> {
  return askPostgres(() => dataSource.query<CountRow[]>(signInsSql, [from, until]));
}

/** Why people were refused in that time, by hour; in these licences, or in all. */
export function refusalsIn(
  dataSource: DataSource,
  { from, until }: Between,
  licences: readonly string[] | null,
): Promise<CountRow[]> {
  return askPostgres(() => dataSource.query<CountRow[]>(refusalsSql, [from, until, licences]));
}

/** A transaction is over long before ten seconds are, so that no row is written so early and seen so late. */
const lately = "now() - interval '10 seconds'";
const changedSql = `SELECT licence_id AS id FROM licence_use WHERE written_at > ${lately}
  UNION SELECT id FROM licences WHERE updated_at > ${lately}`;

/** The licences whose seats, or limit, may have changed in the last seconds. */
export async function changedLately(dataSource: DataSource): Promise<string[]> {
  const rows = await askPostgres(() => dataSource.query<{ id: string }[]>(changedSql));
  return rows.map(({ id }) => id);
}
