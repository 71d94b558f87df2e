import type { EntityManager } from 'typeorm';
import type { HistoryListener } from '../sessions/history.js';
import type { SessionEvent } from '../sessions/store.js';
import { foldMs } from './hour-figures.js';
import { type Span, spans, startOf } from './span.js';

const markSql = `INSERT INTO usage_marks (licence_id, span, starts_at, times)
  SELECT licence_id, span, starts_at, 1
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS mark(licence_id, span, starts_at)
  ORDER BY 1, 2, 3
  ON CONFLICT (licence_id, span, starts_at) DO UPDATE SET times = usage_marks.times + 1`;

/** Marks what new events change, in the transaction that stores them: no figure is ever older than its events. */
export const usageMarks: HistoryListener = {
  async brought(tx: EntityManager, events: readonly SessionEvent[]): Promise<void> {
    const marks = new Map<string, { licenceId: string; span: Span; startsAt: Date }>();
    const mark = (licenceId: string, span: Span, ms: number) => {
      const startsAt = new Date(startOf(span, ms));
      marks.set(`${licenceId} ${span} ${startsAt.getTime()}`, { licenceId, span, startsAt });
    };
    for (const { licenceId, atMs, kind } of events) {
      if (licenceId === null) continue;
      for (const span of spans) mark(licenceId, span, atMs);
      // It may fold a refusal of the hour before.
      if (kind !== 'released') mark(licenceId, 'hour', atMs - foldMs);
    }
    if (marks.size === 0) return;
    const rows = [...marks.values()];
    await tx.query(markSql, [
      rows.map(({ licenceId }) => licenceId),
      rows.map(({ span }) => span),
      rows.map(({ startsAt }) => startsAt),
    ]);
  },
};
