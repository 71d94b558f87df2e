import { describe, expect, it } from '@jest/globals';
import { Pace } from '../../src/kernel/pace.js';

describe('a pace', () => {
  it('lets everybody do something so many times in a minute, each for themselves', () => {
    let now = 0;
    const pace = new Pace({ nowMs: () => now }, 2);
    expect([pace.take('a'), pace.take('a'), pace.take('b')]).toEqual([null, null, null]);
    now = 15_000;
    expect([pace.take('a'), pace.take('b')]).toEqual([45, null]);
    now = 60_000;
    expect([pace.take('a'), pace.take('a'), pace.take('a')]).toEqual([null, null, 60]);
  });
});
