import type { Clock } from '../kernel/clock.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { hourMs, startOf } from './span.js';

/** How often each thing happened in an hour. */
export interface HourCount {
  readonly startsAtMs: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** One row of what happened: in which hour, what, and how often. */
export interface CountRow {
  readonly startsAtMs: number;
  readonly name: string;
  readonly count: number;
}

/** From when, until before when. */
export interface Between {
  readonly from: Date;
  readonly until: Date;
}

/** For how long hours are counted one by one before whoever looks is answered without. */
const patienceMs = 700;
/** How long after its end an hour may still get something that was written late. */
const lateMs = 120_000;

/** The hours of the last 24, the running one among them, in order; every one is there, also where nothing happened. */
export function lastDay(nowMs: number): number[] {
  const running = startOf('hour', nowMs);
  return Array.from({ length: 25 }, (_, i) => running - (24 - i) * hourMs);
}

/** Tells what happens in a time. */
export type RowsIn = (span: Between) => Promise<readonly CountRow[]>;

/** Counts these hours, the earliest first; every one is told, also where nothing happened. */
export async function countHours(hours: readonly number[], rowsIn: RowsIn): Promise<HourCount[]> {
  const rows = await rowsIn({ from: new Date(hours[0] ?? 0), until: new Date((hours.at(-1) ?? 0) + hourMs) });
  const byHour = new Map<number, Record<string, number>>(hours.map((startsAtMs) => [startsAtMs, {}]));
  for (const { startsAtMs, name, count } of rows) {
    const counts = byHour.get(startsAtMs);
    if (counts !== undefined) counts[name] = (counts[name] ?? 0) + count;
  }
  return [...byHour].map(([startsAtMs, counts]) => ({ startsAtMs, counts }));
}

/** The sum of these hours. */
export function totalsOf(hours: readonly HourCount[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { counts } of hours) {
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
  }
  return totals;
}

/** Counts what happened, and counts an hour that is over once: a busy day has more rows than anybody waits for. */
export class HourCounts {
  readonly #rowsIn: RowsIn;
  readonly #clock: Clock;
  readonly #known = new Map<number, HourCount>();
  /** A day could not be counted in one go. */
  #tooMuch = false;

  constructor(rowsIn: RowsIn, clock: Clock) {
    this.#rowsIn = rowsIn;
    this.#clock = clock;
  }

  /**
   * The last 24 hours and the running one. Throws StoreUnavailable, also when there is more than can be counted in time: from
   * then on hour by hour is counted, and what has been is kept, until all of the day is known.
   */
  async lastDay(): Promise<HourCount[]> {
    const nowMs = this.#clock.nowMs();
    const hours = lastDay(nowMs);
    for (const startsAtMs of this.#known.keys()) if (startsAtMs < (hours[0] ?? 0)) this.#known.delete(startsAtMs);
    const fresh = hours.filter((startsAtMs) => !this.#known.has(startsAtMs));
    const found = await (this.#tooMuch ? this.#hourByHour(fresh) : this.#inOneGo(fresh));
    const byHour = new Map(found.map((hour) => [hour.startsAtMs, hour]));
    return hours.flatMap((startsAtMs) => byHour.get(startsAtMs) ?? this.#known.get(startsAtMs) ?? []);
  }

  /** The running hour. */
  async running(): Promise<HourCount> {
    const startsAtMs = startOf('hour', this.#clock.nowMs());
    const [hour] = await this.#count([startsAtMs]);
    return hour ?? { startsAtMs, counts: {} };
  }

  async #inOneGo(hours: readonly number[]): Promise<HourCount[]> {
    try {
      return await this.#count(hours);
    } catch (error) {
      this.#tooMuch = error instanceof StoreUnavailable;
      throw error;
    }
  }

  async #hourByHour(hours: readonly number[]): Promise<HourCount[]> {
    const untilMs = this.#clock.nowMs() + patienceMs;
    const found: HourCount[] = [];
    for (const startsAtMs of hours) {
      if (this.#clock.nowMs() > untilMs) throw new StoreUnavailable('postgres');
      found.push(...(await this.#count([startsAtMs])));
    }
    this.#tooMuch = false;
    return found;
  }

  /** Counts these hours, and keeps those to which nothing can be added. */
  async #count(hours: readonly number[]): Promise<HourCount[]> {
    const nowMs = this.#clock.nowMs();
    const found = await countHours(hours, this.#rowsIn);
    for (const hour of found) {
      if (hour.startsAtMs + hourMs + lateMs < nowMs) this.#known.set(hour.startsAtMs, hour);
    }
    return found;
  }
}
