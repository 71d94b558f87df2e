import { z } from 'zod';
import { isoTime } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, isoInstant, line } from '../kernel/text.js';
import { type AuditLog, auditActions } from './audit-log.js';
import type { AuditRow } from './audit-table.js';

const auditView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  action: z.enum(auditActions),
  actor: z.object({
    kind: z.enum(['person', 'system', 'anonymous']),
    id: z.string().nullable(),
    email: z.string().nullable(),
  }),
  target: z.object({ type: z.string(), id: z.string() }),
  detail: z.record(z.string(), z.unknown()).nullable(),
  requestId: z.string().nullable(),
  ip: z.string().nullable(),
});

/** `GET /admin/api/audit`. */
export function auditRoutes(log: AuditLog): Route<'audit.read'>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/audit',
      permission: 'audit.read',
      summary: 'Who did what, newest first',
      input: {
        query: z.strictObject({
          ...pageQuery,
          action: z.enum(auditActions).optional(),
          actorId: idParameter<UserId>().optional(),
          targetType: z.enum(['user', 'owner', 'licence', 'session', 'role']).optional(),
          targetId: line(100).optional(),
          from: isoInstant.optional(),
          to: isoInstant.optional(),
        }),
      },
      replies: { 200: pageOf(auditView) },
      async handle({ query }) {
        const { items, ...rest } = await log.list(query, pageRequest(query));
        return { status: 200, body: { items: items.map(viewOf), ...rest } };
      },
    }),
  ];
}

function viewOf(row: AuditRow) {
  return {
    id: row.id,
    at: isoTime(row.at.getTime()),
    action: row.action,
    actor: { kind: row.actorKind, id: row.actorId, email: row.actorEmail },
    target: { type: row.targetType, id: row.targetId },
    detail: row.detail,
    requestId: row.requestId,
    ip: row.ip,
  };
}
