import { describe, expect, it } from '@jest/globals';
import {
  calmMs,
  expiryThreshold,
  followUse,
  type OpenLevel,
  type SeatLevel,
} from '../../src/licences/notice-levels.js';

const minute = 60_000;
/** A licence of 100 seats: `[minutes, used]`, or `[minutes, used, limit]`. */
type Point = readonly [atMinutes: number, used: number, limit?: number];

/** What is told and cleared, in words, when use takes this course; each point is a batch of its own. */
function course(points: readonly Point[]): string[] {
  const said: string[] = [];
  let open: OpenLevel[] = [];
  for (const [at, used, limit = 100] of points) {
    for (const one of followUse(open, [{ atMs: at * minute, used, limit }])) {
      const { level } = one;
      if (one.step === 'raised') {
        open = [...open, { level, belowSinceMs: null }];
        if (one.told) said.push(`${level} at ${at}`);
      } else if (one.step === 'cleared') {
        open = open.filter((other) => other.level !== level);
      } else {
        open = open.map((other) => (other.level === level ? { level, belowSinceMs: one.sinceMs } : other));
      }
    }
  }
  return said;
}

describe('the levels of use', () => {
  it.each<[string, readonly Point[], string[]]>([
    [
      'nothing below 80 %',
      [
        [0, 0],
        [1, 50],
        [2, 79],
      ],
      [],
    ],
    [
      '80 % when it is reached',
      [
        [0, 79],
        [1, 80],
      ],
      ['near-80 at 1'],
    ],
    [
      '80 % once, while it stays above',
      [
        [0, 80],
        [1, 85],
        [2, 90],
        [3, 94],
      ],
      ['near-80 at 0'],
    ],
    [
      'each level on the way up',
      [
        [0, 80],
        [1, 95],
        [2, 100],
        [3, 101],
      ],
      ['near-80 at 0', 'near-95 at 1', 'full at 2', 'over at 3'],
    ],
    [
      'only the most urgent of what is reached at one go',
      [
        [0, 10],
        [1, 100],
      ],
      ['full at 1'],
    ],
    ['only `over` when it is over at one go', [[0, 103]], ['over at 0']],
    [
      'nothing new when it falls back to a level it has passed',
      [
        [0, 100],
        [1, 96],
        [2, 85],
        [3, 100],
      ],
      ['full at 0'],
    ],
    [
      'nothing new while it swings around a level',
      [
        [0, 80],
        [20, 79],
        [40, 80],
        [60, 76],
        [80, 80],
      ],
      ['near-80 at 0'],
    ],
    [
      'nothing new when it was clearly below for a short time',
      [
        [0, 80],
        [1, 74],
        [10, 80],
      ],
      ['near-80 at 0'],
    ],
    [
      'the level again when it was clearly below for ten minutes',
      [
        [0, 80],
        [1, 74],
        [11, 80],
      ],
      ['near-80 at 0', 'near-80 at 11'],
    ],
    [
      'the time below from its beginning',
      [
        [0, 80],
        [1, 74],
        [6, 70],
        [11, 80],
      ],
      ['near-80 at 0', 'near-80 at 11'],
    ],
    [
      'the time below anew when it was interrupted',
      [
        [0, 80],
        [1, 74],
        [9, 78],
        [10, 74],
        [15, 80],
      ],
      ['near-80 at 0'],
    ],
    [
      '5 points below as not clearly below',
      [
        [0, 80],
        [1, 75],
        [30, 80],
      ],
      ['near-80 at 0'],
    ],
    [
      'each level by itself',
      [
        [0, 100],
        [1, 90],
        [12, 100],
      ],
      ['full at 0', 'full at 12'],
    ],
    [
      '`full` of a licence with one seat',
      [
        [0, 0, 1],
        [1, 1, 1],
      ],
      ['full at 1'],
    ],
    [
      '`full` of one seat again after ten free minutes',
      [
        [0, 1, 1],
        [1, 0, 1],
        [12, 1, 1],
      ],
      ['full at 0', 'full at 12'],
    ],
    [
      '80 % of five seats',
      [
        [0, 3, 5],
        [1, 4, 5],
        [2, 5, 5],
      ],
      ['near-80 at 1', 'full at 2'],
    ],
    [
      'no part of a seat',
      [
        [0, 7, 9],
        [1, 8, 9],
      ],
      ['near-80 at 1'],
    ],
    [
      'nothing of a licence without seats',
      [
        [0, 0, 0],
        [1, 0, 0],
      ],
      [],
    ],
    ['whoever sits in a licence without seats', [[0, 1, 0]], ['over at 0']],
    [
      'a licence that lost seats',
      [
        [0, 50, 100],
        [1, 50, 40],
      ],
      ['over at 1'],
    ],
    [
      'ten million seats',
      [
        [0, 7_999_999, 10_000_000],
        [1, 8_000_000, 10_000_000],
      ],
      ['near-80 at 1'],
    ],
  ])('tell %s', (_what, points, said) => {
    expect(course(points)).toEqual(said);
  });

  it('tell the most urgent of a whole batch, also when use has fallen again within it', () => {
    const uses = [79, 80, 95, 100, 60].map((used, i) => ({ atMs: i, used, limit: 100 }));
    const steps = followUse([], uses);
    const raised = steps.flatMap((one) => (one.step === 'raised' ? [[one.level, one.told, one.use.used]] : []));
    expect(raised).toEqual([
      ['near-80', false, 80],
      ['near-95', false, 95],
      ['full', true, 100],
    ]);
    expect(steps.filter(({ step }) => step === 'below').map(({ level }) => level)).toEqual([
      'near-80',
      'near-95',
      'full',
    ]);
  });

  it('take an expiry that is written down late for what it is: no step back in time', () => {
    const levels: SeatLevel[] = ['near-80', 'near-95', 'full'];
    const open: OpenLevel[] = levels.map((level) => ({ level, belowSinceMs: null }));
    const steps = followUse(open, [
      { atMs: 50 * minute, used: 10, limit: 10 },
      { atMs: 10 * minute, used: 9, limit: 10 },
    ]);
    expect(steps).toEqual([{ step: 'below', level: 'full', sinceMs: 50 * minute }]);
  });

  it('say when calm was complete, not when it was found', () => {
    const open: OpenLevel[] = [{ level: 'full', belowSinceMs: 0 }];
    expect(followUse(open, [{ atMs: 5 * calmMs, used: 0, limit: 10 }])).toEqual([
      { step: 'cleared', level: 'full', atMs: calmMs },
    ]);
  });
});

describe('the nearest end', () => {
  const day = 86_400_000;
  it.each([
    [31 * day, null],
    [30 * day + 1, null],
    [30 * day, 30],
    [8 * day, 30],
    [7 * day, 7],
    [2 * day, 7],
    [day, 1],
    [1, 1],
    [0, null],
    [-day, null],
  ])('%d ms ahead counts as %p days', (ahead, days) => {
    expect(expiryThreshold(1000 + ahead, 1000)).toBe(days);
  });
});
