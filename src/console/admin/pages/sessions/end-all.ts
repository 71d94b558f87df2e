import { ask } from '../../api/ask.js';
import type { EndFilter } from './end-many.js';
import type { EndedCounts } from './session-answer.js';

const atMost = 250;

/** Ends what matches, some at a time, so that one sees how far it is and can stop. What has ended by then stays so. */
export async function endAll({
  filter,
  message,
  block,
  signal,
  onProgress,
}: {
  readonly filter: EndFilter;
  readonly message: string | undefined;
  readonly block?: boolean;
  readonly signal: AbortSignal;
  onProgress(ended: number): void;
}): Promise<{ ended: number; pending: boolean }> {
  let ended = 0;
  let pending = false;
  const words = { ...(message !== undefined && { message }), ...(block === true && { block }) };
  for (const part of partsOf(filter)) {
    for (let more = true; more && !signal.aborted; ) {
      const body = { filter: part, ...words, atMost };
      const counts = await ask<EndedCounts>('POST', '/admin/api/sessions/end', { body });
      ended += counts.ended;
      pending ||= counts.pending === true;
      // What is only noted down for later would be found again and again.
      more = counts.more && counts.ended > 0 && counts.pending !== true;
      onProgress(ended);
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
