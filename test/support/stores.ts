import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { RedisCluster, RedisServer } from '#bootstrap/embedded.mjs';
import { startRedis, startRedisCluster } from '#bootstrap/embedded.mjs';

export type { RedisCluster, RedisServer };

/** The name of the migrated database that the others are copied from. */
export const templateName = 'usher_template';

/** Where the run's Postgres is: the URL of its `postgres` database, put there by the global set-up. */
export const postgresVariable = 'USHER_TEST_POSTGRES';

/** A database of its own, empty and migrated. */
export interface TestDatabase {
  readonly url: string;
  /** Drops it, whoever is still connected. */
  stop(): Promise<void>;
}

/** A migrated database nobody else sees. One per test file is enough: `beforeAll`/`afterAll`. About 50 ms. */
export async function freshDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`CREATE DATABASE ${name} TEMPLATE ${templateName} STRATEGY file_copy`);
  return {
    url: databaseUrl(name),
    stop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/**
 * A Redis process nobody else sees, on a unix socket, or with `port` on that port of loopback. About 30 ms. It persists, so that
 * `crash()` and `revive()` keep the data, and is not restarted by itself.
 */
export function freshRedis(options: { port?: number; extraArgs?: readonly string[] } = {}): Promise<RedisServer> {
  return startRedis({ ephemeral: true, ...options });
}

/** Three masters on loopback ports. About two seconds. */
export function freshRedisCluster(
  options: { masters?: number; extraArgs?: readonly string[] } = {},
): Promise<RedisCluster> {
  return startRedisCluster(options);
}

/**
 * Connections to a database, for looking into it. One that breaks while nobody uses it is no fault: `end` answers before the
 * idle ones are closed, so that a database which is dropped then breaks them.
 */
export function connectionsTo(url: string): pg.Pool {
  return new pg.Pool({ connectionString: url, max: 2 }).on('error', () => {});
}

/** The URL of a database of the run's Postgres. */
export function databaseUrl(name: string): string {
  const url = process.env[postgresVariable];
  if (url === undefined) throw new Error('The tests need their Postgres: run them with `npm test`');
  return url.replace('/postgres?', `/${name}?`);
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl('postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
