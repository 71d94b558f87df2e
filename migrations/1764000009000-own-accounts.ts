import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * When an account goes that its holder has given up, what people without a session have asked for, and the secrets of
 * invitations among all others: links of invitations made before are no longer good.
 */
export class OwnAccounts1764000009000 implements MigrationInterface {
  readonly name = 'OwnAccounts1764000009000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users ADD deletes_at timestamp(3) with time zone');
    await runner.query('CREATE INDEX users_deletes ON users (deletes_at) WHERE deletes_at IS NOT NULL');
    await runner.query(`CREATE TABLE account_requests (
      id uuid CONSTRAINT account_requests_pk PRIMARY KEY,
      kind text NOT NULL,
      email text NOT NULL,
      details jsonb NOT NULL,
      request_id text NOT NULL,
      address text NOT NULL,
      user_agent text NOT NULL,
      created_at timestamp(3) with time zone NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamp(3) with time zone NOT NULL
    )`);
    await runner.query('CREATE INDEX account_requests_waiting ON account_requests (next_attempt_at)');
    await runner.query('ALTER TABLE invitations DROP COLUMN token_hash, ADD token_id uuid');
    await runner.query('ALTER TABLE invitations ADD CONSTRAINT invitations_token_key UNIQUE (token_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE invitations DROP COLUMN token_id, ADD token_hash text');
    await runner.query('UPDATE invitations SET token_hash = id::text');
    await runner.query('ALTER TABLE invitations ALTER token_hash SET NOT NULL');
    await runner.query('ALTER TABLE invitations ADD CONSTRAINT invitations_token_key UNIQUE (token_hash)');
    await runner.query('DROP TABLE account_requests');
    await runner.query('DROP INDEX users_deletes');
    await runner.query('ALTER TABLE users DROP COLUMN deletes_at');
  }
}
