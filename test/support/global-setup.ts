import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { startPostgres } from '#bootstrap/embedded.mjs';
import { running } from './running.js';
import { databaseUrl, postgresVariable, templateName } from './stores.js';

/** Starts the one Postgres of the run and makes the migrated database that every test file gets a copy of. */
export default async function setUp(): Promise<void> {
  const postgres = await startPostgres({ ephemeral: true });
  running.postgres = postgres;
  process.env[postgresVariable] = postgres.url('postgres');
  const client = new pg.Client({ connectionString: postgres.url('postgres') });
  await client.connect();
  await client.query(`CREATE DATABASE ${templateName}`);
  await client.end();
  await migrate(databaseUrl(templateName));
}

async function migrate(url: string): Promise<void> {
  const file = new URL('../../ormconfig.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) return;
  process.env['DATABASE_URL'] = url;
  const exported: Record<string, unknown> = await import(file.href);
  delete process.env['DATABASE_URL'];
  const source = Object.values(exported).find(isDataSource);
  if (source === undefined) throw new Error('ormconfig.ts exports no DataSource');
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
}

function isDataSource(value: unknown): value is DataSource {
  return typeof value === 'object' && value !== null && 'runMigrations' in value;
}
