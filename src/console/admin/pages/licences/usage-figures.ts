/** The figures of one stretch of time, as the server tells them. */
export interface UsageItem {
  readonly at: string;
  readonly peak: number;
  readonly average: number;
  readonly minutesFull: number;
  readonly seatMinutes: number;
  readonly distinctUsers: number;
  readonly admissions: number;
  readonly refusals: number;
  readonly trueRefusals: number;
  /** Seats the licence had; missing where the server does not know. */
  readonly limit?: number | null;
}

/** A time that figures are asked for. `to` is null for now. */
export interface UsageRange {
  readonly from: string;
  readonly to: string | null;
  readonly bucket: 'hour' | 'day' | 'month';
}

/** The ranges that are offered by name, in this order. */
export const rangeNames = ['day', 'week', 'month', 'custom'] as const;

/** The name of such a range. */
export type RangeName = (typeof rangeNames)[number];

/** What a range is called. */
export const rangeWords: Readonly<Record<RangeName, string>> = {
  day: '24 hours',
  week: '7 days',
  month: '30 days',
  custom: 'Custom',
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const lengths = { day: dayMs, week: 7 * dayMs, month: 30 * dayMs } as const;

/** The range of a name that ends now. */
export function namedRange(name: Exclude<RangeName, 'custom'>, nowMs: number): UsageRange {
  return { from: iso(nowMs - lengths[name]), to: null, bucket: 'hour' };
}

/**
 * The range from the first day to the last one, both included, in the time of this browser. Hours up to a month and a bit, days up
 * to two years, months beyond. Null while a day is missing, or the last one lies before the first.
 */
export function customRange(firstDay: string, lastDay: string): UsageRange | null {
  const fromMs = Date.parse(`${firstDay}T00:00:00`);
  const last = new Date(`${lastDay}T00:00:00`);
  last.setDate(last.getDate() + 1);
  const toMs = last.getTime();
  if (Number.isNaN(fromMs) || Number.isNaN(toMs) || toMs <= fromMs) return null;
  const days = (toMs - fromMs) / dayMs;
  const bucket = days <= 40 ? 'hour' : days <= 731 ? 'day' : 'month';
  return { from: iso(fromMs), to: iso(toMs), bucket };
}

/** The query of a range. */
export function rangeQuery({ from, to, bucket }: UsageRange): string {
  const query = new URLSearchParams({ from, bucket });
  if (to !== null) query.set('to', to);
  return query.toString();
}

/** What stands out in a range. */
export interface UsageSummary {
  readonly peak: number;
  /** When the peak was; null when nobody sat at all. */
  readonly peakAt: string | null;
  readonly average: number;
  readonly minutesFull: number;
  readonly admissions: number;
  readonly refusals: number;
  readonly trueRefusals: number;
}

/** Sums a range up. */
export function summaryOf(items: readonly UsageItem[]): UsageSummary {
  const highest = items.reduce<UsageItem | null>((top, one) => (one.peak > (top?.peak ?? 0) ? one : top), null);
  const sum = (field: 'minutesFull' | 'admissions' | 'refusals' | 'trueRefusals') =>
    items.reduce((total, one) => total + one[field], 0);
  const average = items.length === 0 ? 0 : items.reduce((total, one) => total + one.average, 0) / items.length;
  return {
    peak: highest?.peak ?? 0,
    peakAt: highest?.at ?? null,
    average,
    minutesFull: sum('minutesFull'),
    admissions: sum('admissions'),
    refusals: sum('refusals'),
    trueRefusals: sum('trueRefusals'),
  };
}

/** How many seats a licence could do with, and why. */
export interface Recommendation {
  readonly seats: number;
  readonly ground: string;
}

/**
 * The seats that would have been enough in all but the busiest hundredth of the stretches with anybody in them, with a twentieth to
 * spare; never fewer than the peak while people were turned away for good. Null when there is too little to go by.
 */
export function recommendedSeats(items: readonly UsageItem[], seats: number): Recommendation | null {
  const busy = items.filter(({ peak }) => peak > 0).map(({ peak }) => peak);
  if (busy.length < 24) return null;
  const sorted = busy.toSorted((a, b) => a - b);
  const usual = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  const { peak, trueRefusals } = summaryOf(items);
  const turnedAway = trueRefusals > 0;
  // Whoever was turned away would have sat beside those at the peak; how many at once is bounded by the worst stretch.
  const worst = items.reduce((most, one) => Math.max(most, one.trueRefusals), 0);
  const wanted = turnedAway ? peak + worst : Math.ceil(usual * 1.05);
  const ground = turnedAway
    ? `At the peak ${whole(peak)} sat at once, and up to ${whole(worst)} more were turned away for good within one stretch of time.`
    : `${whole(usual)} seats were enough 99 % of the busy time (peak ${whole(peak)}); a twentieth is added to spare.`;
  const verdict = wanted === seats ? ' The licence has just that.' : '';
  return { seats: wanted, ground: `${ground}${verdict}` };
}

/** Figures in words, for whoever does not see the plot. */
export function itemInWords(item: UsageItem, limit: number | null): string {
  const of = limit === null ? '' : ` of ${whole(limit)}`;
  const refused = item.refusals === 0 ? 'nobody refused' : `${whole(item.refusals)} refused`;
  const full = item.minutesFull > 0 ? `, full for ${whole(Math.round(item.minutesFull))} minutes` : '';
  return `at most ${whole(item.peak)}${of} seats in use, ${item.average.toFixed(1)} on average${full}, ${refused}`;
}

function whole(count: number): string {
  return count.toLocaleString('en-GB');
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
