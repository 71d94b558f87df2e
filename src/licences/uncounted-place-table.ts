import { EntitySchema } from 'typeorm';

/** That a user has sat, or may sit at this moment, in a licence without a seat: as support, or by breaking the glass. */
export interface UncountedPlaceRow {
  userId: string;
  licenceId: string;
}

/** Table `uncounted_places`. */
export const uncountedPlaceTable = new EntitySchema<UncountedPlaceRow>({
  name: 'uncountedPlace',
  tableName: 'uncounted_places',
  columns: {
    userId: {
      name: 'user_id',
      type: 'uuid',
      primary: true,
      primaryKeyConstraintName: 'uncounted_places_pk',
      foreignKey: { target: 'user', name: 'uncounted_places_user_fk', onDelete: 'CASCADE' },
    },
    licenceId: {
      name: 'licence_id',
      type: 'uuid',
      primary: true,
      primaryKeyConstraintName: 'uncounted_places_pk',
      foreignKey: { target: 'licence', name: 'uncounted_places_licence_fk', onDelete: 'CASCADE' },
    },
  },
  indices: [{ name: 'uncounted_places_licence', columns: ['licenceId'] }],
});
