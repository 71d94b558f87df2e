import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { abreast } from '../../src/kernel/abreast.js';

describe('work that is done abreast', () => {
  it('is done once for each, and never for more at a time than was said', async () => {
    const done: number[] = [];
    let now = 0;
    let most = 0;
    await abreast([1, 2, 3, 4, 5, 6, 7], 3, async (number) => {
      most = Math.max(most, ++now);
      await pause(1);
      now -= 1;
      done.push(number);
    });
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('is done for nobody where there is nobody', async () => {
    await abreast([], 3, () => Promise.reject(new Error('there was nobody')));
  });

  it('fails as the first of it does, and none is begun after that', async () => {
    const begun: number[] = [];
    const work = abreast([1, 2, 3, 4, 5], 2, async (number) => {
      begun.push(number);
      await pause(number);
      if (number === 1) throw new Error('the first');
    });
    await expect(work).rejects.toThrow('the first');
    await pause(20);
    expect(begun).toEqual([1, 2]);
  });
});
