import { describe, expect, it } from '@jest/globals';
import { isoTime, monotonicMs, systemClock } from '../../src/kernel/clock.js';
import { isUuid, newId, randomToken, type UserId } from '../../src/kernel/ids.js';

describe('ids', () => {
  it('are UUIDs of version 4 in lower case, each another', () => {
    const made = new Set(Array.from({ length: 10_000 }, () => newId<UserId>()));
    expect(made.size).toBe(10_000);
    for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    ['upper case', '2B2E8C2C-46F0-4A43-8C55-6D1B9C2B6E0A'],
    ['braces', '{2b2e8c2c-46f0-4a43-8c55-6d1b9c2b6e0a}'],
    ['no hyphens', '2b2e8c2c46f04a438c556d1b9c2b6e0a'],
    ['a line break at the end', '2b2e8c2c-46f0-4a43-8c55-6d1b9c2b6e0a\n'],
    ['nothing', ''],
  ])('with %s are no UUIDs here', (_what, text) => {
    expect(isUuid(text)).toBe(false);
  });

  it('take as many random bytes as were asked for', () => {
    expect(Buffer.from(randomToken(32), 'base64url')).toHaveLength(32);
    expect(randomToken(16)).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe('time', () => {
  it('is written as ISO 8601 in UTC with milliseconds, and null stays null', () => {
    expect(isoTime(1_763_800_000_123)).toBe('2025-11-22T08:26:40.123Z');
    expect(isoTime(null)).toBeNull();
  });

  it('is read in milliseconds since the epoch, and never runs backwards when it measures', () => {
    expect(systemClock.nowMs()).toBeGreaterThan(1_763_800_000_000);
    const first = monotonicMs();
    expect(monotonicMs()).toBeGreaterThanOrEqual(first);
  });
});
