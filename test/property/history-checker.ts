import {
  type Life,
  livesOf,
  type Observed,
  type ParallelHistory,
  type Span,
  type UserEnds,
  userEndsOf,
} from './history-lives.js';

/** How many live from `at[i]` on: `count[i]`. */
interface Steps {
  readonly at: readonly number[];
  readonly count: readonly number[];
}

interface Known {
  readonly limit: number;
  readonly lives: ReadonlyMap<string, Life>;
  readonly userEnds: UserEnds;
  readonly sure: Steps;
  readonly most: Steps;
}

/**
 * What no order of the operations, one after the other, can explain: one sentence each, empty when all is well. More
 * sessions than seats; a refusal while a seat was free; life after an end; an end nobody caused; a wrong count.
 */
export function faultsOf(history: ParallelHistory): string[] {
  const lives = livesOf(history);
  const all = [...lives.values()];
  const known: Known = {
    limit: history.limit,
    lives,
    userEnds: userEndsOf(history),
    sure: steps(
      all.map(({ opened, sureUntil }) => [opened.answered, sureUntil]),
      'ends first',
    ),
    most: steps(
      all.map(({ opened, mostUntil }) => [opened.called, mostUntil]),
      'begins first',
    ),
  };
  const { at, count } = known.sure;
  const over = count.flatMap((n, i) => (n > history.limit ? [`${n} lived on ${history.limit} seats at ${at[i]}`] : []));
  const revived = all.flatMap((life) =>
    life.revived.map((span) => `${life.opened.session} lived again ${during(span)}`),
  );
  const rest = history.observed.flatMap((one) => {
    const fault = faultOf(one, known);
    return fault === null ? [] : [`${fault} ${during(one)}`];
  });
  return [...over, ...revived, ...rest];
}

function faultOf(one: Observed, { limit, lives, userEnds, sure, most }: Known): string | null {
  switch (one.kind) {
    case 'full':
      if (one.held !== null && livesThrough(lives.get(one.held), one)) return 'an exchange was refused';
      return Math.max(...within(most, one)) < limit ? 'a free seat was refused' : null;
    case 'counted':
      if (one.used > Math.max(...within(most, one))) return `${one.used} were counted, more than can have lived`;
      return one.used < Math.min(...within(sure, one)) ? `${one.used} were counted, fewer than lived` : null;
    case 'gone':
      return livesThrough(lives.get(one.session), one) ? `${one.session} was gone while it lived` : null;
    case 'opened':
      return userEnds(one).answered < one.called ? `${one.session} was opened behind the end of its user` : null;
    case 'stale':
      return userEnds(one).called < one.answered ? null : 'a user was stale whom nobody had ended';
    default:
      return null;
  }
}

function livesThrough(life: Life | undefined, { called, answered }: Span): boolean {
  return life !== undefined && called > life.opened.answered && answered < life.sureUntil;
}

/** How the number of intervals rises and falls. At one moment either those that end or those that begin come first. */
function steps(
  intervals: readonly (readonly [from: number, to: number])[],
  order: 'ends first' | 'begins first',
): Steps {
  const sign = order === 'ends first' ? 1 : -1;
  const changes = intervals
    .filter(([from, to]) => to > from)
    .flatMap(([from, to]) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || sign * (a.by - b.by));
  const at = [Number.NEGATIVE_INFINITY];
  const count = [0];
  for (const change of changes) {
    at.push(change.at);
    count.push((count.at(-1) ?? 0) + change.by);
  }
  return { at, count };
}

/** The numbers that were in force at some moment of `span`. */
function within({ at, count }: Steps, { called, answered }: Span): number[] {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] ?? 0) < called) low = middle + 1;
    else high = middle;
  }
  let until = low;
  while (until < at.length && (at[until] ?? 0) <= answered) until++;
  return count.slice(low - 1, until);
}

function during({ called, answered }: Span): string {
  return `(${called.toFixed(2)} to ${answered.toFixed(2)} ms)`;
}
