import { EntitySchema } from 'typeorm';
import type { Json } from '../platform/outbox-table.js';

/** What somebody asked for who may have an account or not, until it has been looked at. */
export interface AccountRequestRow {
  id: string;
  kind: string;
  /** The address it is about, as it was given. */
  email: string;
  /** What else was given. A password is here as its hash only. */
  details: Json;
  requestId: string;
  address: string;
  userAgent: string;
  createdAt: Date;
  attempts: number;
  nextAttemptAt: Date;
}

/** Table `account_requests`. */
export const accountRequestTable = new EntitySchema<AccountRequestRow>({
  name: 'account_request',
  tableName: 'account_requests',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'account_requests_pk' },
    kind: { type: 'text' },
    email: { type: 'text' },
    details: { type: 'jsonb' },
    requestId: { name: 'request_id', type: 'text' },
    address: { type: 'text' },
    userAgent: { name: 'user_agent', type: 'text' },
    createdAt: { name: 'created_at', type: 'timestamp with time zone', precision: 3 },
    attempts: { type: 'integer', default: 0 },
    nextAttemptAt: { name: 'next_attempt_at', type: 'timestamp with time zone', precision: 3 },
  },
  indices: [{ name: 'account_requests_waiting', columns: ['nextAttemptAt'] }],
});
