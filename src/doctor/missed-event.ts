import type { DataSource } from 'typeorm';
import { askPostgres } from '../platform/postgres.js';
import { licenceOfTag } from '../sessions/session-id.js';
import type { Finding } from './finding.js';

/** An event the history has missed, as the events stream takes it. */
export interface MissedEvent {
  readonly kind: 'admitted' | 'released';
  readonly at: number;
  readonly reason: string;
  readonly used: number;
  readonly message: string;
}

const message = 'added by doctor';
const lastOf = (column: 'licence_id' | 'tag') => `SELECT id, used FROM session_events
  WHERE ${column} = $1 AND at <= $2 AND kind <> 'refused' ORDER BY at DESC, id DESC LIMIT 1`;

/**
 * What the history has missed, at the moment that fits best: an admission when the session was opened, or right before its
 * release; a release when it ended, as far as that is known, else at the end of its longest life or now. Seats in use are
 * what the history tells of that moment, with the missing step made.
 */
export async function missedEvent(
  dataSource: DataSource,
  { kind, tag, facts }: Finding,
  { nowMs, absoluteMs }: { nowMs: number; absoluteMs: number },
): Promise<MissedEvent> {
  const atMs = facts.atMs ?? nowMs;
  if (kind === 'release-missing') {
    const ended = facts.redis ?? Math.min(nowMs, atMs + absoluteMs);
    const last = await lastAt(dataSource, tag, ended);
    const gone = facts.redis === undefined && last?.id !== `${facts.ref}:admitted` ? 0 : 1;
    const used = Math.max(0, (last?.used ?? 0) - gone);
    return { kind: 'released', at: ended, reason: facts.reason ?? 'idle', used, message };
  }
  const at = kind === 'release-without-admission' ? atMs - 1 : atMs;
  const before = await lastAt(dataSource, tag, at);
  const counts = facts.reason ? 0 : 1;
  return { kind: 'admitted', at, reason: facts.reason ?? '', used: (before?.used ?? 0) + counts, message };
}

async function lastAt(dataSource: DataSource, tag: string | null, atMs: number) {
  const sql = lastOf(licenceOfTag(tag ?? '') === null ? 'tag' : 'licence_id');
  const rows = await askPostgres(() =>
    dataSource.query<{ id: string; used: number }[]>(sql, [tag ?? '', new Date(atMs)]),
  );
  return rows[0];
}
