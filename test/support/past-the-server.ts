import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/platform/postgres.js';

/** A connection to a server's database that the server does not know of. */
export class PastTheServer {
  private constructor(readonly dataSource: DataSource) {}

  static async open(url: string): Promise<PastTheServer> {
    return new PastTheServer(await createDataSource(url, { tables: [], migrations: [] }).initialize());
  }

  /** Asks the database; the rows, or what came of it. */
  ask<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.dataSource.query<Row[]>(sql, [...values]);
  }

  /** Keeps everybody else from reading or writing these tables while `work` runs. */
  async without<T>(tables: readonly string[], work: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
      return await work();
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  }

  close(): Promise<void> {
    return this.dataSource.destroy();
  }
}
