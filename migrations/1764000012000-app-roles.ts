import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The roles of applications, and who has which in which licence. */
export class AppRoles1764000012000 implements MigrationInterface {
  readonly name = 'AppRoles1764000012000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE app_roles (
      name text CONSTRAINT app_roles_pk PRIMARY KEY,
      description text,
      permissions text[] NOT NULL,
      managers_may_give boolean NOT NULL,
      version integer NOT NULL,
      created_on timestamp(3) with time zone NOT NULL,
      updated_at timestamp(3) with time zone NOT NULL,
      deleted_at timestamp(3) with time zone
    )`);
    await runner.query(`CREATE TABLE licence_roles (
      licence_id uuid NOT NULL,
      user_id uuid NOT NULL,
      role text NOT NULL CONSTRAINT licence_roles_role_fk REFERENCES app_roles (name),
      CONSTRAINT licence_roles_pk PRIMARY KEY (licence_id, user_id, role),
      CONSTRAINT licence_roles_member_fk FOREIGN KEY (licence_id, user_id)
        REFERENCES members (licence_id, user_id) ON DELETE CASCADE
    )`);
    await runner.query('CREATE INDEX licence_roles_user ON licence_roles (user_id)');
    await runner.query('CREATE INDEX licence_roles_role ON licence_roles (role, user_id)');
    await runner.query('CREATE INDEX users_roles ON users USING gin (roles)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX users_roles');
    await runner.query('DROP TABLE licence_roles');
    await runner.query('DROP TABLE app_roles');
  }
}
