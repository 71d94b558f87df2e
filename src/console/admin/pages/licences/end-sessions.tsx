import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { moveGauges } from '../../api/feed.js';
import type { ApiProblem } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { ReasonDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { plural } from '../../kit/words.js';
import { type Counted, countAll, endAll } from '../sessions/end-all.js';
import type { EndFilter } from '../sessions/end-many.js';
import { HowFar } from '../sessions/how-far.js';
import type { EndedCounts, LiveSession } from '../sessions/session-answer.js';
import type { Licence } from './licence-types.js';
import { WholeField } from './whole-field.js';

/** Which sessions of a licence are to end. */
export type Ending =
  | { readonly kind: 'one'; readonly seated: LiveSession }
  | { readonly kind: 'selected'; readonly refs: readonly string[] }
  | { readonly kind: 'idle' };

/** What the dialog is given. `onEnding` takes them off the screen and answers how to put them back. */
export interface EndSessionsProps {
  readonly licence: Licence;
  readonly ending: Ending;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onEnding: (refs: readonly string[]) => () => void;
  readonly onEnded: () => void;
}

/** Says how many sessions would end before any does, asks what their people are to be told, and ends them. */
export function EndSessions(props: EndSessionsProps) {
  const { licence, ending, opened, onClose, onEnding, onEnded } = props;
  const [idleMinutes, setIdleMinutes] = useState(30);
  const [done, setDone] = useState<number | null>(null);
  const filter = filterOf(licence.id, ending, idleMinutes);
  const preview = useQuery<Counted, ApiProblem>({
    queryKey: ['/admin/api/sessions/end', filter],
    queryFn: ({ signal }) => countAll(filter, signal),
    enabled: opened && done === null,
    staleTime: 0,
  });
  // What was counted when the dialog was open before says nothing of now.
  const counted = preview.isFetching ? undefined : preview.data;
  const matched = counted?.matched;
  const end = useAction<string | undefined, number>({
    quiet: true,
    refresh: ['/admin/api/licences', '/admin/api/sessions', '/admin/api/overview'],
    run: (message) => endThose({ licence, ending, filter, counted, message }, onEnding, setDone),
    done: (count) =>
      count === 0 ? 'They had left already.' : `${plural(count, 'session has', 'sessions have')} ended.`,
    onDone: () => {
      onEnded();
      onClose();
    },
  });
  return (
    <ReasonDialog
      opened={opened}
      onClose={onClose}
      title={ending.kind === 'one' ? `End the session of ${ending.seated.user.email}?` : 'End sessions'}
      submitLabel={ending.kind === 'one' ? 'End session' : `End ${plural(matched ?? 0, 'session')}`}
      messageLabel={ending.kind === 'one' ? 'Message to the person' : 'Message to the people'}
      danger
      action={{ ...end, problem: end.problem ?? preview.error }}
      disabled={matched === undefined || matched === 0}
      onSubmit={async (message) => {
        await end.run(message);
        setDone(null);
      }}
    >
      {ending.kind === 'idle' && (
        <WholeField label="Idle for over" unit="minutes" most={525_600} value={idleMinutes} onChange={setIdleMinutes} />
      )}
      <p aria-live="polite">{wordsOf(ending, matched, idleMinutes)}</p>
      {done !== null && matched !== undefined && matched > 0 && <HowFar ended={done} total={matched} />}
    </ReasonDialog>
  );
}

function filterOf(licenceId: string, ending: Ending, idleMinutes: number): EndFilter {
  if (ending.kind === 'idle') return { licenceId, idleForSeconds: idleMinutes * 60 };
  return { refs: ending.kind === 'one' ? [ending.seated.ref] : ending.refs };
}

function wordsOf(ending: Ending, matched: number | undefined, idleMinutes: number): string {
  if (matched === undefined) return 'Counting …';
  const those = ending.kind === 'idle' ? `idle for over ${plural(idleMinutes, 'minute')}` : 'that you selected';
  if (ending.kind === 'one') {
    return matched === 0
      ? 'This session has ended already, or it is your own.'
      : 'Their seat is free at once. Their browser is told that staff has ended the session.';
  }
  if (matched === 0) return `No session ${those} is left to end.`;
  return `${plural(matched, 'session')} ${those} would end now, and as many seats would be free. Your own session is spared.`;
}

interface Order {
  readonly licence: Licence;
  readonly ending: Ending;
  readonly filter: EndFilter;
  readonly counted: Counted | undefined;
  readonly message: string | undefined;
}

/** Ends them, at most so many at a time, and tells how far it has got. */
async function endThose(
  order: Order,
  onEnding: EndSessionsProps['onEnding'],
  onStep: (done: number) => void,
): Promise<number> {
  const { licence, ending, filter, counted = { matched: 0 }, message } = order;
  const refs = ending.kind === 'one' ? [ending.seated.ref] : ending.kind === 'selected' ? ending.refs : [];
  const putBack = onEnding(refs);
  const onProgress = (done: number, step: EndedCounts) => {
    onStep(done);
    if (step.pending !== true) showFewer(licence.id, step.ended);
  };
  onStep(0);
  try {
    return (await endAll({ filter, counted, message, onProgress })).ended;
  } catch (error) {
    putBack();
    throw error;
  }
}

/** The gauge falls with the answer; what the server tells a moment later is exact. */
function showFewer(id: string, ended: number): void {
  const [known] = queries.getQueriesData<Licence>({ queryKey: [`/admin/api/licences/${id}`] }).map(([, data]) => data);
  if (known === undefined) return;
  moveGauges(queries, { licenceId: id, used: Math.max(0, known.used - ended), limit: known.seats });
}
