import type { HourFigures, Refusals } from './hour-figures.js';

/** The refusals of these hours together, by reason code in alphabetical order. */
export function refusalsOf(hours: readonly HourFigures[]): Map<string, Refusals> {
  const sums = new Map<string, Refusals>();
  for (const { refusals } of hours) {
    for (const [code, some] of refusals) {
      const { all, telling } = sums.get(code) ?? { all: 0, telling: 0 };
      sums.set(code, { all: all + some.all, telling: telling + some.telling });
    }
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All reasons together. */
export function sumOf(refusals: ReadonlyMap<string, Refusals>): Refusals {
  let [all, telling] = [0, 0];
  for (const some of refusals.values()) {
    all += some.all;
    telling += some.telling;
  }
  return { all, telling };
}
