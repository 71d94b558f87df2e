import { EntitySchema } from 'typeorm';

/** A secret that may be used once, kept as its SHA-256. */
export interface OneTimeTokenRow {
  hash: string;
  purpose: string;
  /** Whose it is; null when it belongs to nobody yet (set-up). */
  userId: string | null;
  createdAt: Date;
  expiresAt: Date;
}

/** Table `one_time_tokens`. */
export const oneTimeTokenTable = new EntitySchema<OneTimeTokenRow>({
  name: 'oneTimeToken',
  tableName: 'one_time_tokens',
  columns: {
    hash: { type: 'text', primary: true, primaryKeyConstraintName: 'one_time_tokens_pk' },
    purpose: { type: 'text' },
    userId: { name: 'user_id', type: 'uuid', nullable: true },
    createdAt: { name: 'created_at', type: 'timestamp with time zone', precision: 3 },
    expiresAt: { name: 'expires_at', type: 'timestamp with time zone', precision: 3 },
  },
  indices: [{ name: 'one_time_tokens_expires', columns: ['expiresAt'] }],
});
