import { Checkbox } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useMe } from '../../api/me.js';
import { type ApiProblem, problemFrom } from '../../api/problem.js';
import { ReasonDialog } from '../../kit/dialogs.js';
import { Waiting } from '../../kit/waiting.js';
import { plural } from '../../kit/words.js';
import { type Counted, countAll, endAll } from './end-all.js';
import { HowFar } from './how-far.js';
import type { SessionFilter } from './session-filters.js';

/** Which sessions are to be ended. */
export type EndFilter = SessionFilter | { readonly all: true } | { readonly refs: readonly string[] };

/** Ends many sessions: says first how many they are, and then how far it is. */
export function EndMany({
  filter,
  described,
  onClose,
  onEnded,
}: {
  /** Null while nothing is to be ended. */
  readonly filter: EndFilter | null;
  /** Which they are, in words: `all sessions of …`. */
  readonly described: string;
  onClose(): void;
  onEnded(ended: number, pending: boolean): void;
}) {
  const mayBlock = useMe().can('user.write');
  const { counted, problem: uncounted } = useCounted(filter);
  const matched = counted?.matched ?? null;
  const [ended, setEnded] = useState<number | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [block, setBlock] = useState(false);
  const stop = useRef(new AbortController());
  useEffect(() => {
    if (filter === null) return undefined;
    stop.current = new AbortController();
    setProblem(null);
    setEnded(null);
    setBlock(false);
    return () => stop.current.abort();
  }, [filter]);
  const run = async (message: string | undefined) => {
    if (filter === null || counted === null) return;
    setProblem(null);
    setEnded(0);
    try {
      const signal = stop.current.signal;
      const order = { filter, counted, message, ...(block && { block }), signal, onProgress: setEnded };
      const done = await endAll(order);
      onEnded(done.ended, done.pending);
      onClose();
    } catch (error) {
      setProblem(problemFrom(error));
      setEnded(null);
    }
  };
  const total = matched ?? 0;
  return (
    <ReasonDialog
      opened={filter !== null}
      onClose={onClose}
      title={matched === null ? 'End sessions?' : `End ${plural(total, 'session')}?`}
      submitLabel={ended === null ? `End ${plural(total, 'session')}` : 'Ending …'}
      messageLabel="Message to these people"
      danger
      disabled={matched === null || total === 0}
      action={{ busy: ended !== null, problem: problem ?? uncounted, reset: () => setProblem(null) }}
      onSubmit={run}
    >
      {matched === null && uncounted === null && <Waiting lines={1} label="Counting the sessions" />}
      {matched !== null && (
        <p role="status">
          {total === 0
            ? 'No session matches any more, besides your own.'
            : `${plural(total, 'session')} will end at once: ${described}. Your own session is left alone.`}
        </p>
      )}
      {ended !== null && <HowFar ended={ended} total={total} />}
      {mayBlock && (
        <Checkbox
          label="Disable their accounts too, so that they cannot come straight back"
          checked={block}
          disabled={ended !== null}
          onChange={(event) => setBlock(event.currentTarget.checked)}
        />
      )}
    </ReasonDialog>
  );
}

/** How many would be ended, counted by a dry run. */
function useCounted(filter: EndFilter | null): { counted: Counted | null; problem: ApiProblem | null } {
  const [found, setFound] = useState<{ counted: Counted | null; problem: ApiProblem | null }>(nothing);
  useEffect(() => {
    setFound(nothing);
    if (filter === null) return undefined;
    const over = new AbortController();
    countAll(filter, over.signal).then(
      (counted) => setFound({ counted, problem: null }),
      (error: unknown) => over.signal.aborted || setFound({ counted: null, problem: problemFrom(error) }),
    );
    return () => over.abort();
  }, [filter]);
  return found;
}

const nothing = { counted: null, problem: null };
