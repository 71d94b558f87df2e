import { decodeCursor, encodeCursor } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import type { ListPlace } from './session-traits.js';

/** By what lists of sessions are sorted: those opened last first, or those unused for longest. */
export const sessionSorts = ['newest', 'idlest'] as const;

/** One of those orders. */
export type SessionSort = (typeof sessionSorts)[number];

/** A session that was found, and when it was opened, or last used. */
export interface Found {
  readonly tag: string;
  readonly handle: string;
  readonly timeMs: number;
}

/** From where the newest are looked for: among those opened then or before, and behind what an earlier answer told. */
export interface NewestFrom {
  readonly openedByMs?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Sort before and behind every handle. */
const firstHandle = '';
const lastHandle = '~';

/** The order over all tags: by time, then by tag, then as within a tag. */
export function inOrder(sort: SessionSort): (a: Found, b: Found) => number {
  const sign = sort === 'idlest' ? 1 : -1;
  return (a, b) => sign * (a.timeMs - b.timeMs) || compared(a.tag, b.tag) || sign * compared(a.handle, b.handle);
}

/** Below, above or as the other, by code units. */
export function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Behind which place of a tag the next page begins. Of one moment the tags come in their order. */
export function afterIn(tag: string, sort: SessionSort, after: Found | null): ListPlace | null {
  if (after === null) return null;
  if (after.tag === tag) return [after.timeMs, after.handle];
  const allBefore = tag < after.tag;
  return [after.timeMs, allBefore === (sort === 'idlest') ? lastHandle : firstHandle];
}

/** Sorts before every tag: of the moment at which it begins, all are meant. */
const noTag = '';

/** The place behind which those lie; null: all are meant. */
export function beginOf({ openedByMs, cursor }: NewestFrom): Found | null {
  const begin = openedByMs === undefined ? null : { timeMs: openedByMs, tag: noTag, handle: firstHandle };
  const place = cursor === undefined ? null : placeIn(cursor, 'newest');
  if (begin === null || place === null) return begin ?? place;
  return place.timeMs > begin.timeMs ? begin : place;
}

/** What a list that goes on behind this one is asked with. */
export function cursorBehind({ timeMs, tag, handle }: Found, sort: SessionSort): string {
  return encodeCursor([sort, timeMs, tag, handle]);
}

/** The place that a cursor names. Throws `invalid-request` for what is none, or one of another order. */
export function placeIn(cursor: string, sort: SessionSort): Found {
  const [ofSort, timeMs, tag, handle] = decodeCursor(cursor, ['string', 'number', 'string', 'string']);
  if (ofSort !== sort || !Number.isSafeInteger(timeMs) || !/^[\w-]{22}$/.test(String(handle)))
    throw invalid('query:cursor', 'must be the nextCursor of an earlier answer, in the same order');
  return { timeMs: Number(timeMs), tag: String(tag), handle: String(handle) };
}
