import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isoTime } from '../../src/kernel/clock.js';

describe('a time', () => {
  it('is told as ISO 8601 in UTC, exactly as Date tells it', () => {
    const range = { min: -62_167_219_200_000, max: 253_402_300_799_999 };
    fc.assert(
      fc.property(fc.oneof(fc.integer(range), fc.integer({ min: 0, max: 130_000 })), (ms) => {
        expect(isoTime(ms)).toBe(new Date(ms).toISOString());
      }),
      { numRuns: 12_000 },
    );
    for (const ms of [0, -1, 59_999, 60_000, 1.5, 8.64e15]) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
  });

  it('is null when there is none, and no time at all is a fault', () => {
    expect(isoTime(null)).toBeNull();
    expect(() => isoTime(Number.NaN)).toThrow(RangeError);
    expect(() => isoTime(8.64e15 + 60_000)).toThrow(RangeError);
  });
});
