import { EntitySchema } from 'typeorm';

/** One entry of the history of sessions: an admission, a release or a refusal. `id` makes it unique however often it arrives. */
export interface SessionEventRow {
  id: string;
  kind: 'admitted' | 'released' | 'refused';
  tag: string;
  licenceId: string | null;
  ref: string | null;
  /** Null when a seat was freed whose record was missing. */
  userId: string | null;
  at: Date;
  reason: string | null;
  message: string | null;
  byUser: string | null;
  requestId: string | null;
  used: number;
  seatLimit: number | null;
  /** Rises with every event that was brought over: tells the order of those of one moment. */
  seq: string;
}

/** Table `session_events`. */
export const sessionEventTable = new EntitySchema<SessionEventRow>({
  name: 'sessionEvent',
  tableName: 'session_events',
  columns: {
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'session_events_pk' },
    kind: { type: 'text' },
    tag: { type: 'text' },
    licenceId: { name: 'licence_id', type: 'uuid', nullable: true },
    ref: { type: 'text', nullable: true },
    userId: { name: 'user_id', type: 'uuid', nullable: true },
    at: { type: 'timestamp with time zone', precision: 3 },
    reason: { type: 'text', nullable: true },
    message: { type: 'text', nullable: true },
    byUser: { name: 'by_user', type: 'uuid', nullable: true },
    requestId: { name: 'request_id', type: 'text', nullable: true },
    used: { type: 'integer' },
    seatLimit: { name: 'seat_limit', type: 'integer', nullable: true },
    seq: { type: 'bigint', generated: 'increment' },
  },
  indices: [
    { name: 'session_events_licence', columns: ['licenceId', 'at'] },
    { name: 'session_events_user', columns: ['userId', 'at'] },
    { name: 'session_events_at', columns: ['at'] },
    { name: 'session_events_refused', columns: ['licenceId', 'at', 'seq'], where: "kind = 'refused'" },
    { name: 'session_events_ref', columns: ['ref'] },
    { name: 'session_events_overage', columns: ['licenceId', 'at'], where: "reason = 'overage'" },
  ],
});
