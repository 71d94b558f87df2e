import type { DataSource, EntityManager } from 'typeorm';
import type { AuditLog } from '../audit/audit-log.js';
import { isoTime, systemClock } from '../kernel/clock.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import { inTransaction } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { SessionEvent, SessionStore } from './store.js';

/** How often quiet tags are looked at, in milliseconds. A session nobody ended shows in the history so much later at most. */
const sweepMs = 2_000;
/** How long events may gather before they are brought to Postgres, in milliseconds. */
const gatherMs = 100;
const batchSize = 500;
const tagsAtOnce = 50;

/** What works on the history as it comes in: figures, notices. */
export interface HistoryListener {
  /** Called with events that were never seen before, in the transaction that stores them: what it writes is exactly once. */
  brought(tx: EntityManager, events: readonly SessionEvent[]): Promise<void>;
}

/** What the history is made of. */
export interface HistoryParts {
  readonly store: SessionStore;
  readonly dataSource: DataSource;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'eventsDrained' | 'sessionEvent' | 'eventLag'>;
  readonly listeners: readonly HistoryListener[];
  /** Every tag there is. */
  allTags(): Promise<string[]>;
}

/**
 * Brings what happened to sessions from Redis to Postgres, each event exactly once, and makes expiries of quiet licences
 * appear. Several processes may do it at once. Nothing is lost when one dies: events leave Redis only when Postgres has them.
 */
export class SessionHistory {
  readonly #parts: HistoryParts;
  readonly #touched = new Set<string>();
  #gathering: NodeJS.Timeout | null = null;
  #sweeping: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** Something happened in this tag: its events are brought over shortly. */
  readonly touched = (tag: string): void => {
    this.#touched.add(tag);
    if (this.#stopped || this.#gathering !== null) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      const tags = [...this.#touched];
      this.#touched.clear();
      this.#queue(() => this.#each(tags, (tag) => this.drain(tag)));
    }, gatherMs);
  };

  /** Begins to look at all tags every two seconds. */
  start(): void {
    this.#stopped = false;
    const again = () => {
      this.#sweeping = setTimeout(() => {
        this.#queue(() => this.sweep());
        void this.#working.finally(() => {
          if (!this.#stopped) again();
        });
      }, sweepMs);
    };
    again();
  }

  /** Stops and waits for what is under way. Events that are left stay in Redis for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    if (this.#sweeping !== null) clearTimeout(this.#sweeping);
    await this.#working;
  }

  /** Looks at every tag once: ends what has expired, mends drift, brings events over. */
  async sweep(): Promise<void> {
    await this.#each(await this.#parts.allTags(), async (tag) => {
      const found = await this.#parts.store.reconcile(tag);
      if (found.mended > 0) this.#parts.log.warn({ tag, mended: found.mended }, 'seats without a session were freed');
      if (found.events > 0) await this.drain(tag);
    });
  }

  /** Brings all waiting events of a tag over. */
  async drain(tag: string): Promise<void> {
    for (;;) {
      const batch = await this.#parts.store.events(tag, batchSize);
      if (batch.events.length === 0) return;
      let brought: readonly SessionEvent[] = [];
      await inTransaction(this.#parts.dataSource, async (tx) => {
        const fresh = await insertNew(tx, batch.events);
        // Taken out as it is met: one batch may hold an event twice.
        const events = batch.events.filter((event) => fresh.delete(event.id));
        for (const event of events) await this.#auditIfDue(tx, event);
        brought = events;
        if (events.length > 0) for (const listener of this.#parts.listeners) await listener.brought(tx, events);
      });
      this.#count(batch.events.length, brought);
      await this.#parts.store.acknowledge(tag, batch.positions);
      if (batch.events.length < batchSize) return;
    }
  }

  /** An event counts where it was written, so that those of all processes together are each counted once. */
  #count(drained: number, brought: readonly SessionEvent[]): void {
    const { metrics } = this.#parts;
    metrics.eventsDrained(drained);
    for (const { kind, reason } of brought) metrics.sessionEvent(kind, reason ?? '');
    if (brought.length === 0) return;
    const oldestMs = Math.min(...brought.map(({ atMs }) => atMs));
    metrics.eventLag(Math.max(0, systemClock.nowMs() - oldestMs) / 1000);
  }

  /** Ends on a person's order, ends that mean something was wrong, and sessions that take no seat; the rest is only history. */
  async #auditIfDue(tx: EntityManager, event: SessionEvent): Promise<void> {
    const { kind, reason, message, userId, licenceId, ref } = event;
    const caller = event.requestId === null ? null : { requestId: event.requestId, address: null };
    const target = { type: 'session' as const, id: ref ?? '' };
    if (kind === 'released' && (event.by !== null || reason === 'user-agent')) {
      const actor = event.by === null ? ('system' as const) : { userId: event.by };
      const detail = { reason, message, userId, licenceId, endedAt: isoTime(event.atMs) };
      await this.#parts.audit.record(tx, { actor, caller }, { action: 'session.ended', target, detail });
    }
    if (kind === 'admitted' && userId !== null && (reason === 'break-glass' || reason === 'support')) {
      const detail = { reason, licenceId, openedAt: isoTime(event.atMs) };
      const by = { actor: { userId }, caller };
      await this.#parts.audit.record(tx, by, { action: 'session.opened-uncounted', target, detail });
    }
  }

  #queue(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((error: unknown) => {
      // Nothing is lost: what could not be brought over now is found by the next sweep.
      if (!(error instanceof StoreUnavailable))
        this.#parts.log.error({ err: error }, 'history: could not be brought over');
    });
  }

  /** Works on every tag; one that fails is said in the log and holds up no other. Throws when a store is away. */
  async #each(tags: readonly string[], work: (tag: string) => Promise<void>): Promise<void> {
    for (let from = 0; from < tags.length; from += tagsAtOnce) {
      const some = tags.slice(from, from + tagsAtOnce);
      const outcomes = await Promise.allSettled(some.map(work));
      const failed = outcomes.flatMap((one, i) =>
        one.status === 'rejected' ? [{ tag: some[i], err: one.reason }] : [],
      );
      const away = failed.find(({ err }) => err instanceof StoreUnavailable);
      if (away !== undefined) throw away.err;
      for (const one of failed) this.#parts.log.error(one, 'history: what happened in a tag could not be brought over');
    }
  }
}

const columns = [
  ['id', 'text'],
  ['kind', 'text'],
  ['tag', 'text'],
  ['licence_id', 'uuid'],
  ['ref', 'text'],
  ['user_id', 'uuid'],
  ['at', 'timestamptz'],
  ['reason', 'text'],
  ['message', 'text'],
  ['by_user', 'uuid'],
  ['request_id', 'text'],
  ['used', 'int'],
  ['seat_limit', 'int'],
] as const;
const insertSql = `INSERT INTO session_events (${columns.map(([name]) => name).join(', ')})
  SELECT * FROM unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})
  ON CONFLICT (id) DO NOTHING RETURNING id`;

async function insertNew(tx: EntityManager, events: readonly SessionEvent[]): Promise<Set<string>> {
  const values = [
    events.map((event) => event.id),
    events.map((event) => event.kind),
    events.map((event) => event.tag),
    events.map((event) => event.licenceId),
    events.map((event) => event.ref),
    events.map((event) => event.userId),
    events.map((event) => new Date(event.atMs)),
    events.map((event) => event.reason),
    events.map((event) => event.message),
    events.map((event) => event.by),
    events.map((event) => event.requestId),
    events.map((event) => event.used),
    events.map((event) => event.limit),
  ];
  const rows = await tx.query<{ id: string }[]>(insertSql, values);
  return new Set(rows.map((row) => row.id));
}
