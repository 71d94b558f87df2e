import { ask } from '../../api/ask.js';
import type { EndFilter } from './end-many.js';
import type { EndedCounts } from './session-answer.js';

const path = '/admin/api/sessions/end';
const atMost = 250;

/** How many would end, and when that was counted. */
export interface Counted {
  readonly matched: number;
  readonly at?: string | undefined;
}

/** Counts what would end, by dry runs. */
export async function countAll(filter: EndFilter, signal: AbortSignal): Promise<Counted> {
  let matched = 0;
  let at: string | undefined;
  for (const part of partsOf(filter)) {
    const counts = await ask<EndedCounts>('POST', path, { body: { filter: part, dryRun: true }, signal });
    matched += counts.matched;
    at ??= counts.at;
  }
  return { matched, at };
}

/**
 * Ends what matches, some at a time, so that one sees how far it is and can stop. What has ended by then stays so. Never more
 * than were counted, and nobody who has come since.
 */
export async function endAll({
  filter,
  counted,
  message,
  block,
  signal,
  onProgress,
}: {
  readonly filter: EndFilter;
  readonly counted: Counted;
  readonly message: string | undefined;
  readonly block?: boolean;
  readonly signal?: AbortSignal;
  onProgress(ended: number, step: EndedCounts): void;
}): Promise<{ ended: number; pending: boolean }> {
  let ended = 0;
  let pending = false;
  let left = counted.matched;
  const words = { ...(message !== undefined && { message }), ...(block === true && { block }) };
  for (const part of partsOf(filter)) {
    const meant = 'refs' in part || counted.at === undefined ? part : { ...part, openedBefore: counted.at };
    let cursor: string | undefined;
    for (let more = left > 0; more && signal?.aborted !== true; ) {
      const body = { filter: meant, ...words, atMost: Math.min(atMost, left), ...(cursor && { cursor }) };
      const counts = await ask<EndedCounts>('POST', path, { body });
      ended += counts.ended;
      left -= counts.matched;
      pending ||= counts.pending === true;
      cursor = counts.nextCursor;
      more = cursor !== undefined && left > 0;
      onProgress(ended, counts);
    }
  }
  return { ended, pending };
}

/** Refs are named two hundred at a time. */
function* partsOf(filter: EndFilter): Generator<EndFilter> {
  if (!('refs' in filter)) {
    yield filter;
    return;
  }
  for (let at = 0; at < filter.refs.length; at += 200) yield { refs: filter.refs.slice(at, at + 200) };
}
