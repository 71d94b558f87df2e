import { EntitySchema } from 'typeorm';

/** How many different people were admitted to a licence in a day or a month: what no sum of hours can tell. */
export interface UsagePeopleRow {
  licenceId: string;
  span: 'day' | 'month';
  startsAt: Date;
  people: number;
}

/** Table `usage_people`. */
export const usagePeopleTable = new EntitySchema<UsagePeopleRow>({
  name: 'usagePeople',
  tableName: 'usage_people',
  columns: {
    licenceId: { name: 'licence_id', type: 'uuid', primary: true, primaryKeyConstraintName: 'usage_people_pk' },
    span: { type: 'text', primary: true, primaryKeyConstraintName: 'usage_people_pk' },
    startsAt: {
      name: 'starts_at',
      type: 'timestamp with time zone',
      precision: 3,
      primary: true,
      primaryKeyConstraintName: 'usage_people_pk',
    },
    people: { type: 'integer' },
  },
});
