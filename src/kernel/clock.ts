/**
 * Where every other file asks for the time. What decides about sessions and seats asks Redis instead, so that no skew
 * between hosts can matter.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** The host's own clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** ISO 8601 in UTC with milliseconds; null stays null. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** A monotonic reading in milliseconds, for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}
