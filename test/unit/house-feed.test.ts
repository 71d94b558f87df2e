import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { StreamedEvent } from '../../src/kernel/route.js';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { HouseFeed, type Leave } from '../../src/usage/house-feed.js';
import { until } from '../support/pace.js';

const tag = '0198c5a0-0000-7000-8000-000000000001';
const leaves: Leave[] = [];

afterEach(() => {
  for (const leave of leaves.splice(0)) leave();
});

type Count = { used: number; limit: number; living: number };

/** A feed whose counts are answered one by one, as the test says, and somebody who sees everything of it. */
function house(...answers: (() => Promise<Count> | Count)[]) {
  const told: StreamedEvent[] = [];
  let asked = 0;
  let touch = (_tag: string): void => {};
  const feed = new HouseFeed({
    store: {
      async counts(tags) {
        const answer = answers[Math.min(asked, answers.length - 1)];
        asked += 1;
        if (answer === undefined) throw new Error('no answer was given');
        const counts = await answer();
        return tags.map(() => counts);
      },
    },
    news: {
      followAll(listener) {
        touch = listener;
        return () => {};
      },
    },
    log: pino({ level: 'silent' }),
    allTags: async () => [tag],
    changedLately: async () => [],
    runningSignIns: async () => ({ startsAtMs: 0, counts: {} }),
  });
  leaves.push(feed.follow({ visible: 'everything', send: (event) => told.push(event) }));
  const named = (name: string) => told.filter((event) => event.name === name).map(({ data }) => data);
  return { named, touch: () => touch(tag), asked: () => asked };
}

const counted = (used: number) => () => ({ used, limit: 9, living: used });
const away = () => Promise.reject(new StoreUnavailable('redis'));

describe('the feed of the house', () => {
  it('says how many are inside only once everything has been counted', async () => {
    const { named, touch } = house(away, counted(3));
    await until('the first count has failed', 1_000, async () => named('sessions').length === 0);
    touch();
    await until('the licence was looked at', 2_000, async () => named('seats').length === 1);
    expect(named('seats')).toEqual([{ licenceId: tag, used: 3, limit: 9 }]);
    expect(named('sessions')).toEqual([]);
  });

  it('counts again what changes while it is counted', async () => {
    let answer = (_count: Count): void => {};
    const slow = () => new Promise<Count>((resolve) => (answer = resolve));
    const { named, touch, asked } = house(counted(1), slow, counted(3));
    await until('all was counted', 1_000, async () => named('sessions').length === 1);
    touch();
    await until('the look has begun', 2_000, async () => asked() === 2);
    touch();
    answer(counted(2)());
    await until('it was looked at again', 2_000, async () => named('seats').length === 2);
    expect(named('seats')).toMatchObject([{ used: 2 }, { used: 3 }]);
    expect(named('sessions').at(-1)).toEqual({ live: 3 });
  });

  it('looks again at what could not be counted', async () => {
    const { named, touch } = house(counted(1), away, counted(2));
    await until('all was counted', 1_000, async () => named('sessions').length === 1);
    touch();
    await until('it was counted after all', 4_000, async () => named('seats').length === 1);
    expect(named('seats')).toMatchObject([{ used: 2 }]);
  });
});
