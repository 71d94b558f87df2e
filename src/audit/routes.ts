import { z } from 'zod';
import { isoTime } from '../kernel/clock.js';
import { type CsvCell, csvType, linesOf, wantsCsv } from '../kernel/csv.js';
import type { UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, isoInstant, line, searchText } from '../kernel/text.js';
import { type AuditLog, auditActions } from './audit-log.js';
import { type AuditFilter, idsIn } from './audit-search.js';
import type { AuditRow } from './audit-table.js';

const name = z.string().nullable();
const auditView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  action: z.enum(auditActions),
  actor: z.object({
    kind: z.enum(['person', 'system', 'anonymous']),
    id: z.string().nullable(),
    /** The address at that time. */
    email: z.string().nullable(),
    /** What the person is called now; null: the account is gone. */
    name,
  }),
  target: z.object({ type: z.string(), id: z.string(), name }),
  /** What those are called now whom `detail` names by id. */
  names: z.record(z.string(), z.string()),
  detail: z.record(z.string(), z.unknown()).nullable(),
  requestId: z.string().nullable(),
  ip: z.string().nullable(),
});

/** How many lines are exported at most. */
const mostExported = 50_000;
const columns = [
  'at',
  'action',
  'actorKind',
  'actorId',
  'actor',
  'targetType',
  'targetId',
  'target',
  'detail',
  'ip',
  'requestId',
];

/** `GET /admin/api/audit`, and the actions it can be narrowed to. */
export function auditRoutes(log: AuditLog, atMost = mostExported): Route<'audit.read'>[] {
  return [list(log, atMost), actions()];
}

function list(log: AuditLog, atMost: number) {
  return route({
    method: 'GET',
    path: '/admin/api/audit',
    permission: 'audit.read',
    summary: `Who did what, newest first; as CSV all that match, ${mostExported} lines at most: then X-Truncated says so, and the last line`,
    input: {
      query: z.strictObject({
        ...pageQuery,
        action: z.enum(auditActions).optional(),
        actorId: idParameter<UserId>().optional(),
        targetType: z.enum(['user', 'owner', 'licence', 'session', 'role']).optional(),
        targetId: line(100).optional(),
        from: isoInstant.optional(),
        to: isoInstant.optional(),
        /** What somebody or something in the line is called, or a part of it. */
        q: searchText.optional(),
        format: z.enum(['json', 'csv']).optional(),
      }),
    },
    replies: { 200: pageOf(auditView) },
    async handle({ query, caller }) {
      const { limit: _limit, cursor: _cursor, format, ...filter } = query;
      if (wantsCsv(format, caller.header('accept'))) {
        const { text, truncated } = await exported(log, filter, atMost);
        const headers = {
          ...{ 'Content-Type': csvType, 'Content-Disposition': 'attachment; filename="audit.csv"' },
          ...(truncated && { 'X-Truncated': 'true' }),
        };
        return { status: 200, headers, body: text };
      }
      const { items, ...rest } = await log.list(filter, pageRequest(query));
      const names = await log.names(items);
      return { status: 200, body: { items: items.map((row) => viewOf(row, names)), ...rest } };
    },
  });
}

function actions() {
  return route({
    method: 'GET',
    path: '/admin/api/audit/actions',
    permission: 'audit.read',
    summary: 'Everything that is audited: the actions the log can be narrowed to',
    input: {},
    replies: { 200: z.object({ items: z.array(z.enum(auditActions)) }) },
    async handle() {
      return { status: 200, body: { items: [...auditActions] } };
    },
  });
}

/** Made a thousand lines at a time: each is read anew from Postgres, and others have their turn meanwhile. */
async function exported(
  log: AuditLog,
  filter: AuditFilter,
  atMost: number,
): Promise<{ text: string; truncated: boolean }> {
  const parts = [linesOf([columns])];
  let left = atMost;
  let truncated = false;
  // One more is read than is told: then it is known whether there are more.
  for await (const rows of log.newest(filter, atMost + 1)) {
    const names = await log.names(rows);
    const told = rows.slice(0, left).map((row) => cellsOf(viewOf(row, names)));
    parts.push(linesOf(told));
    truncated = rows.length > left;
    left -= told.length;
  }
  const others = `Only the newest ${atMost} lines are here: narrow the filter for the others`;
  if (truncated) parts.push(linesOf([columns.map((_, i) => (i === 0 ? others : null))]));
  return { text: parts.join(''), truncated };
}

function cellsOf({ at, action, actor, target, detail, ip, requestId }: z.output<typeof auditView>): CsvCell[] {
  const who = [actor.kind, actor.id, actor.name ?? actor.email];
  const what = [target.type, target.id, target.name];
  return [at, action, ...who, ...what, detail === null ? null : JSON.stringify(detail), ip, requestId];
}

function viewOf(row: AuditRow, names: Readonly<Record<string, string>>): z.output<typeof auditView> {
  const { actorId: id, actorEmail: email, targetType: type, targetId } = row;
  const own = idsIn(row).filter((one) => one !== id && one !== targetId && names[one] !== undefined);
  return {
    id: row.id,
    at: isoTime(row.at),
    action: row.action as z.output<typeof auditView>['action'],
    actor: { kind: row.actorKind, id, email, name: id === null ? null : (names[id] ?? null) },
    target: { type, id: targetId, name: type === 'role' ? targetId : (names[targetId] ?? null) },
    names: Object.fromEntries(own.map((one) => [one, names[one] ?? ''])),
    detail: row.detail as Record<string, unknown> | null,
    requestId: row.requestId,
    ip: row.ip,
  };
}
