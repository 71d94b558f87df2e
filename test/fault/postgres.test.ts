import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type PostgresServer, startPostgres } from '#bootstrap/embedded.mjs';
import { schema } from '../../ormconfig.js';
import { UserRepository } from '../../src/accounts/user-repository.js';
import { userTable } from '../../src/accounts/user-table.js';
import { createDataSource, inTransaction, runMigrations } from '../../src/platform/postgres.js';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { figure } from '../support/pace.js';

let postgres: PostgresServer;
let dataSource: DataSource;
let users: UserRepository;

beforeAll(async () => {
  postgres = await startPostgres({ ephemeral: true });
  dataSource = await createDataSource(postgres.url(), schema).initialize();
  await runMigrations(dataSource);
  users = new UserRepository(dataSource);
});

afterAll(async () => {
  await dataSource.destroy();
  await postgres.stop();
});

/** How long `work` took to be refused as unavailable, in milliseconds. */
async function refusedAfter(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const error = await work().then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error).toMatchObject({ store: 'postgres' });
  return performance.now() - began;
}

const ask = () => users.findForSignIn('nobody@example.org');

async function wellAgain(): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

describe('when Postgres', () => {
  it('is frozen, everybody who asks is told within 1.3 s, also the sixtieth, and it works right after the thaw', async () => {
    await Promise.all(Array.from({ length: 10 }, ask));
    for (const pid of await backends()) process.kill(pid, 'SIGSTOP');
    postgres.freeze();
    let took: number[];
    try {
      took = await Promise.all(Array.from({ length: 60 }, () => refusedAfter(ask)));
      took.push(await refusedAfter(() => inTransaction(dataSource, (tx) => tx.find(userTable))));
    } finally {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
      postgres.thaw();
    }
    expect(Math.max(...took)).toBeLessThan(figure(3_000, 2_300));
    expect(took.filter((ms) => ms > figure(2_000, 1_300))).toEqual([]);
    const thawed = performance.now();
    await wellAgain();
    expect(performance.now() - thawed).toBeLessThan(figure(3_000, 1_500));
  });

  it('is gone, that is told at once, and it works again when it is back', async () => {
    await postgres.crash();
    expect(await refusedAfter(ask)).toBeLessThan(figure(1_000, 500));
    await postgres.revive();
    await wellAgain();
  });

  it('holds a lock for somebody else, nobody waits longer than a second for it, and the connection stays good', async () => {
    const holder = dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    expect(await refusedAfter(ask)).toBeLessThan(figure(2_000, 1_300));
    await holder.rollbackTransaction();
    await holder.release();
    expect(await ask()).toBeNull();
  });

  it('loses the connection in the middle of a transaction, nothing of it stays', async () => {
    const work = inTransaction(dataSource, async (tx) => {
      await tx.query(
        "INSERT INTO outbox (kind, key, payload, created_at, next_attempt_at) VALUES ('x', 'x', '1', now(), now())",
      );
      const [row] = await tx.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await dataSource.query('SELECT pg_terminate_backend($1)', [row?.pid]);
      await tx.query('SELECT 1');
    });
    await expect(work).rejects.toBeInstanceOf(StoreUnavailable);
    await wellAgain();
    expect(await dataSource.query('SELECT * FROM outbox')).toEqual([]);
  });
});

let frozen: number[] = [];

/** The processes that serve our connections; freezing the server's first process alone leaves them running. */
async function backends(): Promise<number[]> {
  const rows = await dataSource.query<{ pid: number }[]>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'usher'",
  );
  frozen = rows.map((row) => row.pid);
  return frozen;
}
