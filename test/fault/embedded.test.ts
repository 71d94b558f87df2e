import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';

describe('the stores of the tests', () => {
  let database: TestDatabase;
  let redis: RedisServer;
  beforeAll(async () => {
    database = await freshDatabase();
    redis = await freshRedis();
  });
  afterAll(async () => {
    await database.stop();
    await redis.stop();
  });

  it('gives each test file a database of its own', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query('SELECT current_database() AS name');
    await client.end();
    expect(rows[0].name).toMatch(/^test_/);
  });
});
