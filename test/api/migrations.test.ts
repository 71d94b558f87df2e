import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { createDataSource, runMigrations } from '../../src/platform/postgres.js';
import { freshDatabase, type TestDatabase } from '../support/stores.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.url, schema).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.stop();
});

const tableNames = async () =>
  (
    await dataSource.query<{ name: string }[]>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'",
    )
  ).map((row) => row.name);

describe('migrations', () => {
  it('make exactly the tables the code declares', async () => {
    const drift = await dataSource.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map((query) => query.query)).toEqual([]);
  });

  it('can be undone one by one, to nothing, and done again', async () => {
    for (const _ of schema.migrations) await dataSource.undoLastMigration();
    expect(await tableNames()).toEqual([]);
    const functions = await dataSource.query<unknown[]>(
      "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    );
    expect(functions).toEqual([]);
    await runMigrations(dataSource);
    expect(await tableNames()).toHaveLength(schema.tables.length);
  });

  it('may be run by several processes at once', async () => {
    for (const _ of schema.migrations) await dataSource.undoLastMigration();
    await Promise.all(Array.from({ length: 4 }, () => runMigrations(dataSource)));
    expect(await tableNames()).toHaveLength(schema.tables.length);
  });
});
