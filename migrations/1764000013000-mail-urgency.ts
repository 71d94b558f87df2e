import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which messages are sent first. */
export class MailUrgency1764000013000 implements MigrationInterface {
  readonly name = 'MailUrgency1764000013000';

  async up(runner: QueryRunner): Promise<void> {
    // A server of the version before still writes messages without it.
    await runner.query('ALTER TABLE mail_outbox ADD COLUMN urgency smallint NOT NULL DEFAULT 1');
    await runner.query('DROP INDEX mail_outbox_waiting');
    await runner.query(`CREATE INDEX mail_outbox_waiting ON mail_outbox (urgency, next_attempt_at)
      WHERE sent_at IS NULL AND given_up_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX mail_outbox_waiting');
    await runner.query(`CREATE INDEX mail_outbox_waiting ON mail_outbox (next_attempt_at)
      WHERE sent_at IS NULL AND given_up_at IS NULL`);
    await runner.query('ALTER TABLE mail_outbox DROP COLUMN urgency');
  }
}
