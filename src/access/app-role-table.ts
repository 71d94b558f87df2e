import { EntitySchema } from 'typeorm';

/** A role of an application as it is stored. */
export interface AppRoleRow {
  name: string;
  description: string | null;
  /** What it grants: `resource:action`, with wildcards. */
  permissions: string[];
  /** Whether licence managers may give it, in what they manage. */
  managersMayGive: boolean;
  version: number;
  createdOn: Date;
  updatedAt: Date;
  /** Grants nothing any more, and is there only until it has been taken from everybody who held it. */
  deletedAt: Date | null;
}

/** Somebody's role in one licence. */
export interface LicenceRoleRow {
  licenceId: string;
  userId: string;
  role: string;
}

const time = { type: 'timestamp with time zone', precision: 3 } as const;

/** Table `app_roles`. */
export const appRoleTable = new EntitySchema<AppRoleRow>({
  name: 'appRole',
  tableName: 'app_roles',
  columns: {
    name: { type: 'text', primary: true, primaryKeyConstraintName: 'app_roles_pk' },
    description: { type: 'text', nullable: true },
    permissions: { type: 'text', array: true },
    managersMayGive: { name: 'managers_may_give', type: 'boolean' },
    version: { type: 'integer' },
    createdOn: { name: 'created_on', ...time },
    updatedAt: { name: 'updated_at', ...time },
    deletedAt: { name: 'deleted_at', ...time, nullable: true },
  },
});

const key = { primary: true, primaryKeyConstraintName: 'licence_roles_pk' } as const;

/** Table `licence_roles`. With a membership its roles go. */
export const licenceRoleTable = new EntitySchema<LicenceRoleRow>({
  name: 'licenceRole',
  tableName: 'licence_roles',
  columns: {
    licenceId: { name: 'licence_id', type: 'uuid', ...key },
    userId: { name: 'user_id', type: 'uuid', ...key },
    role: { type: 'text', ...key, foreignKey: { target: 'appRole', name: 'licence_roles_role_fk' } },
  },
  foreignKeys: [
    {
      target: 'member',
      name: 'licence_roles_member_fk',
      columnNames: ['licenceId', 'userId'],
      referencedColumnNames: ['licenceId', 'userId'],
      onDelete: 'CASCADE',
    },
  ],
  indices: [
    { name: 'licence_roles_user', columns: ['userId'] },
    { name: 'licence_roles_role', columns: ['role', 'userId'] },
  ],
});
