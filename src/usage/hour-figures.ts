import type { EntityManager } from 'typeorm';
import type { LicenceId } from '../kernel/ids.js';
import { hourMs } from './span.js';

/** A refusal is not told as a true one when the same person tries again, or gets in, within so many milliseconds. */
export const foldMs = 120_000;

const yearMs = 365 * 24 * hourMs;

/** How many refusals there were, and how many of them were true ones. */
export interface Refusals {
  readonly all: number;
  readonly telling: number;
}

/** How full a licence is: seats in use, and the limit where it is known. */
export interface Level {
  readonly used: number;
  readonly limit: number | null;
}

/** What happened in an hour, from its first event on. */
export interface HourFigures {
  readonly startsAtMs: number;
  readonly firstAtMs: number;
  readonly peak: number;
  readonly seatMs: number;
  readonly fullMs: number;
  readonly people: number;
  readonly admissions: number;
  /** By reason code. */
  readonly refusals: ReadonlyMap<string, Refusals>;
  /** After the last event. */
  readonly last: Level;
}

/** Whether no seat is free. */
export function isFull({ used, limit }: Level): boolean {
  return limit !== null && used >= limit;
}

/** SQL: whether the event `alias` let somebody take a seat. Sessions that count for nothing do not. */
export function tookSeat(alias: string): string {
  return `(${alias}.kind = 'admitted' AND (${alias}.reason IS NULL OR ${alias}.reason = 'overage'))`;
}

/**
 * SQL: whether the refusal `alias` is a true one: the same person neither got into the licence nor tried again within two
 * minutes. Of a row of refusals that leaves the last, and none when it ended well.
 */
export function isTelling(alias: string): string {
  return `NOT EXISTS (SELECT 1 FROM session_events later
    WHERE later.user_id = ${alias}.user_id AND later.licence_id = ${alias}.licence_id
      AND later.kind IN ('admitted', 'refused')
      AND later.at BETWEEN ${alias}.at AND ${alias}.at + interval '${foldMs} milliseconds'
      AND (later.at, later.seq) > (${alias}.at, ${alias}.seq))`;
}

/**
 * The figures of the hours $2 of the licence $1, from its events. Columns as in `usage_hours`. OFFSET 0 has Postgres look into
 * the index hour by hour, also where it does not know yet how many events there are.
 */
const figuresSql = `
  WITH event AS (
    SELECT hour, e.licence_id, e.kind, e.reason, e.user_id, e.at, e.seq, e.used, e.seat_limit,
      extract(epoch FROM coalesce(lead(e.at) OVER follows, hour + interval '1 hour') - e.at) * 1000 AS lasts,
      lead(e.at) OVER follows IS NULL AS is_last
    FROM unnest($2::timestamptz[]) AS hour
    CROSS JOIN LATERAL (
      SELECT * FROM session_events
      WHERE licence_id = $1 AND at >= hour AND at < hour + interval '1 hour'
      OFFSET 0) e
    WINDOW follows AS (PARTITION BY hour ORDER BY e.at, e.seq)
  ), refusal AS (
    SELECT hour, coalesce(event.reason, '') AS reason, count(*) AS "all", count(*) FILTER (WHERE ${isTelling('event')}) AS telling
    FROM event WHERE event.kind = 'refused'
    GROUP BY 1, 2
  ), refusals AS (
    SELECT hour, jsonb_object_agg(reason, jsonb_build_array("all", telling)) AS refusals FROM refusal GROUP BY 1
  )
  SELECT $1::uuid AS licence_id, hour AS starts_at, min(at) AS first_at, max(used) AS peak,
    sum(used * lasts)::bigint AS seat_ms,
    coalesce(sum(lasts) FILTER (WHERE used >= seat_limit), 0)::bigint AS full_ms,
    (count(DISTINCT user_id) FILTER (WHERE ${tookSeat('event')}))::int AS people,
    (count(*) FILTER (WHERE ${tookSeat('event')}))::int AS admissions,
    coalesce(refusals.refusals, '{}') AS refusals,
    max(used) FILTER (WHERE is_last) AS last_used,
    max(seat_limit) FILTER (WHERE is_last) AS last_limit
  FROM event LEFT JOIN refusals USING (hour)
  GROUP BY hour, refusals.refusals`;

const addSql = `INSERT INTO usage_hours ${figuresSql} ON CONFLICT (licence_id, starts_at) DO`;
const replaceSql = `${addSql} UPDATE SET first_at = excluded.first_at, peak = excluded.peak,
    seat_ms = excluded.seat_ms, full_ms = excluded.full_ms, people = excluded.people, admissions = excluded.admissions,
    refusals = excluded.refusals, last_used = excluded.last_used, last_limit = excluded.last_limit`;

/** The figures of these hours of a licence, from its events, in order; hours without events are left out. */
export async function figureHours(
  tx: EntityManager,
  licenceId: LicenceId,
  hours: readonly Date[],
): Promise<HourFigures[]> {
  if (hours.length === 0) return [];
  const rows = await tx.query<HourRow[]>(`${figuresSql} ORDER BY hour`, [licenceId, hours]);
  return rows.map(figuresIn);
}

/** Stores the figures of these hours of a licence, from its events; `replace`: also where there are figures already. */
export async function storeHours(
  tx: EntityManager,
  licenceId: LicenceId,
  hours: readonly Date[],
  replace: boolean,
): Promise<void> {
  if (hours.length > 0) await tx.query(replace ? replaceSql : `${addSql} NOTHING`, [licenceId, hours]);
}

/** The stored figures of a licence's hours from `from` until before `to`, in order. Year by year: decades are much at once. */
export async function storedHours(
  tx: EntityManager,
  licenceId: LicenceId,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<HourFigures[]> {
  const hours: HourFigures[] = [];
  for (let ms = fromMs; ms < toMs; ms += yearMs) {
    const rows = await tx.query<HourRow[]>(
      'SELECT * FROM usage_hours WHERE licence_id = $1 AND starts_at >= $2 AND starts_at < $3 ORDER BY starts_at',
      [licenceId, new Date(ms), new Date(Math.min(toMs, ms + yearMs))],
    );
    for (const row of rows) hours.push(figuresIn(row));
  }
  return hours;
}

/** When the hour of these figures is over. */
export function endOfHour({ startsAtMs }: HourFigures): number {
  return startsAtMs + hourMs;
}

interface HourRow {
  starts_at: Date;
  first_at: Date;
  peak: number;
  seat_ms: string;
  full_ms: string;
  people: number;
  admissions: number;
  refusals: Record<string, [number, number]>;
  last_used: number;
  last_limit: number | null;
}

function figuresIn(row: HourRow): HourFigures {
  return {
    startsAtMs: row.starts_at.getTime(),
    firstAtMs: row.first_at.getTime(),
    peak: row.peak,
    seatMs: Number(row.seat_ms),
    fullMs: Number(row.full_ms),
    people: row.people,
    admissions: row.admissions,
    refusals: new Map(Object.entries(row.refusals).map(([code, [all, telling]]) => [code, { all, telling }])),
    last: { used: row.last_used, limit: row.last_limit },
  };
}
