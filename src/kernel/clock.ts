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

/** A moment, or milliseconds since 1970, as ISO 8601 in UTC with milliseconds; null stays null. */
export function isoTime(at: number | Date): string;
export function isoTime(at: number | Date | null): string | null;
export function isoTime(at: number | Date | null): string | null {
  if (at === null) return null;
  const ms = typeof at === 'number' ? at : at.getTime();
  const minute = Math.floor(ms / 60_000);
  const rest = ms - minute * 60_000;
  if (!Number.isInteger(rest)) return new Date(ms).toISOString();
  const second = Math.floor(rest / 1000);
  return `${upToMinute(minute)}${second < 10 ? '0' : ''}${second}.${String(rest - second * 1000).padStart(3, '0')}Z`;
}

const minutes = new Map<number, string>();

/** A check tells four times; what changes least of them is remembered, because Date takes a tenth of the whole check. */
function upToMinute(minute: number): string {
  const known = minutes.get(minute);
  if (known !== undefined) return known;
  if (minutes.size >= 10_000) minutes.clear();
  const text = new Date(minute * 60_000).toISOString().slice(0, -7);
  minutes.set(minute, text);
  return text;
}

/** A monotonic reading in milliseconds, for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}
