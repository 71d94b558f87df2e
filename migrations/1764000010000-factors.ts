import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The second factors of people, and their recovery codes. */
export class Factors1764000010000 implements MigrationInterface {
  readonly name = 'Factors1764000010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE factors (
      id uuid CONSTRAINT factors_pk PRIMARY KEY,
      user_id uuid NOT NULL CONSTRAINT factors_user_fk REFERENCES users (id) ON DELETE CASCADE,
      kind text NOT NULL,
      name text NOT NULL,
      sealed_seed text,
      last_used_step integer,
      credential_id text CONSTRAINT factors_credential UNIQUE,
      public_key text,
      counter bigint,
      transports text[],
      aaguid text,
      backup_eligible boolean,
      backed_up boolean,
      failures integer NOT NULL DEFAULT 0,
      failed_at timestamp(3) with time zone,
      created_at timestamp(3) with time zone NOT NULL,
      confirmed_at timestamp(3) with time zone,
      last_used_at timestamp(3) with time zone
    )`);
    await runner.query('CREATE INDEX factors_user ON factors (user_id, kind)');
    await runner.query(`CREATE TABLE recovery_codes (
      id uuid CONSTRAINT recovery_codes_pk PRIMARY KEY,
      factor_id uuid NOT NULL CONSTRAINT recovery_codes_factor_fk REFERENCES factors (id) ON DELETE CASCADE,
      hash text NOT NULL,
      used_at timestamp(3) with time zone
    )`);
    await runner.query('CREATE INDEX recovery_codes_factor ON recovery_codes (factor_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE recovery_codes');
    await runner.query('DROP TABLE factors');
  }
}
