import { hourMs } from './span.js';
import type { Usage } from './usage-history.js';

/** What is known of a licence's load. */
export interface AdviceGround {
  /** Hours in which anybody sat there. */
  readonly busyHours: number;
  readonly peak: number;
  readonly peakAtMs: number | null;
  /** So many seats were enough in 99 % of the busy hours. */
  readonly usual: number;
  /** How long no seat was free, in hours. */
  readonly hoursFull: number;
  /** True refusals for want of a seat, and the most of them in one hour. */
  readonly turnedAway: number;
  readonly mostTurnedAway: number;
}

/** How many seats would be right, and on which ground. */
export interface SeatAdvice {
  /** Null: there is too little to go by. */
  readonly recommended: number | null;
  readonly ground: AdviceGround;
}

/** Fewer busy hours than these tell nothing. */
const fewestHours = 24;
const spare = 1.05;

/**
 * How many seats a licence could do with, from its usage hour by hour. Where nobody was turned away for want of a seat: what
 * was enough in 99 % of the busy hours, and a twentieth more. Else the peak, and room for all who were turned away in the worst
 * hour: nobody knows better how many more would have sat there.
 */
export function adviseSeats(hours: readonly Usage[]): SeatAdvice {
  const busy = hours.filter(({ peak }) => peak > 0);
  const peaks = busy.map(({ peak }) => peak).sort((a, b) => a - b);
  const top = busy.reduce<Usage | null>((most, one) => (one.peak > (most?.peak ?? 0) ? one : most), null);
  const away = hours.map(turnedAwayIn);
  const ground: AdviceGround = {
    busyHours: busy.length,
    peak: top?.peak ?? 0,
    peakAtMs: top?.startsAtMs ?? null,
    usual: peaks[Math.ceil(peaks.length * 0.99) - 1] ?? 0,
    hoursFull: hours.reduce((sum, { fullMs }) => sum + fullMs, 0) / hourMs,
    turnedAway: away.reduce((sum, count) => sum + count, 0),
    mostTurnedAway: away.reduce((most, count) => Math.max(most, count), 0),
  };
  return { recommended: busy.length < fewestHours ? null : seatsFor(ground), ground };
}

function seatsFor({ turnedAway, peak, mostTurnedAway, usual }: AdviceGround): number {
  return turnedAway > 0 ? peak + mostTurnedAway : Math.ceil(usual * spare);
}

function turnedAwayIn({ hours }: Usage): number {
  return hours.reduce((sum, { refusals }) => sum + (refusals.get('FULL')?.telling ?? 0), 0);
}
