import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Figures of usage, and the order in which events arrived. What the history holds already waits to be figured. */
export class Usage1764000006000 implements MigrationInterface {
  readonly name = 'Usage1764000006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE session_events ADD COLUMN seq bigserial NOT NULL');
    await runner.query(
      "CREATE INDEX session_events_refused ON session_events (licence_id, at, seq) WHERE kind = 'refused'",
    );
    await runner.query(`CREATE TABLE usage_hours (
      licence_id uuid NOT NULL,
      starts_at timestamp(3) with time zone NOT NULL,
      first_at timestamp(3) with time zone NOT NULL,
      peak integer NOT NULL,
      seat_ms bigint NOT NULL,
      full_ms bigint NOT NULL,
      people integer NOT NULL,
      admissions integer NOT NULL,
      refusals jsonb NOT NULL,
      last_used integer NOT NULL,
      last_limit integer,
      CONSTRAINT usage_hours_pk PRIMARY KEY (licence_id, starts_at)
    )`);
    await runner.query(`CREATE TABLE usage_people (
      licence_id uuid NOT NULL,
      span text NOT NULL,
      starts_at timestamp(3) with time zone NOT NULL,
      people integer NOT NULL,
      CONSTRAINT usage_people_pk PRIMARY KEY (licence_id, span, starts_at)
    )`);
    await runner.query(`CREATE TABLE usage_marks (
      licence_id uuid NOT NULL,
      span text NOT NULL,
      starts_at timestamp(3) with time zone NOT NULL,
      times integer NOT NULL,
      CONSTRAINT usage_marks_pk PRIMARY KEY (licence_id, span, starts_at)
    )`);
    await runner.query(`INSERT INTO usage_marks (licence_id, span, starts_at, times)
      SELECT licence_id, span, date_trunc(span, at, 'UTC'), 1
      FROM session_events, unnest(ARRAY['hour', 'day', 'month']) AS span
      WHERE licence_id IS NOT NULL
      GROUP BY 1, 2, 3`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE usage_marks');
    await runner.query('DROP TABLE usage_people');
    await runner.query('DROP TABLE usage_hours');
    await runner.query('DROP INDEX session_events_refused');
    await runner.query('ALTER TABLE session_events DROP COLUMN seq');
  }
}
