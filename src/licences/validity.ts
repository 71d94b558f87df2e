import { invalid } from '../kernel/problem.js';

/** When a licence is valid: from `validFrom` (null: always has been) until before `validTo` (null: without end). */
export interface Validity {
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  /** The term that set the end, in days; null when the end was given itself. */
  readonly durationDays: number | null;
}

/** What a request says about validity; what it leaves out stays. */
export interface ValidityGiven {
  readonly validFrom?: Date | null | undefined;
  readonly validTo?: Date | null | undefined;
  readonly durationDays?: number | undefined;
}

const dayMs = 86_400_000;

/**
 * The validity after a request. A term counts from `validFrom`, which is now when there is none. Throws `invalid-request`
 * when end and term are both given, or the end does not lie after the beginning.
 */
export function validityAfter(present: Validity, given: ValidityGiven, now: Date): Validity {
  if (given.durationDays === undefined) {
    const validFrom = given.validFrom === undefined ? present.validFrom : given.validFrom;
    if (given.validTo === undefined)
      return checked({ validFrom, validTo: present.validTo, durationDays: present.durationDays });
    return checked({ validFrom, validTo: given.validTo, durationDays: null });
  }
  if (given.validTo !== undefined) throw invalid('/durationDays', 'give validTo or durationDays, not both');
  const validFrom = given.validFrom ?? (given.validFrom === undefined ? present.validFrom : null) ?? now;
  return checked({ validFrom, validTo: later(validFrom, given.durationDays), durationDays: given.durationDays });
}

/**
 * The validity after a renewal: until `validTo`, or for so many days more, counted from the present end or from now,
 * whichever is later. Throws `invalid-request` unless exactly one is given, and when the end lies in the past.
 */
export function validityRenewed(present: Validity, given: Omit<ValidityGiven, 'validFrom'>, now: Date): Validity {
  const { validTo, durationDays } = given;
  if ((validTo === undefined || validTo === null) === (durationDays === undefined)) {
    throw invalid('', 'give either validTo or durationDays');
  }
  if (durationDays !== undefined) {
    const from = new Date(Math.max(now.getTime(), present.validTo?.getTime() ?? 0));
    return checked({ validFrom: present.validFrom, validTo: later(from, durationDays), durationDays });
  }
  if (validTo && validTo <= now) throw invalid('/validTo', 'must lie in the future');
  return checked({ validFrom: present.validFrom, validTo: validTo ?? null, durationDays: null });
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
