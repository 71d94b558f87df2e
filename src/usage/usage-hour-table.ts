import { EntitySchema } from 'typeorm';

/**
 * What happened in a licence in one hour, figured from the events of that hour alone: what it was before the first of them
 * is in the hours before. So a late event changes no hour but its own.
 */
export interface UsageHourRow {
  licenceId: string;
  startsAt: Date;
  /** When the first event of the hour came: the figures of seats begin there. */
  firstAt: Date;
  /** The most seats in use at once. */
  peak: number;
  /** The sum over all seats of the milliseconds they were in use. */
  seatMs: string;
  /** How many milliseconds no seat was free. */
  fullMs: string;
  /** How many different people were admitted to a seat. */
  people: number;
  admissions: number;
  /** By reason code: how many refusals, and how many true ones. */
  refusals: Record<string, [all: number, telling: number]>;
  /** Seats in use, and the limit, after the last event of the hour. */
  lastUsed: number;
  lastLimit: number | null;
}

/** Table `usage_hours`. An hour without events has no row. */
export const usageHourTable = new EntitySchema<UsageHourRow>({
  name: 'usageHour',
  tableName: 'usage_hours',
  columns: {
    licenceId: { name: 'licence_id', type: 'uuid', primary: true, primaryKeyConstraintName: 'usage_hours_pk' },
    startsAt: {
      name: 'starts_at',
      type: 'timestamp with time zone',
      precision: 3,
      primary: true,
      primaryKeyConstraintName: 'usage_hours_pk',
    },
    firstAt: { name: 'first_at', type: 'timestamp with time zone', precision: 3 },
    peak: { type: 'integer' },
    seatMs: { name: 'seat_ms', type: 'bigint' },
    fullMs: { name: 'full_ms', type: 'bigint' },
    people: { type: 'integer' },
    admissions: { type: 'integer' },
    refusals: { type: 'jsonb' },
    lastUsed: { name: 'last_used', type: 'integer' },
    lastLimit: { name: 'last_limit', type: 'integer', nullable: true },
  },
});
