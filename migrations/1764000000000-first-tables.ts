import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, owners, licences, members, the outbox and the audit log. */
export class FirstTables1764000000000 implements MigrationInterface {
  readonly name = 'FirstTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE members, licences, owners, one_time_tokens, users, outbox, audit');
    await runner.query('DROP FUNCTION audit_is_append_only');
  }
}

const up = [
  `CREATE TABLE users (
    id uuid CONSTRAINT users_pk PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL CONSTRAINT users_email_key UNIQUE,
    username text,
    username_key text CONSTRAINT users_username_key UNIQUE,
    name text,
    password_hash text,
    roles text[] NOT NULL,
    verified boolean NOT NULL,
    disabled_at timestamp(3) with time zone,
    epoch integer NOT NULL,
    version integer NOT NULL,
    created_on timestamp(3) with time zone NOT NULL,
    last_licence_update timestamp(3) with time zone,
    updated_at timestamp(3) with time zone NOT NULL
  )`,
  'CREATE INDEX users_created ON users (created_on, id)',
  `CREATE TABLE one_time_tokens (
    hash text CONSTRAINT one_time_tokens_pk PRIMARY KEY,
    purpose text NOT NULL,
    user_id uuid,
    created_at timestamp(3) with time zone NOT NULL,
    expires_at timestamp(3) with time zone NOT NULL
  )`,
  'CREATE INDEX one_time_tokens_expires ON one_time_tokens (expires_at)',
  `CREATE TABLE owners (
    id uuid CONSTRAINT owners_pk PRIMARY KEY,
    name text NOT NULL,
    surname text,
    email text,
    comments text,
    affiliation text,
    extra jsonb NOT NULL,
    version integer NOT NULL,
    created_on timestamp(3) with time zone NOT NULL,
    updated_at timestamp(3) with time zone NOT NULL
  )`,
  'CREATE INDEX owners_created ON owners (created_on, id)',
  `CREATE TABLE licences (
    id uuid CONSTRAINT licences_pk PRIMARY KEY,
    owner_id uuid NOT NULL CONSTRAINT licences_owner_fk REFERENCES owners (id),
    name text NOT NULL,
    serial text NOT NULL CONSTRAINT licences_serial_key UNIQUE,
    seats integer NOT NULL,
    state text NOT NULL,
    valid_from timestamp(3) with time zone,
    valid_to timestamp(3) with time zone,
    duration_days integer,
    policy jsonb NOT NULL,
    version integer NOT NULL,
    created_on timestamp(3) with time zone NOT NULL,
    updated_at timestamp(3) with time zone NOT NULL
  )`,
  'CREATE INDEX licences_owner ON licences (owner_id)',
  'CREATE INDEX licences_created ON licences (created_on, id)',
  `CREATE TABLE members (
    licence_id uuid NOT NULL CONSTRAINT members_licence_fk REFERENCES licences (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT members_user_fk REFERENCES users (id) ON DELETE CASCADE,
    added_on timestamp(3) with time zone NOT NULL,
    CONSTRAINT members_pk PRIMARY KEY (licence_id, user_id)
  )`,
  'CREATE INDEX members_user ON members (user_id)',
  'CREATE INDEX members_added ON members (licence_id, added_on, user_id)',
  `CREATE TABLE outbox (
    id bigserial CONSTRAINT outbox_pk PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    applied_at timestamp(3) with time zone,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamp(3) with time zone NOT NULL,
    last_error text
  )`,
  'CREATE INDEX outbox_waiting ON outbox (key, id) WHERE applied_at IS NULL',
  'CREATE INDEX outbox_created ON outbox (created_at)',
  `CREATE TABLE audit (
    id bigserial CONSTRAINT audit_pk PRIMARY KEY,
    at timestamp(3) with time zone NOT NULL,
    action text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_email text,
    target_type text NOT NULL,
    target_id text NOT NULL,
    detail jsonb,
    request_id text,
    ip text
  )`,
  'CREATE INDEX audit_at ON audit (at)',
  'CREATE INDEX audit_actor ON audit (actor_id, id)',
  'CREATE INDEX audit_target ON audit (target_type, target_id, id)',
  'CREATE INDEX audit_action ON audit (action, id)',
  `CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`,
  `CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()`,
];
