import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When somebody last signed in is found at once, however many attempts on the account have failed since. */
export class LastSignIns1764000015000 implements MigrationInterface {
  readonly name = 'LastSignIns1764000015000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("CREATE INDEX sign_ins_last ON sign_ins (user_id, at) WHERE outcome = 'signed-in'");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX sign_ins_last');
  }
}
