import assert from 'node:assert/strict';
import type { Opened } from '../../../src/sessions/store.js';
import { newHouse } from '../store-lab.js';
import type { Promises } from './promise.js';

function count(outcomes: readonly Opened[], kind: Opened['kind']): number {
  return outcomes.filter((outcome) => outcome.kind === kind).length;
}

/** What holds when many ask at once (ASVS 2.3.4, 15.4.2). */
export const racingPromises: Promises = {
  'admits exactly ten of 200 parallel openings to ten seats, twenty times of twenty': async (lab) => {
    for (let round = 0; round < 20; round++) {
      const house = await newHouse(lab, { seats: 10 });
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, i) => (i % 2 ? lab.store : lab.other).open(house.opening())),
      );
      assert.deepEqual([count(outcomes, 'opened'), count(outcomes, 'full')], [10, 190]);
      assert.equal(await house.used(), 10);
    }
  },

  'lets exactly one of fifty waiting in when one session ends': async (lab) => {
    const house = await newHouse(lab, { seats: 10 });
    const [first] = await house.fill(10);
    assert.ok(first !== undefined);
    const [, ...outcomes] = await Promise.all([
      house.end(first),
      ...Array.from({ length: 50 }, (_, i) => (i % 2 ? lab.store : lab.other).open(house.opening())),
    ]);
    const late = await Promise.all(Array.from({ length: 50 }, () => house.open()));
    assert.equal(count([...outcomes, ...late], 'opened'), 1);
    assert.equal(await house.used(), 10);
  },

  'leaves no seat taken after a thousand openings and endings': async (lab) => {
    const house = await newHouse(lab, { seats: 20 });
    const comeAndGo = async () => {
      for (let i = 0; i < 50; i++) await house.end(await house.sit());
    };
    await Promise.all(Array.from({ length: 20 }, comeAndGo));
    assert.equal(await house.used(), 0);
    const events = await house.history();
    assert.equal(new Set(events.map((event) => event.id)).size, 2000);
    assert.equal(events.length, 2000);
  },
};
