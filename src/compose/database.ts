import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import type { Config } from '../config/config.js';
import { createDataSource } from '../platform/postgres.js';

/** The database of these settings with every table and migration, not connected. */
export function databaseOf({ DATABASE_URL }: Pick<Config, 'DATABASE_URL'>): DataSource {
  return createDataSource(DATABASE_URL, schema);
}
