import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Deadlines, Waiting } from '../../src/platform/deadline.js';
import { figure } from '../support/pace.js';

/** Keeps the process from everything else. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a deadline for many calls', () => {
  it('is met by what has no answer in time, and by nothing else', async () => {
    const late: string[] = [];
    const deadlines = new Deadlines(100);
    const call = (name: string) => new Waiting(() => void late.push(name));
    const calls = [call('a'), call('b'), call('c')];
    for (const one of calls) deadlines.add(one);
    for (const one of calls) if (one !== calls[1]) deadlines.remove(one);
    await pause(40);
    expect(late).toEqual([]);
    await pause(160);
    expect(late).toEqual(['b']);
    for (const one of calls) deadlines.remove(one);
    deadlines.add(call('d'));
    await pause(160);
    expect(late).toEqual(['b', 'd']);
  });

  it('spares what a stall of the process kept from being read, once', async () => {
    const late: string[] = [];
    const deadlines = new Deadlines(100);
    const answered = new Waiting(() => void late.push('answered'));
    deadlines.add(answered);
    setTimeout(() => {
      deadlines.remove(answered);
    }, 90);
    standStill(200);
    await pause(100);
    expect(late).toEqual([]);
  });

  it('holds in a process that stands still again and again', async () => {
    let late = false;
    new Deadlines(100).add(
      new Waiting(() => {
        late = true;
      }),
    );
    const began = performance.now();
    while (!late && performance.now() - began < 1500) {
      standStill(60);
      await pause(1);
    }
    expect(performance.now() - began).toBeLessThan(figure(1_200, 600));
  });
});
