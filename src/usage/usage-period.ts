import { z } from 'zod';
import { invalid } from '../kernel/problem.js';
import { isoInstant } from '../kernel/text.js';
import { hourMs, type Span, spans, startOf, startOfNext } from './span.js';

/** More stretches than anybody will read are not told at once. */
const mostStretches = 10_000;
const usualMs = 30 * 24 * hourMs;

/** The query parameters of what is told over time. */
export const periodQuery = {
  from: isoInstant.optional(),
  to: isoInstant.optional(),
  bucket: z.enum(spans).default('hour'),
  format: z.enum(['json', 'csv']).optional(),
};

/** What figures are asked for. */
export interface PeriodAsked {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly bucket: Span;
}

/** Whole stretches of time, from the beginning of the first to the end of the last. */
export interface Period {
  readonly span: Span;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The whole stretches that were asked for: the one `from` lies in (30 days before `to` when it is left out) up to the one
 * that `to` ends (now). Throws `invalid-request` when `to` is not later than `from`, or when they are more than 10 000.
 */
export function periodOf(asked: PeriodAsked, nowMs: number): Period {
  const span = asked.bucket;
  const endMs = asked.to?.getTime() ?? Math.max(nowMs, (asked.from?.getTime() ?? 0) + 1);
  const beginMs = asked.from?.getTime() ?? Math.max(0, endMs - usualMs);
  if (endMs <= beginMs) throw invalid('query:to', 'must be later than from');
  const fromMs = startOf(span, beginMs);
  const toMs = startOfNext(span, endMs - 1);
  let count = 0;
  for (let ms = fromMs; ms < toMs; ms = startOfNext(span, ms)) {
    count += 1;
    if (count > mostStretches) {
      const rule = `is more than ${mostStretches} ${span}s after from: ask for less, or for a larger bucket`;
      throw invalid('query:to', rule);
    }
  }
  return { span, fromMs, toMs };
}
