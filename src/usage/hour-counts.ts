import type { Clock } from '../kernel/clock.js';
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

/** How long after its end an hour may still get something that was written late. */
const lateMs = 120_000;

/** The hours of the last 24, the running one among them, in order; every one is there, also where nothing happened. */
export function lastDay(nowMs: number): number[] {
  const running = startOf('hour', nowMs);
  return Array.from({ length: 25 }, (_, i) => running - (24 - i) * hourMs);
}

/** Puts rows to hours. */
export function countsByHour(hours: readonly number[], rows: readonly CountRow[]): HourCount[] {
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

/** Counts what happened hour by hour, and counts an hour that is over once: a busy day has more rows than anybody waits for. */
export class HourCounts {
  readonly #rowsSince: (from: Date) => Promise<readonly CountRow[]>;
  readonly #clock: Clock;
  readonly #known = new Map<number, HourCount>();

  constructor(rowsSince: (from: Date) => Promise<readonly CountRow[]>, clock: Clock) {
    this.#rowsSince = rowsSince;
    this.#clock = clock;
  }

  /** The last 24 hours and the running one. */
  async lastDay(): Promise<HourCount[]> {
    const nowMs = this.#clock.nowMs();
    const hours = lastDay(nowMs);
    for (const startsAtMs of this.#known.keys()) if (startsAtMs < (hours[0] ?? 0)) this.#known.delete(startsAtMs);
    const fresh = hours.filter((startsAtMs) => !this.#known.has(startsAtMs));
    const found = countsByHour(fresh, await this.#rowsSince(new Date(fresh[0] ?? nowMs)));
    for (const hour of found) {
      if (hour.startsAtMs + hourMs + lateMs < nowMs) this.#known.set(hour.startsAtMs, hour);
    }
    const byHour = new Map(found.map((hour) => [hour.startsAtMs, hour]));
    return hours.flatMap((startsAtMs) => this.#known.get(startsAtMs) ?? byHour.get(startsAtMs) ?? []);
  }

  /** The running hour. */
  async running(): Promise<HourCount> {
    const startsAtMs = startOf('hour', this.#clock.nowMs());
    const [hour] = countsByHour([startsAtMs], await this.#rowsSince(new Date(startsAtMs)));
    return hour ?? { startsAtMs, counts: {} };
  }
}
