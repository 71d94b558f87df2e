import { EntitySchema } from 'typeorm';

/** Something noticed of a licence, as it is stored. The order of ids is the order of commits. */
export interface NoticeRow {
  id: string;
  licenceId: string;
  kind: string;
  raisedAt: Date;
  /** Whether people were told. A licence that fills up at one go has passed every level, and is told to be full. */
  told: boolean;
  used: number | null;
  seatLimit: number | null;
  /** Which end of the licence comes near; null when seats are what was noticed. */
  validTo: Date | null;
  /** Since when use has been clearly below the level. */
  belowSince: Date | null;
  /** From when on the same may be noticed again. */
  clearedAt: Date | null;
}

/** Table `licence_notices`. */
export const noticeTable = new EntitySchema<NoticeRow>({
  name: 'notice',
  tableName: 'licence_notices',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment', primaryKeyConstraintName: 'licence_notices_pk' },
    licenceId: {
      name: 'licence_id',
      type: 'uuid',
      foreignKey: { target: 'licence', name: 'licence_notices_licence_fk', onDelete: 'CASCADE' },
    },
    kind: { type: 'text' },
    raisedAt: { name: 'raised_at', type: 'timestamp with time zone', precision: 3 },
    told: { type: 'boolean' },
    used: { type: 'integer', nullable: true },
    seatLimit: { name: 'seat_limit', type: 'integer', nullable: true },
    validTo: { name: 'valid_to', type: 'timestamp with time zone', precision: 3, nullable: true },
    belowSince: { name: 'below_since', type: 'timestamp with time zone', precision: 3, nullable: true },
    clearedAt: { name: 'cleared_at', type: 'timestamp with time zone', precision: 3, nullable: true },
  },
  indices: [
    {
      name: 'licence_notices_open',
      columns: ['licenceId', 'kind'],
      unique: true,
      where: 'cleared_at IS NULL AND valid_to IS NULL',
    },
    {
      name: 'licence_notices_expiring',
      columns: ['licenceId', 'kind', 'validTo'],
      unique: true,
      where: 'valid_to IS NOT NULL',
    },
  ],
});

/** The seats in use after the latest event of a licence. */
export interface LicenceUseRow {
  licenceId: string;
  used: number;
  seatLimit: number | null;
  at: Date;
  /** When it was written, by the clock of Postgres. */
  writtenAt: Date;
}

/** Table `licence_use`. Without a foreign key: the history goes on for a while when a licence has been deleted. */
export const licenceUseTable = new EntitySchema<LicenceUseRow>({
  name: 'licence_use',
  tableName: 'licence_use',
  columns: {
    licenceId: { name: 'licence_id', type: 'uuid', primary: true, primaryKeyConstraintName: 'licence_use_pk' },
    used: { type: 'integer' },
    seatLimit: { name: 'seat_limit', type: 'integer', nullable: true },
    at: { type: 'timestamp with time zone', precision: 3 },
    writtenAt: { name: 'written_at', type: 'timestamp with time zone', precision: 3 },
  },
  indices: [{ name: 'licence_use_written', columns: ['writtenAt'] }],
});
