import { describe, expect, it } from '@jest/globals';
import { type Validity, validityAfter, validityRenewed } from '../../src/licences/validity.js';

const now = new Date('2026-03-01T00:00:00.000Z');
const unlimited: Validity = { validFrom: null, validTo: null, durationDays: null };
const day = (text: string) => new Date(`${text}T00:00:00.000Z`);

describe('validity', () => {
  it('counts a term from the beginning that is given, else from now', () => {
    expect(validityAfter(unlimited, { durationDays: 10 }, now)).toEqual({
      validFrom: now,
      validTo: day('2026-03-11'),
      durationDays: 10,
    });
    expect(validityAfter(unlimited, { validFrom: day('2026-04-01'), durationDays: 1 }, now).validTo).toEqual(
      day('2026-04-02'),
    );
  });

  it('refuses an end that is not after the beginning, and an end together with a term', () => {
    const from = day('2026-04-01');
    expect(() => validityAfter(unlimited, { validFrom: from, validTo: from }, now)).toThrow('invalid-request');
    expect(() => validityAfter({ ...unlimited, validTo: from }, { validFrom: day('2026-05-01') }, now)).toThrow();
    expect(() => validityAfter(unlimited, { validTo: from, durationDays: 1 }, now)).toThrow('invalid-request');
    expect(() => validityAfter(unlimited, { validFrom: day('9999-12-30'), durationDays: 36_500 }, now)).toThrow();
  });

  it('loses its end when null is given, and keeps what is not mentioned', () => {
    const bounded = { validFrom: day('2026-01-01'), validTo: day('2026-12-31'), durationDays: 364 };
    expect(validityAfter(bounded, { validTo: null }, now)).toEqual({ ...bounded, validTo: null, durationDays: null });
    expect(validityAfter(bounded, {}, now)).toEqual(bounded);
  });

  it('takes nothing along from what else the licence is', () => {
    const licence = { ...unlimited, seats: 5 };
    const keys = ['validFrom', 'validTo', 'durationDays'];
    expect(Object.keys(validityAfter(licence, {}, now))).toEqual(keys);
    expect(Object.keys(validityRenewed(licence, { durationDays: 1 }, now))).toEqual(keys);
  });

  it('is renewed from its end, or from now when that has passed', () => {
    const running = { validFrom: day('2026-01-01'), validTo: day('2026-03-10'), durationDays: null };
    expect(validityRenewed(running, { durationDays: 10 }, now).validTo).toEqual(day('2026-03-20'));
    const over = { ...running, validTo: day('2026-02-01') };
    expect(validityRenewed(over, { durationDays: 10 }, now).validTo).toEqual(day('2026-03-11'));
    expect(validityRenewed(over, { validTo: day('2027-01-01') }, now).validTo).toEqual(day('2027-01-01'));
  });

  it('is not renewed into the past, nor by nothing or by both', () => {
    for (const given of [{}, { validTo: day('2026-02-01') }, { validTo: day('2027-01-01'), durationDays: 3 }]) {
      expect(() => validityRenewed(unlimited, given, now)).toThrow('invalid-request');
    }
  });
});
