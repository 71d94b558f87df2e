import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The sign-in log. */
export class SignIns1764000002000 implements MigrationInterface {
  readonly name = 'SignIns1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sign_ins (
        id uuid NOT NULL CONSTRAINT sign_ins_pk PRIMARY KEY,
        at timestamp(3) with time zone NOT NULL,
        user_id uuid,
        licence_id uuid,
        address text NOT NULL,
        user_agent text NOT NULL,
        outcome text NOT NULL,
        ref text
      )`);
    await runner.query('CREATE INDEX sign_ins_at ON sign_ins (at, id)');
    await runner.query('CREATE INDEX sign_ins_user ON sign_ins (user_id, at, id)');
    await runner.query('CREATE INDEX sign_ins_licence ON sign_ins (licence_id, at, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sign_ins');
  }
}
