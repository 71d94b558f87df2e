import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { isUuid, type UserId } from '../kernel/ids.js';
import { anywhere } from '../kernel/text.js';
import { askPostgres } from '../platform/postgres.js';
import { type AuditRow, auditTable } from './audit-table.js';

/** Which lines are asked for. All that is given must hold. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: UserId | undefined;
  readonly targetType?: string | undefined;
  readonly targetId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** What somebody or something the line tells of is called, or a part of it. */
  readonly q?: string | undefined;
}

/** How many people, licences and owners of a name are looked for at most, of each. */
const mostOfAName = 500;

const calledSql = `(SELECT id::text FROM users WHERE email ILIKE $1 OR username ILIKE $1 OR name ILIKE $1 LIMIT ${mostOfAName})
  UNION ALL (SELECT id::text FROM licences WHERE name ILIKE $1 OR serial ILIKE $1 LIMIT ${mostOfAName})
  UNION ALL (SELECT id::text FROM owners WHERE concat_ws(' ', name, surname) ILIKE $1 LIMIT ${mostOfAName})`;

const namesSql = `SELECT id::text, coalesce(name, email) AS name FROM users WHERE id = ANY($1)
  UNION ALL SELECT id::text, name FROM licences WHERE id = ANY($1)
  UNION ALL SELECT id::text, concat_ws(' ', name, surname) FROM owners WHERE id = ANY($1)`;

const isCalled = `(a.actor_id::text = ANY(:ids) OR a.target_id = ANY(:ids) OR a.detail->>'userId' = ANY(:ids)
  OR a.detail->>'licenceId' = ANY(:ids) OR a.actor_email ILIKE :like OR a.detail->>'email' ILIKE :like
  OR a.detail->>'name' ILIKE :like OR (a.target_type = 'role' AND a.target_id ILIKE :like))`;

/** The lines that are asked for, in no order yet. Throws StoreUnavailable. */
export async function auditQuery(dataSource: DataSource, filter: AuditFilter): Promise<SelectQueryBuilder<AuditRow>> {
  const query = dataSource.createQueryBuilder(auditTable, 'a');
  const { action, actorId, targetType, targetId, from, to, q } = filter;
  if (action !== undefined) query.andWhere('a.action = :action', { action });
  if (actorId !== undefined) query.andWhere('a.actorId = :actorId', { actorId });
  if (targetType !== undefined) query.andWhere('a.targetType = :targetType', { targetType });
  if (targetId !== undefined) query.andWhere('a.targetId = :targetId', { targetId });
  if (from !== undefined) query.andWhere('a.at >= :from', { from });
  if (to !== undefined) query.andWhere('a.at < :to', { to });
  if (q === undefined) return query;
  const like = anywhere(q);
  const found = await askPostgres(() => dataSource.query<{ id: string }[]>(calledSql, [like]));
  return query.andWhere(isCalled, { ids: found.map(({ id }) => id), like });
}

/** What the people, licences and owners are called that lines name by id; whoever is gone is not among them. */
export async function auditNames(dataSource: DataSource, rows: readonly AuditRow[]): Promise<Record<string, string>> {
  const ids = [...new Set(rows.flatMap(idsIn))];
  if (ids.length === 0) return {};
  const found = await askPostgres(() => dataSource.query<{ id: string; name: string }[]>(namesSql, [ids]));
  return Object.fromEntries(found.map(({ id, name }) => [id, name]));
}

/** The ids in a line: who did it, what it was done to, and whom the detail names, also as what was before and after. */
export function idsIn({ actorId, targetId, detail }: AuditRow): string[] {
  const sides = Object.values(detail ?? {}).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null ? Object.values(value) : [value],
  );
  return [actorId, targetId, ...sides].filter((value): value is string => typeof value === 'string' && isUuid(value));
}
