import { EntitySchema } from 'typeorm';
import type { LicenceId, UserId } from '../kernel/ids.js';

/** One attempt to sign in, as it is stored. */
export interface SignInRow {
  id: string;
  at: Date;
  /** Null when no account has the name that was typed. The name itself is not kept: people type passwords there. */
  userId: UserId | null;
  licenceId: LicenceId | null;
  address: string;
  userAgent: string;
  /** `signed-in`, or the slug of the problem it was answered with. */
  outcome: string;
  /** The session that was opened. */
  ref: string | null;
}

/** Table `sign_ins`: the sign-in log. Rows are only ever added. */
export const signInTable = new EntitySchema<SignInRow>({
  name: 'sign-in',
  tableName: 'sign_ins',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'sign_ins_pk' },
    at: { type: 'timestamp with time zone', precision: 3 },
    userId: { name: 'user_id', type: 'uuid', nullable: true },
    licenceId: { name: 'licence_id', type: 'uuid', nullable: true },
    address: { type: 'text' },
    userAgent: { name: 'user_agent', type: 'text' },
    outcome: { type: 'text' },
    ref: { type: 'text', nullable: true },
  },
  indices: [
    { name: 'sign_ins_at', columns: ['at', 'id'] },
    { name: 'sign_ins_user', columns: ['userId', 'at', 'id'] },
    { name: 'sign_ins_licence', columns: ['licenceId', 'at', 'id'] },
    // Read backwards for the last: attempts that failed are not in its way.
    { name: 'sign_ins_last', columns: ['userId', 'at'], where: "outcome = 'signed-in'" },
  ],
});
