import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import { inTransaction } from '../platform/postgres.js';
import { figureHours, type HourFigures, type Level, storedHours } from './hour-figures.js';
import { figurePeople, storedPeople } from './people-figures.js';
import { type Stretch, stretchesOf } from './seat-curve.js';
import { hourMs, type Span, startOf } from './span.js';
import type { Period } from './usage-period.js';

/** How many hours one statement figures at most. */
const hoursAtOnce = 12;

/** What a licence's seats and people did in one stretch of time. */
export interface Usage extends Stretch {
  readonly people: number;
}

/**
 * Tells what happened in a licence over time: from the stored figures, and from the events themselves where those have not
 * been stored yet, or were changed by a late event. Throws StoreUnavailable when Postgres cannot be asked.
 */
export class UsageHistory {
  readonly #dataSource: DataSource;
  readonly #clock: Clock;

  constructor(dataSource: DataSource, clock: Clock) {
    this.#dataSource = dataSource;
    this.#clock = clock;
  }

  /** The stretches of the period that have begun, in order. Empty when none has. */
  usage(licenceId: LicenceId, period: Period): Promise<Usage[]> {
    const { span, fromMs } = period;
    const toMs = Math.min(period.toMs, this.#clock.nowMs());
    if (toMs <= fromMs) return Promise.resolve([]);
    return this.#atOneMoment(async (tx) => {
      const hours = await hoursOf(tx, licenceId, fromMs, toMs);
      const before = await levelBefore(tx, licenceId, new Date(fromMs));
      const stretches = stretchesOf(span, { fromMs, toMs }, hours, before);
      if (span === 'hour') return stretches.map((one) => ({ ...one, people: one.hours[0]?.people ?? 0 }));
      const people = await peopleOf(tx, licenceId, span, fromMs, toMs);
      return stretches.map((one) => ({ ...one, people: people.get(one.startsAtMs) ?? 0 }));
    });
  }

  /** Reads in one snapshot: what is marked, what is stored and what happened belong together. */
  #atOneMoment<T>(read: (tx: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.#dataSource, async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      return read(tx);
    });
  }
}

/** The figures of all hours with events, in order. */
async function hoursOf(tx: EntityManager, licenceId: LicenceId, fromMs: number, toMs: number): Promise<HourFigures[]> {
  const from = new Date(fromMs);
  const to = new Date(toMs);
  const hours = new Map((await storedHours(tx, licenceId, { fromMs, toMs })).map((hour) => [hour.startsAtMs, hour]));
  const marked = await markedIn(tx, licenceId, 'hour', from, to);
  for (let i = 0; i < marked.length; i += hoursAtOnce) {
    const fresh = await figureHours(tx, licenceId, marked.slice(i, i + hoursAtOnce));
    for (const hour of fresh) hours.set(hour.startsAtMs, hour);
  }
  return [...hours.values()].sort((a, b) => a.startsAtMs - b.startsAtMs);
}

async function peopleOf(
  tx: EntityManager,
  licenceId: LicenceId,
  span: 'day' | 'month',
  fromMs: number,
  toMs: number,
): Promise<Map<number, number>> {
  const from = new Date(fromMs);
  const to = new Date(toMs);
  const people = await storedPeople(tx, licenceId, span, from, to);
  for (const startsAt of await markedIn(tx, licenceId, span, from, to)) {
    people.set(startsAt.getTime(), await figurePeople(tx, { licenceId, span, startsAt }));
  }
  return people;
}

async function markedIn(tx: EntityManager, licenceId: LicenceId, span: Span, from: Date, to: Date): Promise<Date[]> {
  const rows = await tx.query<{ starts_at: Date }[]>(
    `SELECT starts_at FROM usage_marks
     WHERE licence_id = $1 AND span = $2 AND starts_at >= $3 AND starts_at < $4 ORDER BY starts_at`,
    [licenceId, span, from, to],
  );
  return rows.map((row) => row.starts_at);
}

/** How full the licence was before that hour began: what its last event left, which may be known by the figures only. */
async function levelBefore(tx: EntityManager, licenceId: LicenceId, hour: Date): Promise<Level> {
  const [event] = await tx.query<{ at: Date; used: number; seat_limit: number | null }[]>(
    `SELECT at, used, seat_limit FROM session_events
     WHERE licence_id = $1 AND at < $2 ORDER BY at DESC, seq DESC LIMIT 1`,
    [licenceId, hour],
  );
  const [stored] = await tx.query<{ starts_at: Date; last_used: number; last_limit: number | null }[]>(
    `SELECT starts_at, last_used, last_limit FROM usage_hours
     WHERE licence_id = $1 AND starts_at < $2 ORDER BY starts_at DESC LIMIT 1`,
    [licenceId, hour],
  );
  const storedLater =
    stored !== undefined &&
    (event === undefined || stored.starts_at.getTime() >= startOf('hour', event.at.getTime()) + hourMs);
  if (storedLater) return { used: stored.last_used, limit: stored.last_limit };
  return event === undefined ? { used: 0, limit: null } : { used: event.used, limit: event.seat_limit };
}
