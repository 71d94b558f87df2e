import { useLocation } from 'wouter';
import { ask } from '../../api/ask.js';
import { FormDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { plural } from '../../kit/words.js';
import type { LicenceDialogProps } from './dialog-frame.js';
import { laterInWords, licencePath, licenceRefresh } from './licence-calls.js';

/** Deletes a licence, and says first what goes with it. */
export function DeleteLicence({ licence, opened, onClose }: LicenceDialogProps) {
  const { id, name, used, members } = licence;
  const [, navigate] = useLocation();
  const remove = useAction<void, object | undefined>({
    quiet: true,
    refresh: licenceRefresh,
    run: () => ask<object | undefined>('DELETE', licencePath(id)),
    done: (answer) => `“${name}” is deleted.${laterInWords(answer)}`,
    onDone: () => navigate('/licences'),
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Delete “${name}”?`}
      submitLabel="Delete licence"
      danger
      action={remove}
      onSubmit={remove.run}
    >
      <p>
        {used === 0
          ? 'Nobody is inside at this moment.'
          : `${plural(used, 'person is', 'people are')} signed out at once.`}{' '}
        {members === undefined ? 'Its memberships' : plural(members, 'membership')}, its invitations and whoever was
        appointed to manage it go with it; the accounts stay. What happened stays in the audit log. This cannot be taken
        back: to close the licence for a while, suspend it.
      </p>
    </FormDialog>
  );
}
