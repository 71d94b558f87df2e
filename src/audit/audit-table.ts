import { EntitySchema } from 'typeorm';

/** One line of the audit log as it is stored. Never changed, never deleted (a trigger refuses both). */
export interface AuditRow {
  id: string;
  at: Date;
  action: string;
  actorKind: 'person' | 'system' | 'anonymous';
  actorId: string | null;
  /** The address the person had at that time, when it was known. */
  actorEmail: string | null;
  targetType: string;
  targetId: string;
  detail: object | null;
  requestId: string | null;
  ip: string | null;
}

/** Table `audit`. */
export const auditTable = new EntitySchema<AuditRow>({
  name: 'audit',
  tableName: 'audit',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment', primaryKeyConstraintName: 'audit_pk' },
    at: { type: 'timestamp with time zone', precision: 3 },
    action: { type: 'text' },
    actorKind: { name: 'actor_kind', type: 'text' },
    actorId: { name: 'actor_id', type: 'uuid', nullable: true },
    actorEmail: { name: 'actor_email', type: 'text', nullable: true },
    targetType: { name: 'target_type', type: 'text' },
    targetId: { name: 'target_id', type: 'text' },
    detail: { type: 'jsonb', nullable: true },
    requestId: { name: 'request_id', type: 'text', nullable: true },
    ip: { type: 'text', nullable: true },
  },
  indices: [
    { name: 'audit_at', columns: ['at'] },
    { name: 'audit_actor', columns: ['actorId', 'id'] },
    { name: 'audit_target', columns: ['targetType', 'targetId', 'id'] },
    { name: 'audit_action', columns: ['action', 'id'] },
  ],
});
