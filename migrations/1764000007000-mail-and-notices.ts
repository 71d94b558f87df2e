import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages to people, and what has been noticed of licences. */
export class MailAndNotices1764000007000 implements MigrationInterface {
  readonly name = 'MailAndNotices1764000007000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE licence_use');
    await runner.query('DROP TABLE licence_notices');
    await runner.query('DROP TABLE mail_outbox');
  }
}

const statements = [
  `CREATE TABLE mail_outbox (
    id uuid CONSTRAINT mail_outbox_pk PRIMARY KEY,
    recipient text NOT NULL,
    template text NOT NULL,
    "values" jsonb NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    sent_at timestamp(3) with time zone,
    given_up_at timestamp(3) with time zone,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamp(3) with time zone NOT NULL,
    last_error text
  )`,
  'CREATE INDEX mail_outbox_waiting ON mail_outbox (next_attempt_at) WHERE sent_at IS NULL AND given_up_at IS NULL',
  'CREATE INDEX mail_outbox_created ON mail_outbox (created_at)',
  `CREATE TABLE licence_notices (
    id bigserial CONSTRAINT licence_notices_pk PRIMARY KEY,
    licence_id uuid NOT NULL CONSTRAINT licence_notices_licence_fk REFERENCES licences (id) ON DELETE CASCADE,
    kind text NOT NULL,
    raised_at timestamp(3) with time zone NOT NULL,
    told boolean NOT NULL,
    used integer,
    seat_limit integer,
    valid_to timestamp(3) with time zone,
    below_since timestamp(3) with time zone,
    cleared_at timestamp(3) with time zone
  )`,
  `CREATE UNIQUE INDEX licence_notices_open ON licence_notices (licence_id, kind)
    WHERE cleared_at IS NULL AND valid_to IS NULL`,
  `CREATE UNIQUE INDEX licence_notices_expiring ON licence_notices (licence_id, kind, valid_to)
    WHERE valid_to IS NOT NULL`,
  `CREATE TABLE licence_use (
    licence_id uuid CONSTRAINT licence_use_pk PRIMARY KEY,
    used integer NOT NULL,
    seat_limit integer,
    at timestamp(3) with time zone NOT NULL,
    written_at timestamp(3) with time zone NOT NULL
  )`,
  'CREATE INDEX licence_use_written ON licence_use (written_at)',
];
