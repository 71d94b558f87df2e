import { endOfHour, type HourFigures, isFull, type Level } from './hour-figures.js';
import { type Span, startOf, startOfNext } from './span.js';

/** What a licence's seats did in one stretch of time. */
export interface Stretch {
  readonly startsAtMs: number;
  /** How much of it has passed. */
  readonly lastsMs: number;
  /** The most seats in use at once. */
  readonly peak: number;
  readonly seatMs: number;
  readonly fullMs: number;
  /** The hours of it in which something happened. */
  readonly hours: readonly HourFigures[];
}

interface Growing {
  startsAtMs: number;
  lastsMs: number;
  peak: number;
  seatMs: number;
  fullMs: number;
  hours: HourFigures[];
}

/**
 * Puts the figures of hours together to stretches from `fromMs` to `toMs`, which is not later than now. Between events the
 * licence stays as the last one left it; `before` is how it was when the first stretch began.
 */
export function stretchesOf(
  span: Span,
  time: { fromMs: number; toMs: number },
  hours: readonly HourFigures[],
  before: Level,
): Stretch[] {
  const stretches = emptyStretches(span, time);
  const byStart = new Map(stretches.map((stretch) => [stretch.startsAtMs, stretch]));
  const at = (ms: number) => byStart.get(startOf(span, ms));
  let level = before;
  let reachedMs = time.fromMs;
  const stay = (untilMs: number) => {
    while (reachedMs < untilMs) {
      const endMs = Math.min(untilMs, startOfNext(span, reachedMs));
      const stretch = at(reachedMs);
      if (stretch !== undefined) lengthen(stretch, level, endMs - reachedMs);
      reachedMs = endMs;
    }
  };
  for (const hour of hours) {
    stay(hour.firstAtMs);
    const stretch = at(hour.startsAtMs);
    if (stretch === undefined) continue;
    stretch.hours.push(hour);
    stretch.peak = Math.max(stretch.peak, hour.peak);
    stretch.seatMs += hour.seatMs;
    stretch.fullMs += hour.fullMs;
    level = hour.last;
    reachedMs = endOfHour(hour);
    // The figures of the running hour take its last level to its end.
    if (reachedMs > time.toMs) lengthen(stretch, level, time.toMs - reachedMs);
  }
  stay(time.toMs);
  // Where Redis' clock is ahead of ours, the running hour has events that are still to come.
  return stretches.map((one) => ({ ...one, seatMs: Math.max(0, one.seatMs), fullMs: Math.max(0, one.fullMs) }));
}

function emptyStretches(span: Span, { fromMs, toMs }: { fromMs: number; toMs: number }): Growing[] {
  const stretches: Growing[] = [];
  for (let startsAtMs = fromMs; startsAtMs < toMs; startsAtMs = startOfNext(span, startsAtMs)) {
    const lastsMs = Math.min(toMs, startOfNext(span, startsAtMs)) - startsAtMs;
    stretches.push({ startsAtMs, lastsMs, peak: 0, seatMs: 0, fullMs: 0, hours: [] });
  }
  return stretches;
}

function lengthen(stretch: Growing, level: Level, ms: number): void {
  stretch.peak = Math.max(stretch.peak, level.used);
  stretch.seatMs += ms * level.used;
  if (isFull(level)) stretch.fullMs += ms;
}
