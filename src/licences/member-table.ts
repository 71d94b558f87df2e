import { EntitySchema } from 'typeorm';

/** A user's place among those who may sit in a licence. */
export interface MemberRow {
  licenceId: string;
  userId: string;
  addedOn: Date;
  /** The licence's place in the user's order of use; null when it has none. */
  rank: number | null;
}

/** Table `members`. */
export const memberTable = new EntitySchema<MemberRow>({
  name: 'member',
  tableName: 'members',
  columns: {
    licenceId: {
      name: 'licence_id',
      type: 'uuid',
      primary: true,
      primaryKeyConstraintName: 'members_pk',
      foreignKey: { target: 'licence', name: 'members_licence_fk', onDelete: 'CASCADE' },
    },
    userId: {
      name: 'user_id',
      type: 'uuid',
      primary: true,
      primaryKeyConstraintName: 'members_pk',
      foreignKey: { target: 'user', name: 'members_user_fk', onDelete: 'CASCADE' },
    },
    addedOn: { name: 'added_on', type: 'timestamp with time zone', precision: 3 },
    rank: { type: 'integer', nullable: true },
  },
  indices: [
    { name: 'members_user', columns: ['userId'] },
    { name: 'members_added', columns: ['licenceId', 'addedOn', 'userId'] },
  ],
});

/** SQL: whether the member `m` is called something like `:q`, by address, user name or name. */
export const memberCalledSql = `EXISTS (SELECT 1 FROM users u
  WHERE u.id = m.userId AND concat_ws(' ', u.email, u.username, u.name) ILIKE :q)`;
