import { invalid } from '../kernel/problem.js';

/**
 * When a licence is valid: from `validFrom` (null: always has been) until before `validTo` (null: without end). A term whose
 * end is not known yet counts from the first use.
 */
export interface Validity {
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  /** The term that set the end, or will, in days; null when the end was given itself. */
  readonly durationDays: number | null;
}

/** What a request says about validity; what it leaves out stays. */
export interface ValidityGiven {
  readonly validFrom?: Date | null | undefined;
  readonly validTo?: Date | null | undefined;
  readonly durationDays?: number | undefined;
}

/** The longest term, in days: a hundred years. */
export const longestTermDays = 36_500;

const dayMs = 86_400_000;
const endless = 'renews nothing: the licence has no end; use PATCH to give it one';

/** Whether the term has not begun to count: it will with the first use. */
export function startsOnFirstUse({ durationDays, validTo }: Validity): boolean {
  return durationDays !== null && validTo === null;
}

/** Whether the moment lies in the window. So does every moment before the first use of a licence that counts from there. */
export function isWithin({ validFrom, validTo }: Validity, nowMs: number): boolean {
  return (validFrom === null || validFrom.getTime() <= nowMs) && (validTo === null || nowMs < validTo.getTime());
}

/**
 * The validity after a request. A term counts from `validFrom`, and from the first use when there is none. Throws
 * `invalid-request` when end and term are both given, or the end does not lie after the beginning.
 */
export function validityAfter(present: Validity, given: ValidityGiven): Validity {
  if (given.validTo !== undefined && given.durationDays !== undefined) {
    throw invalid('/durationDays', 'give validTo or durationDays, not both');
  }
  const validFrom = given.validFrom === undefined ? present.validFrom : given.validFrom;
  if (given.validTo !== undefined) return checked({ validFrom, validTo: given.validTo, durationDays: null });
  if (given.durationDays !== undefined) return ofTerm(validFrom, given.durationDays);
  if (present.durationDays !== null && startsOnFirstUse(present)) return ofTerm(validFrom, present.durationDays);
  return checked({ validFrom, validTo: present.validTo, durationDays: present.durationDays });
}

/**
 * The validity after a renewal: until `validTo`, or for so many days more, counted from the present end or from now,
 * whichever is later; what has not begun to count gets a longer term. Throws `invalid-request` unless exactly one is given,
 * when nothing would get longer by it, and when the term gets longer than a hundred years.
 */
export function validityRenewed(present: Validity, given: Omit<ValidityGiven, 'validFrom'>, now: Date): Validity {
  const { validTo, durationDays } = given;
  if ((validTo === undefined || validTo === null) === (durationDays === undefined)) {
    throw invalid('', 'give either validTo or durationDays');
  }
  if (durationDays !== undefined) return renewedBy(present, durationDays, now);
  return renewedTo(present, validTo ?? now, now);
}

function renewedBy(present: Validity, durationDays: number, now: Date): Validity {
  if (present.durationDays !== null && startsOnFirstUse(present)) {
    const days = present.durationDays + durationDays;
    if (days <= longestTermDays) return ofTerm(null, days);
    throw invalid('/durationDays', `must not make the term of ${present.durationDays} longer than ${longestTermDays}`);
  }
  if (present.validTo === null) throw invalid('/durationDays', endless);
  const from = new Date(Math.max(now.getTime(), present.validTo.getTime()));
  return checked({ validFrom: present.validFrom, validTo: later(from, durationDays), durationDays });
}

function renewedTo(present: Validity, validTo: Date, now: Date): Validity {
  if (validTo <= now) throw invalid('/validTo', 'must lie in the future');
  const waits = present.durationDays !== null && startsOnFirstUse(present);
  // A term that waits for the first use ends this early at the earliest.
  const end = waits ? later(now, present.durationDays ?? 0) : present.validTo;
  if (end === null) throw invalid('/validTo', endless);
  if (validTo <= end) {
    const what = waits ? `the end of the term of ${present.durationDays} days, begun now` : 'the present end';
    throw invalid('/validTo', `must be after ${what}, ${end.toISOString()}; use PATCH to shorten`);
  }
  return checked({ validFrom: present.validFrom, validTo, durationDays: null });
}

/** The validity of a term that begins; without a beginning it waits for the first use. */
export function ofTerm(validFrom: Date | null, durationDays: number): Validity {
  const validTo = validFrom === null ? null : later(validFrom, durationDays);
  return checked({ validFrom, validTo, durationDays });
}

function later(from: Date, days: number): Date {
  return new Date(from.getTime() + days * dayMs);
}

function checked(validity: Validity): Validity {
  const { validFrom, validTo } = validity;
  if (validFrom !== null && validTo !== null && validTo <= validFrom) {
    throw invalid('/validTo', 'must be after validFrom');
  }
  if (validTo !== null && validTo.getUTCFullYear() > 9999) throw invalid('/validTo', 'must lie before the year 10000');
  return validity;
}
