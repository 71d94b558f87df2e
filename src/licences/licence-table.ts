import { EntitySchema } from 'typeorm';
import type { LicencePolicy } from './policy.js';

/** N seats, a validity window and a policy, as they are stored. */
export interface LicenceRow {
  id: string;
  ownerId: string;
  name: string;
  serial: string;
  seats: number;
  state: 'active' | 'draining' | 'suspended';
  validFrom: Date | null;
  validTo: Date | null;
  /** The term the end was computed from, if it was. */
  durationDays: number | null;
  policy: LicencePolicy;
  version: number;
  createdOn: Date;
  updatedAt: Date;
}

/** Table `licences`. */
export const licenceTable = new EntitySchema<LicenceRow>({
  name: 'licence',
  tableName: 'licences',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'licences_pk' },
    ownerId: {
      name: 'owner_id',
      type: 'uuid',
      foreignKey: { target: 'owner', name: 'licences_owner_fk', onDelete: 'NO ACTION' },
    },
    name: { type: 'text' },
    serial: { type: 'text' },
    seats: { type: 'integer' },
    state: { type: 'text' },
    validFrom: { name: 'valid_from', type: 'timestamp with time zone', precision: 3, nullable: true },
    validTo: { name: 'valid_to', type: 'timestamp with time zone', precision: 3, nullable: true },
    durationDays: { name: 'duration_days', type: 'integer', nullable: true },
    policy: { type: 'jsonb' },
    version: { type: 'integer' },
    createdOn: { name: 'created_on', type: 'timestamp with time zone', precision: 3 },
    updatedAt: { name: 'updated_at', type: 'timestamp with time zone', precision: 3 },
  },
  uniques: [{ name: 'licences_serial_key', columns: ['serial'] }],
  indices: [
    { name: 'licences_owner', columns: ['ownerId'] },
    { name: 'licences_created', columns: ['createdOn', 'id'] },
  ],
});
