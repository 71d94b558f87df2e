import { nowMs } from '../../../../client/clock.js';
import { count, plural } from '../../kit/words.js';
import type { Licence } from './licence-types.js';

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** A day as people write it: "8 March 2026". */
export function dayInWords(at: string): string {
  return day.format(new Date(at));
}

/** The state of a licence in a word, and how much it matters. */
export function stateOf(licence: Licence): {
  readonly kind: 'good' | 'warning' | 'danger' | 'neutral';
  readonly words: string;
} {
  if (licence.state === 'suspended') return { kind: 'danger', words: 'Suspended' };
  if (licence.state === 'draining') return { kind: 'warning', words: 'Draining' };
  if (!licence.valid)
    return hasBegun(licence) ? { kind: 'danger', words: 'Expired' } : { kind: 'neutral', words: 'Not started' };
  if (licence.over > 0) return { kind: 'danger', words: `${count(licence.over)} over` };
  if (licence.seats > 0 && licence.used >= licence.seats) return { kind: 'danger', words: 'Full' };
  if (licence.seats > 0 && licence.used >= 0.8 * licence.seats) return { kind: 'warning', words: 'Near limit' };
  return { kind: 'good', words: 'Active' };
}

// Not valid although active: it has not begun, or it is over.
function hasBegun({ validFrom }: Licence): boolean {
  return validFrom === null || Date.parse(validFrom) <= nowMs();
}

/** When a licence is valid, in words. */
export function validityInWords({ validFrom, validTo, durationDays, startsOnFirstUse }: Licence): string {
  if (startsOnFirstUse && durationDays !== null) return `${plural(durationDays, 'day')} from the first use`;
  const from = validFrom === null ? '' : dayInWords(validFrom);
  if (validTo === null) return from === '' ? 'No end' : `From ${from}, no end`;
  return from === '' ? `Until ${endInWords(validTo)}` : `${from} to ${endInWords(validTo)}`;
}

/** The end of a licence as the last moment of it: an end at midnight belongs to the day before. */
export function endInWords(validTo: string): string {
  return dayInWords(new Date(Date.parse(validTo) - 1).toISOString());
}

/** The moment a chosen day begins, or, for a last day, is over; null without a day. */
export function dayToInstant(chosen: string, edge: 'begins' | 'is over'): string | null {
  const date = new Date(`${chosen}T00:00:00`);
  if (Number.isNaN(date.getTime())) return null;
  if (edge === 'is over') date.setDate(date.getDate() + 1);
  return date.toISOString();
}

/** The day of a moment as a date field holds it; of an end, the last day that belongs to it. */
export function instantToDay(at: string | null, edge: 'begins' | 'is over'): string {
  if (at === null) return '';
  const date = new Date(Date.parse(at) - (edge === 'is over' ? 1 : 0));
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Why a licence refused somebody, in words. */
export const refusalWords: Readonly<Record<string, string>> = {
  FULL: 'Every seat was taken',
  USER_MAX: 'They had as many sessions as one person may',
  NOT_MEMBER: 'Not a member',
  SUSPENDED: 'Licence suspended or draining',
  NOT_STARTED: 'Licence not valid yet',
  EXPIRED: 'Licence expired',
  RATE: 'Too many attempts',
};
