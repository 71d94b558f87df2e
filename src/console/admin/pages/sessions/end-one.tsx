import { ask } from '../../api/ask.js';
import { ReasonDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { count } from '../../kit/words.js';
import { type EndedOne, type LiveSession, nameOf } from './session-answer.js';

/** Ends one session, after asking and with what the person is told. It is gone from the list at once. */
export function EndOne({
  session,
  opened,
  onClose,
  remove,
}: {
  readonly session: LiveSession;
  readonly opened: boolean;
  onClose(): void;
  /** Takes it out of what is shown; answers how to put it back. */
  remove(refs: ReadonlySet<string>): () => void;
}) {
  const { ref, licence } = session;
  const name = nameOf(session);
  const end = useAction<string | undefined, EndedOne>({
    run: async (message) => {
      const putBack = remove(new Set([ref]));
      return ask<EndedOne>('DELETE', `/admin/api/sessions/${ref}`, { query: { message } }).catch((error: unknown) => {
        putBack();
        throw error;
      });
    },
    done: (answer) => toldOf(answer, name, licence?.name),
    onDone: onClose,
    quiet: true,
  });
  return (
    <ReasonDialog
      opened={opened}
      onClose={onClose}
      title={`End the session of ${name}?`}
      submitLabel="End session"
      danger
      action={end}
      onSubmit={end.run}
    >
      <p>
        They are signed out at once, wherever they are in their work
        {licence === null ? '.' : `, and their seat in ${licence.name} is free.`}
      </p>
    </ReasonDialog>
  );
}

function toldOf({ pending, ended, licence }: EndedOne, name: string, licenceName: string | undefined): string {
  if (pending === true) return `The session of ${name} ends in a moment: the session store is behind.`;
  if (ended === 0) return `${name} was gone already.`;
  if (licence == null || licence.limit === null) return `The session of ${name} has ended.`;
  return `The session of ${name} has ended. ${licenceName ?? 'The licence'}: ${count(licence.used)} of ${count(licence.limit)} seats in use.`;
}
