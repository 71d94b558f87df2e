import { EntitySchema } from 'typeorm';
import type { Span } from './span.js';

/** An hour, a day or a month of a licence whose stored figures are missing or no longer true. */
export interface UsageMarkRow {
  licenceId: string;
  span: Span;
  startsAt: Date;
  /** How often it was marked. Counting locks the row, so that no mark is taken away while its events are not yet to be seen. */
  times: number;
}

/** Table `usage_marks`. What is marked here is figured from the events themselves, until that has been stored. */
export const usageMarkTable = new EntitySchema<UsageMarkRow>({
  name: 'usageMark',
  tableName: 'usage_marks',
  columns: {
    licenceId: { name: 'licence_id', type: 'uuid', primary: true, primaryKeyConstraintName: 'usage_marks_pk' },
    span: { type: 'text', primary: true, primaryKeyConstraintName: 'usage_marks_pk' },
    startsAt: {
      name: 'starts_at',
      type: 'timestamp with time zone',
      precision: 3,
      primary: true,
      primaryKeyConstraintName: 'usage_marks_pk',
    },
    times: { type: 'integer' },
  },
});
