import { EntitySchema } from 'typeorm';

/** JSON as it is stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** A change that Redis must learn of, or has learnt of (`appliedAt`). Rows of one key are applied in the order of their ids. */
export interface OutboxRow {
  id: string;
  kind: string;
  key: string;
  payload: Json;
  createdAt: Date;
  appliedAt: Date | null;
  attempts: number;
  nextAttemptAt: Date;
  lastError: string | null;
}

/** Table `outbox`. */
export const outboxTable = new EntitySchema<OutboxRow>({
  name: 'outbox',
  tableName: 'outbox',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment', primaryKeyConstraintName: 'outbox_pk' },
    kind: { type: 'text' },
    key: { type: 'text' },
    payload: { type: 'jsonb' },
    createdAt: { name: 'created_at', type: 'timestamp with time zone', precision: 3 },
    appliedAt: { name: 'applied_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    attempts: { type: 'integer', default: 0 },
    nextAttemptAt: { name: 'next_attempt_at', type: 'timestamp with time zone', precision: 3 },
    lastError: { name: 'last_error', type: 'text', nullable: true },
  },
  indices: [
    { name: 'outbox_waiting', columns: ['key', 'id'], where: 'applied_at IS NULL' },
    { name: 'outbox_created', columns: ['createdAt'] },
  ],
});
