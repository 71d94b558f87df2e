import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The order in which a user's licences are used, and invitations to join one. */
export class LicenceLife1764000004000 implements MigrationInterface {
  readonly name = 'LicenceLife1764000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE members ADD rank integer');
    await runner.query(`
      CREATE TABLE invitations (
        id uuid NOT NULL CONSTRAINT invitations_pk PRIMARY KEY,
        licence_id uuid NOT NULL CONSTRAINT invitations_licence_fk REFERENCES licences (id) ON DELETE CASCADE,
        email text NOT NULL,
        email_key text NOT NULL,
        name text,
        rank integer,
        token_hash text NOT NULL CONSTRAINT invitations_token_key UNIQUE,
        created_at timestamp(3) with time zone NOT NULL,
        expires_at timestamp(3) with time zone NOT NULL,
        used_at timestamp(3) with time zone,
        invited_by uuid,
        CONSTRAINT invitations_email_key UNIQUE (licence_id, email_key)
      )`);
    await runner.query('CREATE INDEX invitations_created ON invitations (licence_id, created_at, id)');
    await runner.query('CREATE INDEX invitations_address ON invitations (email_key)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE invitations');
    await runner.query('ALTER TABLE members DROP COLUMN rank');
  }
}
