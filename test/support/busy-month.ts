import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import type { SessionEvent } from '../../src/sessions/store.js';
import { foldMs } from '../../src/usage/hour-figures.js';
import type { UsageLab } from './usage-lab.js';

const dayMs = 86_400_000;

/** A generated month of a licence. */
export interface BusyMonth {
  readonly licenceId: LicenceId;
  /** In the order in which they are brought over, which is not quite the order in which they happened. */
  readonly events: readonly SessionEvent[];
  readonly signIns: number;
  readonly refused: number;
}

/** A random number generator that starts from a seed, so that a month can be made again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Thirty days of an institute: so many sign-ins that were let in, mostly by day, on fewer seats than are wanted at noon; those
 * refused come again after a while, or do not. Sessions that lapsed are brought over up to ten minutes later.
 */
export function busyMonth(lab: UsageLab, from: { beginMs: number; seed: number }, signIns: number): BusyMonth {
  const { beginMs, seed } = from;
  const random = randomFrom(seed);
  const licenceId = newId<LicenceId>();
  const limit = 60;
  const users = Array.from({ length: 3000 }, () => newId<UserId>());
  const arrivals = Array.from({ length: Math.round(signIns * 1.4) }, () => {
    const day = Math.floor(random() * 30) * dayMs;
    const hour = 6 + 12 * ((random() + random() + random()) / 3);
    return { atMs: beginMs + day + Math.floor(hour * 3_600_000), userId: users[Math.floor(random() * users.length)] };
  }).sort((a, b) => b.atMs - a.atMs);
  const ends: number[] = [];
  const told: { event: SessionEvent; broughtMs: number }[] = [];
  const tell = (event: Parameters<UsageLab['event']>[1], lateMs: number) =>
    told.push({ event: lab.event(licenceId, { limit, ...event }), broughtMs: event.atMs + lateMs });
  let admitted = 0;
  let refused = 0;
  const leaveUntil = (ms: number) => {
    for (let endMs = ends[0]; endMs !== undefined && endMs <= ms; endMs = ends[0]) {
      ends.shift();
      tell({ kind: 'released', atMs: endMs, reason: 'idle', used: ends.length }, Math.floor(random() * 600_000));
    }
  };
  for (let next = arrivals.pop(); next !== undefined && admitted < signIns; next = arrivals.pop()) {
    const { atMs, userId = null } = next;
    leaveUntil(atMs);
    if (ends.length >= limit) {
      tell({ kind: 'refused', atMs, userId, reason: 'FULL', used: ends.length }, 0);
      refused += 1;
      if (random() < 0.5)
        putIn(arrivals, { atMs: atMs + Math.floor(random() * 2 * foldMs), userId: userId ?? undefined });
      continue;
    }
    ends.push(atMs + 60_000 + Math.floor(random() * 600_000));
    ends.sort((a, b) => a - b);
    admitted += 1;
    tell({ kind: 'admitted', atMs, userId, used: ends.length }, 0);
  }
  leaveUntil(Number.POSITIVE_INFINITY);
  const events = told.sort((a, b) => a.broughtMs - b.broughtMs).map(({ event }) => event);
  return { licenceId, events, signIns: admitted, refused };
}

/** Puts an arrival into a list that has the latest first. */
function putIn<Arrival extends { atMs: number }>(arrivals: Arrival[], one: Arrival): void {
  let place = arrivals.length;
  while (place > 0 && (arrivals[place - 1]?.atMs ?? 0) < one.atMs) place -= 1;
  arrivals.splice(place, 0, one);
}
