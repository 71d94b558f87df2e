import { EntitySchema } from 'typeorm';
import type { UserId } from '../kernel/ids.js';

/** A token that was issued, as it is stored. The token itself is not kept. */
export interface TokenRecordRow {
  jti: string;
  userId: UserId;
  /** The session it was given for. */
  ref: string;
  audience: string;
  /** Whether it is good for one call only. */
  once: boolean;
  issuedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  usedAt: Date | null;
}

const time = { type: 'timestamp with time zone', precision: 3 } as const;

/** Table `token_records`. */
export const tokenRecordTable = new EntitySchema<TokenRecordRow>({
  name: 'tokenRecord',
  tableName: 'token_records',
  columns: {
    jti: { type: 'uuid', primary: true, primaryKeyConstraintName: 'token_records_pk' },
    userId: { name: 'user_id', type: 'uuid' },
    ref: { type: 'text' },
    audience: { type: 'text' },
    once: { type: 'boolean' },
    issuedAt: { name: 'issued_at', ...time },
    expiresAt: { name: 'expires_at', ...time },
    revokedAt: { name: 'revoked_at', ...time, nullable: true },
    usedAt: { name: 'used_at', ...time, nullable: true },
  },
  indices: [
    { name: 'token_records_issued', columns: ['issuedAt', 'jti'] },
    { name: 'token_records_user', columns: ['userId', 'issuedAt', 'jti'] },
    { name: 'token_records_expires', columns: ['expiresAt'] },
  ],
});
