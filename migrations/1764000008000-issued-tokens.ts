import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets issued for later use, in one table. Links made before it, for a first account, are no longer good. */
export class IssuedTokens1764000008000 implements MigrationInterface {
  readonly name = 'IssuedTokens1764000008000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE issued_tokens (
      id uuid CONSTRAINT issued_tokens_pk PRIMARY KEY,
      purpose text NOT NULL,
      user_id uuid,
      hash text NOT NULL,
      previous_hash text,
      data jsonb NOT NULL,
      tries integer NOT NULL DEFAULT 0,
      created_at timestamp(3) with time zone NOT NULL,
      expires_at timestamp(3) with time zone NOT NULL,
      rotated_at timestamp(3) with time zone,
      used_at timestamp(3) with time zone,
      revoked_at timestamp(3) with time zone
    )`);
    await runner.query('CREATE UNIQUE INDEX issued_tokens_hash ON issued_tokens (hash)');
    await runner.query('CREATE INDEX issued_tokens_user ON issued_tokens (user_id, purpose, created_at)');
    await runner.query('CREATE INDEX issued_tokens_expires ON issued_tokens (expires_at)');
    await runner.query('DROP TABLE one_time_tokens');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE one_time_tokens (
      hash text CONSTRAINT one_time_tokens_pk PRIMARY KEY,
      purpose text NOT NULL,
      user_id uuid,
      created_at timestamp(3) with time zone NOT NULL,
      expires_at timestamp(3) with time zone NOT NULL
    )`);
    await runner.query('CREATE INDEX one_time_tokens_expires ON one_time_tokens (expires_at)');
    await runner.query('DROP TABLE issued_tokens');
  }
}
