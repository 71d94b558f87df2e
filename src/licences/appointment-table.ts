import { EntitySchema } from 'typeorm';

/** That a user manages a licence, or an owner's licences: exactly one of the two is set. */
export interface AppointmentRow {
  id: string;
  userId: string;
  licenceId: string | null;
  ownerId: string | null;
  appointedOn: Date;
  /** Null: the server itself, at the command line or when it was set up. */
  appointedBy: string | null;
}

/** Table `licence_managers`. */
export const appointmentTable = new EntitySchema<AppointmentRow>({
  name: 'appointment',
  tableName: 'licence_managers',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'licence_managers_pk' },
    userId: {
      name: 'user_id',
      type: 'uuid',
      foreignKey: { target: 'user', name: 'licence_managers_user_fk', onDelete: 'CASCADE' },
    },
    licenceId: {
      name: 'licence_id',
      type: 'uuid',
      nullable: true,
      foreignKey: { target: 'licence', name: 'licence_managers_licence_fk', onDelete: 'CASCADE' },
    },
    ownerId: {
      name: 'owner_id',
      type: 'uuid',
      nullable: true,
      foreignKey: { target: 'owner', name: 'licence_managers_owner_fk', onDelete: 'CASCADE' },
    },
    appointedOn: { name: 'appointed_on', type: 'timestamp with time zone', precision: 3 },
    appointedBy: { name: 'appointed_by', type: 'uuid', nullable: true },
  },
  uniques: [
    { name: 'licence_managers_licence_key', columns: ['licenceId', 'userId'] },
    { name: 'licence_managers_owner_key', columns: ['ownerId', 'userId'] },
  ],
  checks: [{ name: 'licence_managers_place', expression: 'num_nonnulls(licence_id, owner_id) = 1' }],
  indices: [{ name: 'licence_managers_user', columns: ['userId'] }],
});
