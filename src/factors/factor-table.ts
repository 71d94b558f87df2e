import { EntitySchema } from 'typeorm';

/** The kinds of factors. `recovery` stands for a set of recovery codes. */
export type FactorKind = 'passkey' | 'totp' | 'email' | 'recovery';

/** One factor of a user as it is stored. Columns of other kinds are null. */
export interface FactorRow {
  id: string;
  userId: string;
  kind: FactorKind;
  name: string;
  /** Of an authenticator app: its secret, sealed for this user and this factor. */
  sealedSeed: string | null;
  /** Of an authenticator app: the last 30-second step a code was used of. */
  lastUsedStep: number | null;
  /** Of a passkey: what the authenticator calls it, base64url. */
  credentialId: string | null;
  /** Of a passkey: its public key (COSE), base64url. */
  publicKey: string | null;
  /** Of a passkey: how often it has signed, as it says; 0 where it does not count. */
  counter: string | null;
  /** Of a passkey: how browsers reach it. */
  transports: string[] | null;
  /** Of a passkey: the model of the authenticator, as it says. */
  aaguid: string | null;
  /** Of a passkey: whether it may be copied to other devices, and whether it has been. */
  backupEligible: boolean | null;
  backedUp: boolean | null;
  /** Wrong answers since the last right one, and when the last was counted. */
  failures: number;
  failedAt: Date | null;
  createdAt: Date;
  /** Null: it has not been shown to work, and is asked of nobody. */
  confirmedAt: Date | null;
  lastUsedAt: Date | null;
}

/** One recovery code as it is stored. */
export interface RecoveryCodeRow {
  id: string;
  /** The set it belongs to. */
  factorId: string;
  hash: string;
  usedAt: Date | null;
}

const time = { type: 'timestamp with time zone', precision: 3 } as const;
const maybeText = { type: 'text', nullable: true } as const;
const maybeFlag = { type: 'boolean', nullable: true } as const;

/** Table `factors`. */
export const factorTable = new EntitySchema<FactorRow>({
  name: 'factor',
  tableName: 'factors',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'factors_pk' },
    userId: {
      name: 'user_id',
      type: 'uuid',
      foreignKey: { target: 'user', name: 'factors_user_fk', onDelete: 'CASCADE' },
    },
    kind: { type: 'text' },
    name: { type: 'text' },
    sealedSeed: { name: 'sealed_seed', ...maybeText },
    lastUsedStep: { name: 'last_used_step', type: 'integer', nullable: true },
    credentialId: { name: 'credential_id', ...maybeText },
    publicKey: { name: 'public_key', ...maybeText },
    counter: { type: 'bigint', nullable: true },
    transports: { type: 'text', array: true, nullable: true },
    aaguid: { type: 'text', nullable: true },
    backupEligible: { name: 'backup_eligible', ...maybeFlag },
    backedUp: { name: 'backed_up', ...maybeFlag },
    failures: { type: 'integer', default: 0 },
    failedAt: { name: 'failed_at', ...time, nullable: true },
    createdAt: { name: 'created_at', ...time },
    confirmedAt: { name: 'confirmed_at', ...time, nullable: true },
    lastUsedAt: { name: 'last_used_at', ...time, nullable: true },
  },
  uniques: [{ name: 'factors_credential', columns: ['credentialId'] }],
  indices: [{ name: 'factors_user', columns: ['userId', 'kind'] }],
});

/** Table `recovery_codes`. */
export const recoveryCodeTable = new EntitySchema<RecoveryCodeRow>({
  name: 'recoveryCode',
  tableName: 'recovery_codes',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'recovery_codes_pk' },
    factorId: {
      name: 'factor_id',
      type: 'uuid',
      foreignKey: { target: 'factor', name: 'recovery_codes_factor_fk', onDelete: 'CASCADE' },
    },
    hash: { type: 'text' },
    usedAt: { name: 'used_at', ...time, nullable: true },
  },
  indices: [{ name: 'recovery_codes_factor', columns: ['factorId'] }],
});
