import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../src/kernel/problem.js';
import {
  isWithin,
  ofTerm,
  startsOnFirstUse,
  type Validity,
  validityAfter,
  validityRenewed,
} from '../../src/licences/validity.js';

const now = new Date('2026-03-01T00:00:00.000Z');
const unlimited: Validity = { validFrom: null, validTo: null, durationDays: null };
const day = (text: string) => new Date(`${text}T00:00:00.000Z`);

describe('validity', () => {
  it('counts a term from the beginning that is given, and from the first use when there is none', () => {
    const waiting = validityAfter(unlimited, { durationDays: 10 });
    expect(waiting).toEqual({ validFrom: null, validTo: null, durationDays: 10 });
    expect(startsOnFirstUse(waiting)).toBe(true);
    const from = day('2026-04-01');
    expect(validityAfter(unlimited, { validFrom: from, durationDays: 1 }).validTo).toEqual(day('2026-04-02'));
    expect(validityAfter({ ...unlimited, validFrom: from }, { durationDays: 2 }).validTo).toEqual(day('2026-04-03'));
    expect(ofTerm(now, 10)).toEqual({ validFrom: now, validTo: day('2026-03-11'), durationDays: 10 });
  });

  it('lets a term that waits for the first use begin on a day, wait again, or be an end instead', () => {
    const waiting = { ...unlimited, durationDays: 10 };
    const begun = { validFrom: now, validTo: day('2026-03-11'), durationDays: 10 };
    expect(validityAfter(waiting, { validFrom: now })).toEqual(begun);
    expect(validityAfter(waiting, {})).toEqual(waiting);
    expect(validityAfter(waiting, { validFrom: null })).toEqual(waiting);
    expect(validityAfter(begun, { validFrom: null, durationDays: 20 })).toEqual({ ...waiting, durationDays: 20 });
    expect(validityAfter(waiting, { validTo: now })).toEqual({ ...unlimited, validTo: now });
    expect(validityAfter(waiting, { validTo: null })).toEqual(unlimited);
    expect([unlimited, begun, { ...unlimited, validTo: now }].map(startsOnFirstUse)).toEqual([false, false, false]);
  });

  it('holds from its beginning until before its end, and all the time while it waits for the first use', () => {
    const bounded = { validFrom: now, validTo: day('2026-03-11'), durationDays: null };
    const at = (validity: Validity) =>
      [-1, 0, 10 * 86_400_000 - 1, 10 * 86_400_000].map((ms) => isWithin(validity, now.getTime() + ms));
    expect(at(bounded)).toEqual([false, true, true, false]);
    expect(at({ ...unlimited, durationDays: 1 })).toEqual([true, true, true, true]);
  });

  it('refuses an end that is not after the beginning, and an end together with a term', () => {
    const from = day('2026-04-01');
    expect(() => validityAfter(unlimited, { validFrom: from, validTo: from })).toThrow('invalid-request');
    expect(() => validityAfter({ ...unlimited, validTo: from }, { validFrom: day('2026-05-01') })).toThrow();
    expect(() => validityAfter(unlimited, { validTo: from, durationDays: 1 })).toThrow('invalid-request');
    expect(() => validityAfter(unlimited, { validFrom: day('9999-12-30'), durationDays: 36_500 })).toThrow();
  });

  it('loses its end when null is given, and keeps what is not mentioned', () => {
    const bounded = { validFrom: day('2026-01-01'), validTo: day('2026-12-31'), durationDays: 364 };
    expect(validityAfter(bounded, { validTo: null })).toEqual({ ...bounded, validTo: null, durationDays: null });
    expect(validityAfter(bounded, {})).toEqual(bounded);
  });

  it('takes nothing along from what else the licence is', () => {
    const licence = { ...unlimited, seats: 5 };
    const keys = ['validFrom', 'validTo', 'durationDays'];
    expect(Object.keys(validityAfter(licence, {}))).toEqual(keys);
    expect(Object.keys(validityRenewed({ ...licence, validTo: now }, { durationDays: 1 }, now))).toEqual(keys);
  });

  it('is renewed from its end, or from now when that has passed', () => {
    const running = { validFrom: day('2026-01-01'), validTo: day('2026-03-10'), durationDays: null };
    expect(validityRenewed(running, { durationDays: 10 }, now).validTo).toEqual(day('2026-03-20'));
    const over = { ...running, validTo: day('2026-02-01') };
    expect(validityRenewed(over, { durationDays: 10 }, now).validTo).toEqual(day('2026-03-11'));
    expect(validityRenewed(over, { validTo: day('2027-01-01') }, now).validTo).toEqual(day('2027-01-01'));
  });

  it('gets a longer term when it is renewed before its first use, up to a hundred years', () => {
    const waiting = { ...unlimited, durationDays: 30 };
    expect(validityRenewed(waiting, { durationDays: 10 }, now)).toEqual({ ...waiting, durationDays: 40 });
    expect(validityRenewed(waiting, { durationDays: 36_470 }, now).durationDays).toBe(36_500);
    expect(() => validityRenewed(waiting, { durationDays: 36_471 }, now)).toThrow('invalid-request');
    expect(validityRenewed(waiting, { validTo: day('2027-01-01') }, now)).toEqual({
      ...unlimited,
      validTo: day('2027-01-01'),
    });
  });

  it('never gets shorter when it is renewed, and without an end is not renewed', () => {
    const rule = (present: Validity, given: Parameters<typeof validityRenewed>[1]) => {
      try {
        return validityRenewed(present, given, now);
      } catch (error) {
        return error instanceof Problem ? error.members['errors'] : error;
      }
    };
    const lasts = 'renews nothing: the licence has no end; use PATCH to give it one';
    for (const endless of [unlimited, { ...unlimited, validFrom: day('2026-01-01') }]) {
      expect(rule(endless, { durationDays: 30 })).toEqual([{ pointer: '/durationDays', rule: lasts }]);
      expect(rule(endless, { validTo: day('2027-01-01') })).toEqual([{ pointer: '/validTo', rule: lasts }]);
    }
    const running = { ...unlimited, validTo: day('2026-06-01') };
    const past = 'must be after the present end, 2026-06-01T00:00:00.000Z; use PATCH to shorten';
    for (const validTo of [day('2026-04-01'), day('2026-06-01')]) {
      expect(rule(running, { validTo })).toEqual([{ pointer: '/validTo', rule: past }]);
    }
    expect(rule(running, { validTo: day('2026-06-02') })).toEqual({ ...unlimited, validTo: day('2026-06-02') });
    const waiting = { ...unlimited, durationDays: 30 };
    const term =
      'must be after the end of the term of 30 days, begun now, 2026-03-31T00:00:00.000Z; use PATCH to shorten';
    expect(rule(waiting, { validTo: day('2026-03-31') })).toEqual([{ pointer: '/validTo', rule: term }]);
    expect(rule(waiting, { validTo: day('2026-04-01') })).toEqual({ ...unlimited, validTo: day('2026-04-01') });
  });

  it('is not renewed into the past, nor by nothing or by both', () => {
    for (const given of [{}, { validTo: day('2026-02-01') }, { validTo: day('2027-01-01'), durationDays: 3 }]) {
      expect(() => validityRenewed({ ...unlimited, validTo: now }, given, now)).toThrow('invalid-request');
    }
  });
});
