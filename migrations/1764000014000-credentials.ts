import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Changes of credentials counted apart from other changes of an account. */
export class Credentials1764000014000 implements MigrationInterface {
  readonly name = 'Credentials1764000014000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users ADD COLUMN credentials integer NOT NULL DEFAULT 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN credentials');
  }
}
