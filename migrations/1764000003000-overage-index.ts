import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Admissions beyond the seats are looked up at each start; they are few among many events. */
export class OverageIndex1764000003000 implements MigrationInterface {
  readonly name = 'OverageIndex1764000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "CREATE INDEX session_events_overage ON session_events (licence_id, at) WHERE reason = 'overage'",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX session_events_overage');
  }
}
