import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The keys that sign tokens, and what was issued with them. */
export class Tokens1764000011000 implements MigrationInterface {
  readonly name = 'Tokens1764000011000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE signing_keys (
      kid text CONSTRAINT signing_keys_pk PRIMARY KEY,
      public_part text NOT NULL,
      sealed_part text NOT NULL,
      created_at timestamp(3) with time zone NOT NULL,
      signs_from timestamp(3) with time zone NOT NULL
    )`);
    await runner.query(`CREATE TABLE token_records (
      jti uuid CONSTRAINT token_records_pk PRIMARY KEY,
      user_id uuid NOT NULL,
      ref text NOT NULL,
      audience text NOT NULL,
      once boolean NOT NULL,
      issued_at timestamp(3) with time zone NOT NULL,
      expires_at timestamp(3) with time zone NOT NULL,
      revoked_at timestamp(3) with time zone,
      used_at timestamp(3) with time zone
    )`);
    await runner.query('CREATE INDEX token_records_issued ON token_records (issued_at, jti)');
    await runner.query('CREATE INDEX token_records_user ON token_records (user_id, issued_at, jti)');
    await runner.query('CREATE INDEX token_records_expires ON token_records (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE token_records');
    await runner.query('DROP TABLE signing_keys');
  }
}
