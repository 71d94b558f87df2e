import type { SessionEvent } from '../../src/sessions/store.js';
import { type Span, startOf, startOfNext } from '../../src/usage/span.js';

/** The figures of one stretch, as the definitions have them. */
export interface NaiveUsage {
  startsAtMs: number;
  lastsMs: number;
  peak: number;
  seatMs: number;
  fullMs: number;
  people: number;
  admissions: number;
  refusals: Record<string, [number, number]>;
}

const foldMs = 120_000;

/**
 * Usage told from the events alone, in the plainest way: each event holds until the next, and every stretch it reaches into
 * gets its part. `events` are in the order of their arrival.
 */
export function naiveUsage(
  events: readonly SessionEvent[],
  span: Span,
  { fromMs, toMs, nowMs }: { fromMs: number; toMs: number; nowMs: number },
): NaiveUsage[] {
  const sorted = events.map((event, i) => ({ event, i })).sort((a, b) => a.event.atMs - b.event.atMs || a.i - b.i);
  const inOrder = sorted.map(({ event }) => event);
  const untilMs = Math.min(toMs, nowMs);
  const stretches: NaiveUsage[] = [];
  for (let ms = fromMs; ms < untilMs; ms = startOfNext(span, ms)) {
    const lastsMs = Math.min(untilMs, startOfNext(span, ms)) - ms;
    stretches.push({ startsAtMs: ms, lastsMs, peak: 0, seatMs: 0, fullMs: 0, people: 0, admissions: 0, refusals: {} });
  }
  const people = new Map<NaiveUsage, Set<string>>(stretches.map((stretch) => [stretch, new Set()]));
  const of = (ms: number) => stretches[indexOf(stretches, startOf(span, ms))];
  inOrder.forEach((event, i) => {
    const endMs = Math.min(inOrder[i + 1]?.atMs ?? untilMs, untilMs);
    for (let ms = Math.max(event.atMs, fromMs); ms < endMs; ms = startOfNext(span, ms)) {
      const stretch = of(ms);
      if (stretch === undefined) continue;
      const part = Math.min(endMs, startOfNext(span, ms)) - ms;
      stretch.peak = Math.max(stretch.peak, event.used);
      stretch.seatMs += part * event.used;
      if (event.limit !== null && event.used >= event.limit) stretch.fullMs += part;
    }
    const stretch = event.atMs < untilMs ? of(event.atMs) : undefined;
    if (stretch === undefined) return;
    stretch.peak = Math.max(stretch.peak, event.used);
    if (event.kind === 'admitted' && (event.reason === null || event.reason === 'overage')) {
      stretch.admissions += 1;
      if (event.userId !== null) people.get(stretch)?.add(event.userId);
    }
    if (event.kind === 'refused') {
      const [all, telling] = stretch.refusals[event.reason ?? ''] ?? [0, 0];
      stretch.refusals[event.reason ?? ''] = [all + 1, telling + (isTrue(inOrder, i) ? 1 : 0)];
    }
  });
  for (const [stretch, set] of people) stretch.people = set.size;
  return stretches;
}

function indexOf(stretches: readonly NaiveUsage[], startsAtMs: number): number {
  let [low, high] = [0, stretches.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.startsAtMs ?? 0) < startsAtMs) low = middle + 1;
    else high = middle;
  }
  return stretches[low]?.startsAtMs === startsAtMs ? low : -1;
}

function isTrue(inOrder: readonly SessionEvent[], i: number): boolean {
  const refused = inOrder[i];
  if (refused === undefined || refused.userId === null) return true;
  for (let j = i + 1; j < inOrder.length; j++) {
    const later = inOrder[j];
    if (later === undefined || later.atMs > refused.atMs + foldMs) return true;
    if (later.userId === refused.userId && later.kind !== 'released') return false;
  }
  return true;
}
