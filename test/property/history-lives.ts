/** When an operation was called and when it answered, in milliseconds of one monotonic clock. */
export interface Span {
  readonly called: number;
  readonly answered: number;
}

/** What one operation against one licence was answered. */
export type Observed = Span &
  (
    | { kind: 'opened'; session: string; user: string; epoch: number; replaced: string | null }
    /** No seat was free, though `held` was offered in exchange. */
    | { kind: 'full'; held: string | null }
    | { kind: 'stale'; user: string; epoch: number }
    /** It lived; from then on it lives by itself for at least `sureMs` and at most `mostMs`. */
    | { kind: 'alive'; session: string; sureMs: number; mostMs: number }
    | { kind: 'gone'; session: string }
    /** Asked to end: by the answer it had ended, whoever did it. */
    | { kind: 'closed'; session: string }
    | { kind: 'user-closed'; user: string; epoch: number }
    | { kind: 'counted'; used: number }
  );

/** One kind of observation. */
export type Seen<Kind extends Observed['kind']> = Extract<Observed, { kind: Kind }>;

/** Everything that was observed of one licence, in any order. */
export interface ParallelHistory {
  readonly limit: number;
  readonly grantMs: number;
  readonly absoluteMs: number;
  readonly observed: readonly Observed[];
}

/** What is known of a session: from its opening's answer until `sureUntil` it lived, after `mostUntil` it did not. */
export interface Life {
  readonly opened: Seen<'opened'>;
  readonly sureUntil: number;
  readonly mostUntil: number;
  /** Found alive after it must have ended. */
  readonly revived: readonly Span[];
}

/** By how much the clocks of the log and of the store may drift apart while a session lives, in milliseconds. */
const driftMs = 5;

/** What is known of every session that was opened. */
export function livesOf(history: ParallelHistory): Map<string, Life> {
  const found = by(history.observed, (one) => (one.kind === 'alive' ? one.session : null));
  const ends = by(history.observed, (one) =>
    one.kind === 'opened' ? one.replaced : 'session' in one ? one.session : null,
  );
  const userEnds = userEndsOf(history);
  const lives = new Map<string, Life>();
  for (const opened of history.observed) {
    if (opened.kind !== 'opened') continue;
    const ending: Span[] = (ends.get(opened.session) ?? []).filter(
      (one) => one.kind === 'closed' || one.kind === 'opened',
    );
    ending.push(userEnds(opened));
    const alive = (found.get(opened.session) ?? []).filter((one) => one.kind === 'alive');
    lives.set(opened.session, lifeOf(history, opened, ending, alive));
  }
  return lives;
}

function lifeOf(
  { grantMs, absoluteMs }: ParallelHistory,
  opened: Seen<'opened'>,
  ending: readonly Span[],
  alive: readonly Seen<'alive'>[],
): Life {
  const endCalled = Math.min(...ending.map(({ called }) => called));
  const endAnswered = Math.min(...ending.map(({ answered }) => answered));
  let sure = opened.called + grantMs;
  let most = opened.answered + grantMs;
  const mostUntil = () => Math.min(Math.min(most, opened.answered + absoluteMs) + driftMs, endAnswered);
  const revived: Span[] = [];
  for (const one of [...alive].sort((a, b) => a.called - b.called)) {
    if (one.called > mostUntil()) revived.push(one);
    sure = Math.max(sure, one.called + one.sureMs);
    most = Math.max(most, one.answered + one.mostMs);
  }
  const sureUntil = Math.min(Math.min(sure, opened.called + absoluteMs) - driftMs, endCalled);
  return { opened, sureUntil, mostUntil: mostUntil(), revived };
}

/** When the end of a user was first called and first answered that ends what was opened under `epoch`; Infinity: never. */
export type UserEnds = (one: { user: string; epoch: number }) => Span;

/** The ends of users that a history holds. */
export function userEndsOf({ observed }: ParallelHistory): UserEnds {
  const ends = by(
    observed.filter((one) => one.kind === 'user-closed'),
    (one) => one.user,
  );
  const users = new Map([...ends].map(([user, all]) => [user, earliestAbove(all)]));
  return ({ user, epoch }) => {
    const all = users.get(user) ?? [];
    let low = 0;
    for (let high = all.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((all[middle]?.epoch ?? 0) > epoch) high = middle;
      else low = middle + 1;
    }
    return all[low] ?? never;
  };
}

const never: Span = { called: Number.POSITIVE_INFINITY, answered: Number.POSITIVE_INFINITY };

/** The ends by epoch, each with the earliest times of all from it on. */
function earliestAbove(ends: readonly Seen<'user-closed'>[]): (Span & { epoch: number })[] {
  let earliest = never;
  const falling = [...ends].sort((a, b) => b.epoch - a.epoch);
  const found = falling.map(({ epoch, called, answered }) => {
    earliest = { called: Math.min(called, earliest.called), answered: Math.min(answered, earliest.answered) };
    return { ...earliest, epoch };
  });
  return found.reverse();
}

function by<One>(all: readonly One[], name: (one: One) => string | null): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const key = name(one);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}
