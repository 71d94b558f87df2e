import { MultiSelect } from '@mantine/core';
import { faultOfList } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { useDraft } from '../../kit/use-draft.js';
import { plural } from '../../kit/words.js';
import { useAppRoles } from '../roles/use-app-roles.js';
import type { Membership, Person } from './answers.js';
import { LicenceChoice } from './licence-choice.js';
import { order, type Saved, saved } from './saved.js';
import { calledOf } from './words.js';

/** What is asked about somebody's licences. */
export type LicenceAsked =
  | { readonly what: 'add' }
  | { readonly what: 'roles' | 'remove'; readonly membership: Membership };

interface DialogParts {
  readonly person: Person;
  readonly asked: LicenceAsked | null;
  close(): void;
}

const refresh = ['/admin/api/users', '/admin/api/sessions', '/admin/api/licences'];

/** The dialog by which somebody becomes a member of a licence. */
export function AddLicence({ person, asked, without, close }: DialogParts & { readonly without: readonly string[] }) {
  const opened = asked?.what === 'add';
  const [{ id }, set] = useDraft<{ id: string | null }>(opened, () => ({ id: null }));
  const action = useAction<string, Saved>({
    run: (licence) => order('POST', `/admin/api/licences/${licence}/members`, { userId: person.id }),
    done: (output) => saved(`${calledOf(person)} is a member now.`, output),
    onDone: close,
    refresh,
    quiet: true,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={`Add ${calledOf(person)} to a licence`}
      submitLabel="Add to licence"
      action={action}
      disabled={id === null}
      onSubmit={() => id !== null && action.run(id)}
    >
      <LicenceChoice
        label="Licence"
        value={id}
        onChange={(next) => set({ id: next })}
        without={without}
        error={action.fields['userId']}
      />
    </FormDialog>
  );
}

/** The dialog in which somebody's roles in one licence are chosen. */
export function LicenceRoles({ person, asked, close }: DialogParts) {
  const membership = asked?.what === 'roles' ? asked.membership : null;
  const [{ roles }, set] = useDraft<{ roles: string[] | null }>(membership !== null, () => ({ roles: null }));
  const known = useAppRoles(membership?.roles ?? [], membership !== null);
  const action = useAction<void, Saved>({
    run: () => order('PATCH', memberPath(membership, person), { roles: roles ?? membership?.roles }),
    done: (output) => saved('The roles were saved.', output),
    onDone: close,
    refresh,
    quiet: true,
  });
  return (
    <FormDialog
      opened={membership !== null}
      onClose={close}
      title={`Roles in ${membership?.licence.name ?? 'this licence'}`}
      submitLabel="Save roles"
      action={action}
      disabled={roles === null}
      onSubmit={action.run}
    >
      <MultiSelect
        label="Roles"
        description="They hold only while the person sits in this licence. Their open sessions learn of it at once."
        data={known}
        value={[...(roles ?? membership?.roles ?? [])]}
        onChange={(next) => set({ roles: next })}
        error={faultOfList(action.fields, 'roles')}
        nothingFoundMessage="No role of an application is called so"
        searchable
        data-autofocus
      />
    </FormDialog>
  );
}

/** Asks once more before a membership ends. */
export function RemoveLicence({ person, asked, close }: DialogParts) {
  const membership = asked?.what === 'remove' ? asked.membership : null;
  const called = calledOf(person);
  const name = membership?.licence.name ?? 'this licence';
  const action = useAction<void, Saved>({
    run: () => order('DELETE', memberPath(membership, person)),
    done: (output) => saved(`${called} is no member of ${name} any more.`, output),
    onDone: close,
    refresh,
    quiet: true,
  });
  const sits = membership?.sessions ?? 0;
  return (
    <FormDialog
      opened={membership !== null}
      onClose={close}
      title={`Remove ${called} from ${name}?`}
      submitLabel="Remove from licence"
      danger
      action={action}
      onSubmit={action.run}
    >
      <p>
        They cannot sit in it any more
        {sits === 0 ? '.' : `, and ${plural(sits, 'session')} of theirs there ${sits === 1 ? 'ends' : 'end'} at once.`}{' '}
        Their roles in this licence are gone; the account stays.
      </p>
    </FormDialog>
  );
}

function memberPath(membership: Membership | null, { id }: Person): string {
  return `/admin/api/licences/${membership?.licence.id ?? ''}/members/${id}`;
}
