/** What is noticed about the seats of a licence, from the least to the most urgent. */
export const seatLevels = ['near-80', 'near-95', 'full', 'over'] as const;

/** The name of a level. */
export type SeatLevel = (typeof seatLevels)[number];

/** The seats in use at a moment. */
export interface SeatUse {
  readonly atMs: number;
  readonly used: number;
  readonly limit: number;
}

/** A level that has been noticed, and since when use has been clearly below it. */
export interface OpenLevel {
  readonly level: SeatLevel;
  readonly belowSinceMs: number | null;
}

/** What becomes of a level, in the order of happening. `told`: the most urgent of what was newly noticed. */
export type LevelStep =
  | { readonly step: 'raised'; readonly level: SeatLevel; readonly use: SeatUse; readonly told: boolean }
  | { readonly step: 'below'; readonly level: SeatLevel; readonly sinceMs: number | null }
  | { readonly step: 'cleared'; readonly level: SeatLevel; readonly atMs: number };

/** Use that goes up and down around a level is noticed once: it must have been this far below it, in percent of the seats … */
const clearlyPercent = 5;
/** … for so long, before the same level is noticed again. */
export const calmMs = 600_000;

const percentOf: Readonly<Record<SeatLevel, number>> = { 'near-80': 80, 'near-95': 95, full: 100, over: 100 };

/**
 * Follows the use of a licence's seats from the levels that are noticed already. A level is noticed when use reaches it,
 * once, until use has been clearly below it for ten minutes. Of several that are newly noticed only the most urgent is told,
 * and none that is less urgent than what is noticed already.
 */
export function followUse(open: readonly OpenLevel[], uses: readonly SeatUse[]): LevelStep[] {
  const belowSince = new Map<SeatLevel, number | null>(open.map(({ level, belowSinceMs }) => [level, belowSinceMs]));
  const steps: LevelStep[] = [];
  let atMs = Number.NEGATIVE_INFINITY;
  for (const use of uses) {
    // An expiry is written down with the moment it came, which can lie before what was written down earlier.
    atMs = Math.max(atMs, use.atMs);
    for (const level of seatLevels) stepOf(level, { ...use, atMs }, belowSince, steps);
  }
  const raised = steps.flatMap((one) => (one.step === 'raised' ? [seatLevels.indexOf(one.level)] : []));
  const most = Math.max(...raised, ...open.map(({ level }) => seatLevels.indexOf(level)));
  return steps.map((one) => (one.step === 'raised' ? { ...one, told: one.level === seatLevels[most] } : one));
}

function stepOf(level: SeatLevel, use: SeatUse, belowSince: Map<SeatLevel, number | null>, steps: LevelStep[]): void {
  const since = belowSince.get(level);
  if (since !== undefined) {
    if (since !== null && use.atMs - since >= calmMs) {
      belowSince.delete(level);
      steps.push({ step: 'cleared', level, atMs: since + calmMs });
    } else {
      const next = isClearlyBelow(level, use) ? (since ?? use.atMs) : null;
      if (next === since) return;
      belowSince.set(level, next);
      steps.push({ step: 'below', level, sinceMs: next });
    }
  }
  if (belowSince.has(level) || !isReached(level, use)) return;
  belowSince.set(level, null);
  steps.push({ step: 'raised', level, use, told: false });
}

/** Whether so many are enough for a level. A licence without seats is never full; whoever sits in it all the same is too many. */
export function isReached(level: SeatLevel, { used, limit }: Pick<SeatUse, 'used' | 'limit'>): boolean {
  if (level === 'over') return used > limit;
  return limit > 0 && used * 100 >= limit * percentOf[level];
}

function isClearlyBelow(level: SeatLevel, { used, limit }: SeatUse): boolean {
  return used === 0 || used * 100 < limit * (percentOf[level] - clearlyPercent);
}

/** How many days before its end a licence's end is noticed, the nearest first. */
export const expiryDays = [1, 7, 30] as const;

const dayMs = 86_400_000;

/** Which of these applies to an end: the nearest; null when the end is further away, or has come. */
export function expiryThreshold(validToMs: number, nowMs: number): (typeof expiryDays)[number] | null {
  if (validToMs <= nowMs) return null;
  return expiryDays.find((days) => validToMs - nowMs <= days * dayMs) ?? null;
}
