import { EntitySchema } from 'typeorm';
import type { Json } from './outbox-table.js';

/** A secret that was issued for later use. Only hashes of it are kept. */
export interface IssuedTokenRow {
  id: string;
  purpose: string;
  /** Whose it is; null when it belongs to nobody yet. */
  userId: string | null;
  hash: string;
  /** Of the secret before the last rotation; null when there was none. */
  previousHash: string | null;
  /** What it is good for. Holds no secret in clear. */
  data: Json;
  /** How often a code that goes with it has been tried. */
  tries: number;
  createdAt: Date;
  expiresAt: Date;
  rotatedAt: Date | null;
  usedAt: Date | null;
  revokedAt: Date | null;
}

const time = { type: 'timestamp with time zone', precision: 3 } as const;

/** Table `issued_tokens`. */
export const issuedTokenTable = new EntitySchema<IssuedTokenRow>({
  name: 'issuedToken',
  tableName: 'issued_tokens',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'issued_tokens_pk' },
    purpose: { type: 'text' },
    userId: { name: 'user_id', type: 'uuid', nullable: true },
    hash: { type: 'text' },
    previousHash: { name: 'previous_hash', type: 'text', nullable: true },
    data: { type: 'jsonb' },
    tries: { type: 'integer', default: 0 },
    createdAt: { name: 'created_at', ...time },
    expiresAt: { name: 'expires_at', ...time },
    rotatedAt: { name: 'rotated_at', ...time, nullable: true },
    usedAt: { name: 'used_at', ...time, nullable: true },
    revokedAt: { name: 'revoked_at', ...time, nullable: true },
  },
  indices: [
    { name: 'issued_tokens_hash', columns: ['hash'], unique: true },
    { name: 'issued_tokens_user', columns: ['userId', 'purpose', 'createdAt'] },
    { name: 'issued_tokens_expires', columns: ['expiresAt'] },
  ],
});
