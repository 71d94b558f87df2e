import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who manages which licence, or all licences of which owner, and who has sat where without being a member. */
export class Appointments1764000005000 implements MigrationInterface {
  readonly name = 'Appointments1764000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE licence_managers (
        id uuid NOT NULL CONSTRAINT licence_managers_pk PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT licence_managers_user_fk REFERENCES users (id) ON DELETE CASCADE,
        licence_id uuid CONSTRAINT licence_managers_licence_fk REFERENCES licences (id) ON DELETE CASCADE,
        owner_id uuid CONSTRAINT licence_managers_owner_fk REFERENCES owners (id) ON DELETE CASCADE,
        appointed_on timestamp(3) with time zone NOT NULL,
        appointed_by uuid,
        CONSTRAINT licence_managers_licence_key UNIQUE (licence_id, user_id),
        CONSTRAINT licence_managers_owner_key UNIQUE (owner_id, user_id),
        CONSTRAINT licence_managers_place CHECK (num_nonnulls(licence_id, owner_id) = 1)
      )`);
    await runner.query('CREATE INDEX licence_managers_user ON licence_managers (user_id)');
    await runner.query(`
      CREATE TABLE uncounted_places (
        user_id uuid NOT NULL CONSTRAINT uncounted_places_user_fk REFERENCES users (id) ON DELETE CASCADE,
        licence_id uuid NOT NULL CONSTRAINT uncounted_places_licence_fk REFERENCES licences (id) ON DELETE CASCADE,
        CONSTRAINT uncounted_places_pk PRIMARY KEY (user_id, licence_id)
      )`);
    await runner.query('CREATE INDEX uncounted_places_licence ON uncounted_places (licence_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE uncounted_places, licence_managers');
  }
}
