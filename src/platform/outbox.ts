import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import type { Json, OutboxRow } from './outbox-table.js';
import { askPostgres, inTransaction } from './postgres.js';
import { StoreUnavailable } from './unavailable.js';

/** A change on its way to Redis. Entries of one `key` are applied one at a time, in the order they were enqueued. */
export interface OutboxEntry {
  readonly kind: string;
  readonly key: string;
  readonly payload: Json;
}

/** Applies a payload. Must do no harm when done twice. Throws StoreUnavailable to be called again later. */
export type OutboxHandler = (payload: Json) => Promise<void>;

/** Which handler applies which kind of entry. */
export class OutboxHandlers {
  readonly #byKind = new Map<string, OutboxHandler>();

  /** Registers the handler of a kind; a kind has one. */
  handle(kind: string, apply: OutboxHandler): void {
    if (this.#byKind.has(kind)) throw new Error(`outbox kind ${kind} has a handler already`);
    this.#byKind.set(kind, apply);
  }

  /** Applies one entry. Throws when its kind has no handler. */
  async apply(entry: OutboxEntry): Promise<void> {
    const handler = this.#byKind.get(entry.kind);
    if (handler === undefined) throw new Error(`outbox kind ${entry.kind} has no handler`);
    await handler(entry.payload);
  }
}

/** What an outbox is made of. */
export interface OutboxParts {
  readonly dataSource: DataSource;
  readonly handlers: OutboxHandlers;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'outboxLag'>;
  /** How long applied entries are kept for `replay`: at least as long as a session can live. */
  readonly keepMs: number;
}

const busyWaitMs = 250;
const idleWaitMs = 1000;
const purgeEveryMs = 3_600_000;
const lockWaitMs = 800;

const addRows = `INSERT INTO outbox (kind, key, payload, created_at, next_attempt_at)
  SELECT kind, key, payload, $4, $4 FROM unnest($1::text[], $2::text[], $3::jsonb[])
  WITH ORDINALITY AS given (kind, key, payload, place) ORDER BY place`;
const waitingRows = 'SELECT * FROM outbox WHERE key = ANY($1) AND applied_at IS NULL ORDER BY id FOR UPDATE';
/** Only the first waiting entry of each key, so that another process' lock on it holds back all that follow. */
const firstRows = `SELECT * FROM outbox o WHERE applied_at IS NULL AND next_attempt_at <= $1
  AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.key = o.key AND e.applied_at IS NULL AND e.id < o.id)
  ORDER BY next_attempt_at, id LIMIT 50 FOR UPDATE SKIP LOCKED`;

/**
 * Brings changes from Postgres to Redis: enqueued in the transaction of the change, applied at once after it, and tried
 * again until that has worked. Several processes may run on one table.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  #running: Promise<void> | null = null;
  #stopped = false;
  #wake: () => void = () => {};
  #purgedAtMs = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Registers the handler of a kind that needs the outbox itself. */
  handle(kind: string, apply: OutboxHandler): void {
    this.#parts.handlers.handle(kind, apply);
  }

  /**
   * Adds entries in the caller's transaction, which must hold the row locks of what their keys name: that makes the order of
   * ids the order of commits.
   */
  async enqueue(tx: EntityManager, ...entries: readonly OutboxEntry[]): Promise<void> {
    await tx.query(addRows, [
      entries.map(({ kind }) => kind),
      entries.map(({ key }) => key),
      entries.map(({ payload }) => JSON.stringify(payload)),
      this.#now(),
    ]);
  }

  /**
   * After the commit: applies everything that waits for these keys, after what another process is applying for them.
   * `pending`: something still waits, is durable, and will be applied by the worker. Never throws.
   */
  async flush(keys: readonly string[]): Promise<'applied' | 'pending'> {
    if (keys.length === 0) return 'applied';
    try {
      const applied = await inTransaction(this.#parts.dataSource, async (tx) => {
        await tx.query(`SET LOCAL lock_timeout = ${lockWaitMs}`);
        return this.#apply(tx, await rowsOf(tx, waitingRows, [keys]));
      });
      if (applied) return 'applied';
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) this.#parts.log.error({ err: error }, 'outbox: flush failed');
    }
    this.#wake();
    return 'pending';
  }

  /** Starts the worker: every 250 ms while something waits, else every second. */
  start(): void {
    this.#stopped = false;
    this.#running ??= this.#work();
  }

  /** Stops the worker and waits for what it is applying. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    this.#running = null;
  }

  /** Applies again, in order, every entry enqueued since then, through `handlers`. Throws at the first that fails. */
  async replay(sinceMs: number, handlers: OutboxHandlers): Promise<void> {
    let after = '0';
    for (;;) {
      const rows = await askPostgres(() =>
        rowsOf(
          this.#parts.dataSource.manager,
          'SELECT * FROM outbox WHERE created_at >= $1 AND id > $2 ORDER BY id LIMIT 500',
          [new Date(sinceMs), after],
        ),
      );
      for (const row of rows) await handlers.apply(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      let waiting = false;
      let moving = false;
      try {
        waiting = await this.#measure();
        moving = waiting && (await this.#applyFirst());
        await this.#purge();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) this.#parts.log.error({ err: error }, 'outbox: worker failed');
      }
      if (!moving) await this.#sleep(waiting ? busyWaitMs : idleWaitMs);
    }
  }

  /** Applies what is first of each key. Whether that did something and nothing failed, so that going on at once makes sense. */
  #applyFirst(): Promise<boolean> {
    return inTransaction(this.#parts.dataSource, async (tx) => {
      const rows = await rowsOf(tx, firstRows, [this.#now()]);
      return (await this.#apply(tx, rows)) && rows.length > 0;
    });
  }

  async #measure(): Promise<boolean> {
    const [row] = await askPostgres(() =>
      this.#parts.dataSource.query<{ waiting: number; oldest: Date | null }[]>(
        'SELECT count(*)::int AS waiting, min(created_at) AS oldest FROM outbox WHERE applied_at IS NULL',
      ),
    );
    const waiting = row?.waiting ?? 0;
    const oldestMs = row?.oldest?.getTime() ?? this.#parts.clock.nowMs();
    this.#parts.metrics.outboxLag(Math.max(0, this.#parts.clock.nowMs() - oldestMs) / 1000);
    return waiting > 0;
  }

  /** Applies locked rows: keys side by side, the rows of a key in order and only until one fails. Whether all went well. */
  async #apply(tx: EntityManager, rows: readonly OutboxRow[]): Promise<boolean> {
    const byKey = new Map<string, OutboxRow[]>();
    for (const row of rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row]);
    const done: string[] = [];
    const failed: { row: OutboxRow; error: unknown }[] = [];
    await Promise.all(
      [...byKey.values()].map(async (ofKey) => {
        for (const row of ofKey) {
          try {
            await this.#parts.handlers.apply(row);
            done.push(row.id);
          } catch (error) {
            failed.push({ row, error });
            return;
          }
        }
      }),
    );
    if (done.length > 0) await tx.query('UPDATE outbox SET applied_at = $1 WHERE id = ANY($2)', [this.#now(), done]);
    for (const { row, error } of failed) await this.#postpone(tx, row, error);
    return failed.length === 0;
  }

  /** A store that is away is asked again soon; what fails for another reason waits longer each time, up to 30 s. */
  async #postpone(tx: EntityManager, row: OutboxRow, error: unknown): Promise<void> {
    const away = error instanceof StoreUnavailable;
    if (!away)
      this.#parts.log.error({ err: error, kind: row.kind, key: row.key, entry: row.id }, 'outbox: entry failed');
    const waitMs = away ? busyWaitMs : Math.min(30_000, busyWaitMs * 2 ** row.attempts);
    await tx.query('UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $1, last_error = $2 WHERE id = $3', [
      new Date(this.#parts.clock.nowMs() + waitMs),
      String(error).slice(0, 500),
      row.id,
    ]);
  }

  async #purge(): Promise<void> {
    const now = this.#parts.clock.nowMs();
    if (now - this.#purgedAtMs < purgeEveryMs) return;
    this.#purgedAtMs = now;
    const before = new Date(now - this.#parts.keepMs);
    await askPostgres(() =>
      this.#parts.dataSource.query('DELETE FROM outbox WHERE applied_at IS NOT NULL AND created_at < $1', [before]),
    );
  }

  #now(): Date {
    return new Date(this.#parts.clock.nowMs());
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function rowsOf(tx: EntityManager, sql: string, parameters: unknown[]): Promise<OutboxRow[]> {
  const rows = await tx.query<Record<string, unknown>[]>(sql, parameters);
  return rows.map((row) => ({
    id: String(row['id']),
    kind: String(row['kind']),
    key: String(row['key']),
    payload: row['payload'] as Json,
    createdAt: row['created_at'] as Date,
    appliedAt: row['applied_at'] as Date | null,
    attempts: Number(row['attempts']),
    nextAttemptAt: row['next_attempt_at'] as Date,
    lastError: row['last_error'] as string | null,
  }));
}
