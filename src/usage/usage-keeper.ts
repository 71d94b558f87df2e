import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import type { Log } from '../platform/log.js';
import { inTransaction } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { foldMs, storeHours } from './hour-figures.js';
import { storePeople } from './people-figures.js';
import { HistoryRetention } from './retention.js';
import { type Span, spans, startOf } from './span.js';

/** How often is looked for something to do, in milliseconds. */
const everyMs = 60_000;
/** How long after its end a stretch is figured: by then what happened in it has been brought over, and refusals are folded. */
const settledMs = foldMs + 60_000;
const marksAtOnce = 24;
const marksARound = 480;
/** After so many failures a round is given up: it is Postgres then, and not one stretch that is too much. */
const mostFailures = 5;

/** What the keeper works with. */
export interface UsageKeeperParts {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly log: Log;
  /** How many days events are kept; 0: for ever. */
  readonly keepDays: number;
}

interface Mark {
  readonly licenceId: LicenceId;
  readonly span: Span;
  readonly startsAt: Date;
}

/**
 * Stores the figures of hours, days and months that are over, and takes away what is older than the history is kept. Several
 * processes may do it at once; what one of them is working on, the others leave alone.
 */
export class UsageKeeper {
  readonly #parts: UsageKeeperParts;
  readonly #retention: HistoryRetention;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #stopped = true;
  #failures = 0;

  constructor(parts: UsageKeeperParts) {
    this.#parts = parts;
    this.#retention = new HistoryRetention(parts.dataSource, parts.keepDays);
  }

  /** Begins to work, once a minute. */
  start(): void {
    this.#stopped = false;
    this.#wait();
  }

  /** Stops after what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#working;
  }

  /** Stores the figures of everything that is marked and over. Answers how many stretches. Throws StoreUnavailable. */
  async storeDue(): Promise<number> {
    this.#failures = 0;
    let stored = 0;
    let after: Mark | null = null;
    for (;;) {
      const marks: Mark[] = await this.#due(after);
      for (const group of inGroups(marks)) {
        if (this.#stopping || this.#failures >= mostFailures) return stored;
        stored += await this.#store(group);
      }
      after = marks.at(-1) ?? null;
      if (marks.length < marksARound) return stored;
    }
  }

  /** Takes away what is older than the history is kept. Answers how many rows. Throws StoreUnavailable. */
  forget(): Promise<number> {
    return this.#retention.forget(this.#parts.clock.nowMs(), () => this.#stopping);
  }

  /** Only while it runs by itself: a test that calls a step has not started it. */
  get #stopping(): boolean {
    return this.#timer !== null && this.#stopped;
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#working = this.#round().finally(() => {
        if (!this.#stopped) this.#wait();
      });
    }, everyMs);
  }

  async #round(): Promise<void> {
    try {
      await this.storeDue();
      // No event goes whose figures are not stored.
      if (this.#failures === 0) await this.forget();
    } catch (error) {
      // Marks stay, and so does what is old: the next round finds both.
      if (!(error instanceof StoreUnavailable)) this.#parts.log.error({ err: error }, 'usage: a round failed');
    }
  }

  #due(after: Mark | null): Promise<Mark[]> {
    const settled = this.#parts.clock.nowMs() - settledMs;
    // What began before the stretch that ran at that moment is over.
    const running = spans.map((span) => new Date(startOf(span, settled)));
    return inTransaction(this.#parts.dataSource, async (tx) => {
      const rows = await tx.query<{ licence_id: LicenceId; span: Span; starts_at: Date }[]>(
        `SELECT licence_id, span, starts_at FROM usage_marks
         WHERE starts_at < CASE span WHEN 'hour' THEN $1::timestamptz WHEN 'day' THEN $2::timestamptz ELSE $3::timestamptz END
           AND ($4::uuid IS NULL OR (licence_id, span, starts_at) > ($4, $5::text, $6::timestamptz))
         ORDER BY licence_id, span, starts_at LIMIT ${marksARound}`,
        [...running, after?.licenceId ?? null, after?.span ?? null, after?.startsAt ?? null],
      );
      return rows.map((row) => ({ licenceId: row.licence_id, span: row.span, startsAt: row.starts_at }));
    });
  }

  /** Marks of one licence and span: together, or one by one when that is too much for a statement. None holds up another. */
  async #store(marks: readonly Mark[]): Promise<number> {
    const [first] = marks;
    if (first === undefined) return 0;
    try {
      return await inTransaction(this.#parts.dataSource, (tx) => this.#storeIn(tx, first, marks));
    } catch (err) {
      if (marks.length > 1) {
        let stored = 0;
        for (const mark of marks) if (this.#failures < mostFailures) stored += await this.#store([mark]);
        return stored;
      }
      const { licenceId, span, startsAt } = first;
      this.#failures += 1;
      this.#parts.log.warn({ err, licenceId, span, startsAt }, 'usage: figures could not be stored, they wait');
      return 0;
    }
  }

  async #storeIn(tx: EntityManager, { licenceId, span }: Mark, marks: readonly Mark[]): Promise<number> {
    // First the locks, then the look at the events: whoever marks now waits, and whoever has marked can be seen.
    const rows = await tx.query<{ starts_at: Date }[]>(
      `SELECT starts_at FROM usage_marks WHERE licence_id = $1 AND span = $2 AND starts_at = ANY($3)
       ORDER BY starts_at FOR UPDATE SKIP LOCKED`,
      [licenceId, span, marks.map(({ startsAt }) => startsAt)],
    );
    const locked = rows.map((row) => row.starts_at);
    // Where events may be gone, what has been stored knows more than they do.
    const isWhole = (startsAt: Date) => this.#retention.isComplete(startsAt, this.#parts.clock.nowMs());
    for (const replace of [true, false]) {
      const some = locked.filter((startsAt) => isWhole(startsAt) === replace);
      if (span === 'hour') await storeHours(tx, licenceId, some, replace);
      else for (const startsAt of some) await storePeople(tx, { licenceId, span, startsAt }, replace);
    }
    await tx.query('DELETE FROM usage_marks WHERE licence_id = $1 AND span = $2 AND starts_at = ANY($3)', [
      licenceId,
      span,
      locked,
    ]);
    return locked.length;
  }
}

/** Marks of one licence and span together, at most so many that a statement does them in its time; days and months singly. */
function inGroups(marks: readonly Mark[]): Mark[][] {
  const groups: Mark[][] = [];
  for (const mark of marks) {
    const group = groups.at(-1);
    const first = group?.[0];
    const fits = first?.licenceId === mark.licenceId && first.span === mark.span && mark.span === 'hour';
    if (fits && group !== undefined && group.length < marksAtOnce) group.push(mark);
    else groups.push([mark]);
  }
  return groups;
}
