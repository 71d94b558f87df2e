import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The history of sessions. */
export class SessionEvents1764000001000 implements MigrationInterface {
  readonly name = 'SessionEvents1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE session_events (
      id text CONSTRAINT session_events_pk PRIMARY KEY,
      kind text NOT NULL,
      tag text NOT NULL,
      licence_id uuid,
      ref text,
      user_id uuid,
      at timestamp(3) with time zone NOT NULL,
      reason text,
      message text,
      by_user uuid,
      request_id text,
      used integer NOT NULL,
      seat_limit integer
    )`);
    await runner.query('CREATE INDEX session_events_licence ON session_events (licence_id, at)');
    await runner.query('CREATE INDEX session_events_user ON session_events (user_id, at)');
    await runner.query('CREATE INDEX session_events_at ON session_events (at)');
    await runner.query('CREATE INDEX session_events_ref ON session_events (ref)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE session_events');
  }
}
