import { count, plural } from '../../kit/words.js';

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
  /** Seats the licence had after what happened last; null where nothing did. */
  readonly limit: number | null;
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

/** The stretch in which most sat; null when nobody sat at all. */
export function highestOf(items: readonly UsageItem[]): UsageItem | null {
  return items.reduce<UsageItem | null>((top, one) => (one.peak > (top?.peak ?? 0) ? one : top), null);
}

/** Sums a range up. */
export function summaryOf(items: readonly UsageItem[]): UsageSummary {
  const highest = highestOf(items);
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

/** The limit of each stretch: as the server tells it, else as it is now. */
export function limitsOf(items: readonly UsageItem[], seats: number): number[] {
  // What was not told, because nothing happened then, is as it was before, or, at the beginning, as it was next.
  let last = items.find(({ limit }) => typeof limit === 'number')?.limit ?? seats;
  return items.map(({ limit }) => {
    last = limit ?? last;
    return last;
  });
}

/** The limit at the peak: of the stretch that has it, or, where seats were taken away in that stretch, the one before. */
export function limitAtPeak(items: readonly UsageItem[], limits: readonly (number | null)[]): number | null {
  const highest = highestOf(items);
  const at = highest === null ? -1 : items.indexOf(highest);
  const limit = limits[at < 0 ? limits.length - 1 : at] ?? null;
  return limit === null ? null : Math.max(limit, limits[at - 1] ?? 0);
}

/** How many seats a licence could do with, as the server has worked it out. */
export interface Advice {
  readonly seats: number;
  /** Null when there is too little history to go by. */
  readonly recommended: number | null;
  readonly ground: {
    readonly days: number;
    readonly busyHours: number;
    readonly peak: number;
    readonly peakAt: string | null;
    readonly usual: number;
    readonly hoursFull: number;
    readonly turnedAway: number;
    readonly mostTurnedAway: number;
  };
}

/** An advice in two sentences: what, and on which ground. */
export function adviceInWords({ seats, recommended, ground }: Advice): { readonly what: string; readonly why: string } {
  const { days, busyHours, peak, usual, turnedAway, mostTurnedAway } = ground;
  const base = `In the last ${count(days)} days there were ${plural(busyHours, 'busy hour')}`;
  if (recommended === null) {
    return {
      what: 'Too early to tell.',
      why: `${base}, which is too little to go by. Ask again when the licence has been in use for some days.`,
    };
  }
  const enough = `${plural(usual, 'seat')} would have been enough in 99 % of them; at the peak ${count(peak)} sat at once.`;
  const away =
    turnedAway === 0
      ? 'Nobody was turned away for want of a seat.'
      : `${plural(turnedAway, 'person was', 'people were')} turned away for want of a seat, up to ${count(mostTurnedAway)} in one hour.`;
  const change = recommended - seats;
  const verdict =
    change === 0
      ? 'That is what the licence has.'
      : change > 0
        ? `That is ${count(change)} more than it has.`
        : `That is ${count(-change)} fewer than it has.`;
  return { what: `${plural(recommended, 'seat')} recommended. ${verdict}`, why: `${base}. ${enough} ${away}` };
}

const stretches = {
  hour: new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }),
  // Days and months are those of UTC, as the server counts them.
  day: new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }),
  month: new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }),
};

/** Which stretch of time it is, in words. */
export function stretchInWords(at: string, bucket: UsageRange['bucket']): string {
  return stretches[bucket].format(new Date(at));
}

/** Figures in words, for whoever does not see the plot. */
export function itemInWords(item: UsageItem, limit: number | null): string {
  const of = limit === null ? '' : ` of ${count(limit)}`;
  const refused = item.refusals === 0 ? 'nobody refused' : `${count(item.refusals)} refused`;
  const full = item.minutesFull > 0 ? `, full for ${count(Math.round(item.minutesFull))} minutes` : '';
  return `at most ${count(item.peak)}${of} seats in use, ${item.average.toFixed(1)} on average${full}, ${refused}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
