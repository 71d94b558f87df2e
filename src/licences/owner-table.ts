import { EntitySchema } from 'typeorm';

/** An institute or person that holds licences, as it is stored. */
export interface OwnerRow {
  id: string;
  name: string;
  surname: string | null;
  email: string | null;
  comments: string | null;
  affiliation: string | null;
  /** Further registration fields, name to text. */
  extra: Record<string, string>;
  version: number;
  createdOn: Date;
  updatedAt: Date;
}

/** Table `owners`. */
export const ownerTable = new EntitySchema<OwnerRow>({
  name: 'owner',
  tableName: 'owners',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'owners_pk' },
    name: { type: 'text' },
    surname: { type: 'text', nullable: true },
    email: { type: 'text', nullable: true },
    comments: { type: 'text', nullable: true },
    affiliation: { type: 'text', nullable: true },
    extra: { type: 'jsonb' },
    version: { type: 'integer' },
    createdOn: { name: 'created_on', type: 'timestamp with time zone', precision: 3 },
    updatedAt: { name: 'updated_at', type: 'timestamp with time zone', precision: 3 },
  },
  indices: [{ name: 'owners_created', columns: ['createdOn', 'id'] }],
});
