import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { type Between, HourCounts } from '../../src/usage/hour-counts.js';

const hourMs = 3_600_000;
const nowMs = Date.UTC(2030, 0, 2, 12, 30);

/** Counts of a log in which each hour takes so long that a day of them, or what `mostHours` is, cannot be counted at once. */
function busyDay(mostHours: number, hourTakesMs: number) {
  let at = nowMs;
  const asked: number[] = [];
  const clock = { nowMs: () => at };
  const counts = new HourCounts(async ({ from, until }: Between) => {
    const hours = (until.getTime() - from.getTime()) / hourMs;
    asked.push(hours);
    at += hourTakesMs * hours;
    if (hours > mostHours) throw new StoreUnavailable('postgres');
    return Array.from({ length: hours }, (_, i) => ({ startsAtMs: from.getTime() + i * hourMs, name: 'a', count: 2 }));
  }, clock);
  return { counts, asked };
}

describe('what happened, hour by hour', () => {
  it('is asked for in one go, and afterwards only what may have changed', async () => {
    const { counts, asked } = busyDay(25, 1);
    expect(await counts.lastDay()).toHaveLength(25);
    await counts.lastDay();
    expect(asked).toEqual([25, 1]);
  });

  it('is counted bit by bit when a day is too much at once, until all of it is known', async () => {
    const { counts, asked } = busyDay(1, 100);
    const looks: number[] = [];
    for (let i = 0; i < 6; i += 1) looks.push((await counts.lastDay().catch(() => [])).length);
    expect(looks.slice(0, 2)).toEqual([0, 0]);
    expect(looks.slice(-2)).toEqual([25, 25]);
    // Once in one go; then each hour once, but the running one.
    expect(asked.filter((hours) => hours === 25)).toHaveLength(1);
    expect(asked.length).toBeLessThan(30);
    const last = await counts.lastDay();
    expect(last.map(({ counts: { a } }) => a)).toEqual(Array.from({ length: 25 }, () => 2));
  });
});
