/** The stretches of time that usage is told in. They begin and end in UTC. */
export const spans = ['hour', 'day', 'month'] as const;

/** The name of a stretch of time. */
export type Span = (typeof spans)[number];

/** A stretch of an hour, in milliseconds. */
export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The beginning of the span a moment lies in, in milliseconds since the epoch. */
export function startOf(span: Span, ms: number): number {
  if (span === 'hour') return Math.floor(ms / hourMs) * hourMs;
  if (span === 'day') return Math.floor(ms / dayMs) * dayMs;
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

/** The beginning of the span after the one a moment lies in. */
export function startOfNext(span: Span, ms: number): number {
  if (span !== 'month') return startOf(span, ms) + (span === 'hour' ? hourMs : dayMs);
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
