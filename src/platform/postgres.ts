import pg from 'pg';
import { DataSource, type EntityManager, type EntitySchema, type MigrationInterface, QueryFailedError } from 'typeorm';
import { StoreUnavailable } from './unavailable.js';

/** What a data source is made of besides its address. */
export interface DataSourceOptions {
  readonly tables: readonly EntitySchema<unknown>[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Connections held at most; 10 when not given. */
  readonly poolSize?: number;
}

/** How long anything may take, in milliseconds: a connection, a statement on the server, and the answer to arrive here. */
const bounds = {
  connectionTimeoutMillis: 1000,
  statement_timeout: 900,
  query_timeout: 1000,
  idle_in_transaction_session_timeout: 60_000,
};
/** Migrations may rewrite tables, and one process waits while another migrates. */
const migrationBounds = { connectionTimeoutMillis: 5000, statement_timeout: 600_000, query_timeout: 600_000 };
/** Any number that no other program in the database uses for its own advisory lock: "usher" in ASCII. */
const migrationLock = 0x7573686572;

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
]);
/** What `pg` says, without a code, when it gave up waiting or the connection is gone. */
const goneMessages =
  /^(Query read timeout|timeout exceeded when trying to connect|Connection terminated|Client (was closed|has encountered))/;
/**
 * SQLSTATE classes and codes that blame the server's state and not the statement: connection, resources, shut-down and
 * cancelling, system errors, read-only after a failover, lock waits, deadlocks.
 */
const unwellStates = /^(08|53|57|58|25006|55P03|40P01|40001)/;

/** What TypeORM says when the connection was lost between two statements. */
const lostNames = new Set(['QueryRunnerAlreadyReleasedError', 'QueryRunnerProviderAlreadyReleasedError']);

const sqlState = /^[0-9A-Z]{5}$/;

/** A client whose connection is given up when an answer is late, so that the next caller does not wait behind it. */
class BoundedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const send = this.query.bind(this) as (...args: unknown[]) => unknown;
    const bounded = (...args: unknown[]): unknown => {
      const answer = send(...args);
      if (answer instanceof Promise) {
        answer.catch((error: unknown) => {
          if (String(error).endsWith('Query read timeout')) this.connection.stream.destroy();
        });
      }
      return answer;
    };
    this.query = bounded as typeof this.query;
  }
}

/**
 * A data source (not yet connected: call `initialize()`) with a pool of about ten connections. Nothing waits longer than
 * about a second: neither for a connection, nor for a lock, nor for a frozen server.
 */
export function createDataSource(url: string | null, options: DataSourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    ...(url === null ? {} : { url }),
    entities: [...options.tables],
    migrations: [...options.migrations],
    migrationsTableName: 'migrations',
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    logging: false,
    poolSize: options.poolSize ?? 10,
    applicationName: 'usher',
    extra: { ...bounds, Client: BoundedClient },
  });
}

/** Runs `work`, which asks Postgres, and turns what blames the server's state into StoreUnavailable. Other errors pass. */
export async function askPostgres<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnwell(error) ? new StoreUnavailable('postgres', { cause: error }) : error;
  }
}

/**
 * Runs `work` in one transaction: all of it or nothing. Throws what `work` throws, and StoreUnavailable when Postgres cannot
 * be asked; when only the answer to the commit was lost, the work may have been done all the same.
 */
export function inTransaction<T>(dataSource: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  return askPostgres(() => dataSource.transaction(work));
}

/** The name of the unique or foreign key constraint that an error reports, or null when it is another error. */
export function brokenConstraint(error: unknown): string | null {
  if (!(error instanceof QueryFailedError)) return null;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return (code === '23505' || code === '23503') && constraint !== undefined ? constraint : null;
}

/**
 * Brings the schema up to date. Several processes may call it at once: one migrates, the others wait for it (advisory lock
 * on a connection of its own). Throws a plain Error of one line when Postgres lets nobody in, or refuses a step.
 */
export async function runMigrations(dataSource: DataSource): Promise<void> {
  await whileMigrating(dataSource, (own) => own.runMigrations({ transaction: 'each' }));
}

/** Takes the last migrations back, the newest first, at most `count`. Answers their names. Throws as runMigrations does. */
export function revertMigrations(dataSource: DataSource, count: number): Promise<string[]> {
  return whileMigrating(dataSource, async (own) => {
    const names: string[] = [];
    while (names.length < count) {
      const [last] = (await executed(own)).slice(-1);
      if (last === undefined) break;
      await own.undoLastMigration({ transaction: 'each' });
      names.push(last);
    }
    return names;
  });
}

/** Every migration there is, in their order, and whether it has been run. Throws as runMigrations does. */
export function migrationStatus(dataSource: DataSource): Promise<{ name: string; done: boolean }[]> {
  return whileMigrating(dataSource, async (own) => {
    const done = new Set(await executed(own));
    return own.migrations.map((migration) => {
      const name = migration.name ?? migration.constructor.name;
      return { name, done: done.has(name) };
    });
  });
}

/** Connects. Throws a plain Error of one line when Postgres lets nobody in, or its schema is older than the code. */
export async function requireMigrated(dataSource: DataSource): Promise<void> {
  try {
    await dataSource.initialize();
    if (!(await dataSource.showMigrations())) return;
  } catch (error) {
    throw new Error(`Postgres cannot be used, see DATABASE_URL: ${reasonOf(error)}`, { cause: error });
  }
  await dataSource.destroy();
  throw new Error('The database is older than this Usher: run `usher migrate` first');
}

async function executed(own: DataSource): Promise<string[]> {
  const [table] = await own.query<{ there: string | null }[]>("SELECT to_regclass('migrations')::text AS there");
  if (!table?.there) return [];
  return (await own.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id')).map(({ name }) => name);
}

async function whileMigrating<T>(dataSource: DataSource, work: (own: DataSource) => Promise<T>): Promise<T> {
  const own = new DataSource({
    ...dataSource.options,
    type: 'postgres',
    poolSize: 2,
    extra: migrationBounds,
  } as typeof dataSource.options);
  try {
    await own.initialize();
  } catch (error) {
    throw new Error(`Postgres cannot be used, see DATABASE_URL: ${reasonOf(error)}`, { cause: error });
  }
  const guard = own.createQueryRunner();
  try {
    await askPostgres(() => guard.query('SELECT pg_advisory_lock($1)', [migrationLock]));
    return await work(own);
  } catch (error) {
    if (!(error instanceof QueryFailedError)) throw error;
    throw new Error(`The database cannot be brought up to date: ${reasonOf(error)}`, { cause: error });
  } finally {
    await guard.release();
    await own.destroy();
  }
}

/** What went wrong, without the address, which may hold a password. */
function reasonOf(error: unknown): string {
  // Node tries every address of a host and reports them together, without a message.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message.replaceAll(/\s+/g, ' ') : String(first);
}

function isUnwell(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (typeof cause !== 'object' || cause === null) return false;
  // Node tries every address of a host and reports them together.
  if ('errors' in cause && Array.isArray(cause.errors)) return cause.errors.some(isUnwell);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if ('name' in cause && typeof cause.name === 'string' && lostNames.has(cause.name)) return true;
  const message = 'message' in cause && typeof cause.message === 'string' ? cause.message : '';
  return unreachable.has(code) || goneMessages.test(message) || (sqlState.test(code) && unwellStates.test(code));
}
