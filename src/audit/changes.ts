import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { Outbox, OutboxEntry } from '../platform/outbox.js';
import type { Reached } from '../platform/pending.js';
import { inTransaction } from '../platform/postgres.js';
import type { AuditEntry, AuditLog, By } from './audit-log.js';

/** A change that is being made: its transaction, its time, and what goes with it. */
export interface Change {
  readonly tx: EntityManager;
  readonly now: Date;
  readonly by: By;
  /** Adds lines to the audit log. */
  audit(...entries: readonly AuditEntry[]): Promise<void>;
  /** Tells Redis of it after the commit. The caller holds the row lock of what the entry's key names. */
  push(entry: OutboxEntry): Promise<void>;
  /** Counts what earlier changes have still on its way under `key` as part of this one, which itself had nothing to do. */
  await(key: string): void;
}

/** What a change made, and whether Redis knows of it. */
export interface Changed<T> {
  readonly result: T;
  readonly reached: Reached;
}

/**
 * The one way to change accounts, owners and licences: the rows, their audit lines and what Redis must learn are one
 * transaction; Redis is told before the caller is answered.
 */
export class Changes {
  readonly #dataSource: DataSource;
  readonly #outbox: Pick<Outbox, 'enqueue' | 'flush'>;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor(parts: {
    dataSource: DataSource;
    outbox: Pick<Outbox, 'enqueue' | 'flush'>;
    audit: AuditLog;
    clock: Clock;
  }) {
    this.#dataSource = parts.dataSource;
    this.#outbox = parts.outbox;
    this.#audit = parts.audit;
    this.#clock = parts.clock;
  }

  /** Makes a change, all of it or nothing. Throws what `work` throws, and StoreUnavailable when Postgres cannot be asked. */
  async make<T>(by: By, work: (change: Change) => Promise<T>): Promise<Changed<T>> {
    const keys = new Set<string>();
    const result = await inTransaction(this.#dataSource, (tx) =>
      work({
        tx,
        now: new Date(this.#clock.nowMs()),
        by,
        audit: (...entries) => this.#audit.record(tx, by, ...entries),
        push: async (entry) => {
          keys.add(entry.key);
          await this.#outbox.enqueue(tx, entry);
        },
        await: (key) => keys.add(key),
      }),
    );
    return { result, reached: await this.#outbox.flush([...keys]) };
  }
}
