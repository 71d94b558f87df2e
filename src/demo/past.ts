import type { DataSource, EntityManager } from 'typeorm';
import { inTransaction } from '../platform/postgres.js';
import { usageMarks } from '../usage/usage-marks.js';
import type { Attempt, Week } from './week.js';

const atOnce = 500;

const eventsSql = `INSERT INTO session_events
    (id, kind, tag, licence_id, ref, user_id, at, reason, used, seat_limit)
  SELECT id, kind, tag, "licenceId", ref, "userId", to_timestamp("atMs" / 1000.0), reason, used, "limit"
  FROM jsonb_to_recordset($1::jsonb) AS event(id text, kind text, tag text, "licenceId" uuid, ref text, "userId" uuid,
    "atMs" bigint, reason text, used int, "limit" int)
  ORDER BY "atMs" ON CONFLICT (id) DO NOTHING`;

const attemptsSql = `INSERT INTO sign_ins (id, at, user_id, licence_id, address, user_agent, outcome, ref)
  SELECT id, to_timestamp("atMs" / 1000.0), "userId", "licenceId", client ->> 'address', client ->> 'userAgent', outcome, ref
  FROM jsonb_to_recordset($1::jsonb) AS attempt(id uuid, "atMs" bigint, "userId" uuid, "licenceId" uuid, client jsonb,
    outcome text, ref text)`;

/** Writes weeks that nobody has lived into the history and into the sign-in log, all or nothing. */
export async function writePast(dataSource: DataSource, weeks: readonly Week[]): Promise<void> {
  await inTransaction(dataSource, async (tx) => {
    const events = weeks.flatMap((week) => week.events);
    for (const some of slices(events)) await tx.query(eventsSql, [JSON.stringify(some)]);
    await usageMarks.brought(tx, events);
    await writeAttempts(
      tx,
      weeks.flatMap((week) => week.attempts),
    );
  });
}

/** Writes into the sign-in log. */
export async function writeAttempts(tx: EntityManager, attempts: readonly Attempt[]): Promise<void> {
  for (const some of slices(attempts)) await tx.query(attemptsSql, [JSON.stringify(some)]);
}

function slices<One>(all: readonly One[]): One[][] {
  return Array.from({ length: Math.ceil(all.length / atOnce) }, (_, i) => all.slice(i * atOnce, (i + 1) * atOnce));
}
