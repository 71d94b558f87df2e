import pg from 'pg';
import { startPostgres } from '#bootstrap/embedded.mjs';
import { schema } from '../../ormconfig.js';
import { createDataSource, runMigrations } from '../../src/platform/postgres.js';
import { running } from './running.js';
import { databaseUrl, postgresVariable, templateName } from './stores.js';

/** Starts the one Postgres of the run and makes the migrated database that every test file gets a copy of. */
export default async function setUp(): Promise<void> {
  running.postgres = await startPostgres({ ephemeral: true });
  process.env[postgresVariable] = running.postgres.url('postgres');
  const client = new pg.Client({ connectionString: databaseUrl('postgres') });
  await client.connect();
  await client.query(`CREATE DATABASE ${templateName}`);
  await client.end();
  await runMigrations(createDataSource(databaseUrl(templateName), schema));
}
