import { MultiSelect } from '@mantine/core';
import { faultOfList } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { order, type Saved, saved } from '../../kit/saved.js';
import { useAction } from '../../kit/use-action.js';
import { useDraft } from '../../kit/use-draft.js';
import { plural } from '../../kit/words.js';
import { useAppRoles } from '../roles/use-app-roles.js';
import type { Membership, Person } from './answers.js';
import { LicenceChoice } from './licence-choice.js';
import { calledOf } from './words.js';

interface DialogParts {
  readonly person: Person;
  readonly opened: boolean;
  close(): void;
}

interface MembershipParts extends DialogParts {
  readonly membership: Membership;
}

const refresh = ['/admin/api/users', '/admin/api/sessions', '/admin/api/licences'];

/** The dialog by which somebody becomes a member of a licence. */
export function AddLicence({ person, opened, without, close }: DialogParts & { readonly without: readonly string[] }) {
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
export function LicenceRoles({ person, membership, opened, close }: MembershipParts) {
  const [{ roles }, set] = useDraft<{ roles: string[] | null }>(opened, () => ({ roles: null }));
  const known = useAppRoles(membership.roles, opened);
  const action = useAction<void, Saved>({
    run: () => order('PATCH', memberPath(membership, person), { roles }),
    done: (output) => saved('The roles were saved.', output),
    onDone: close,
    refresh,
    quiet: true,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={`Roles in ${membership.licence.name}`}
      submitLabel="Save roles"
      action={action}
      disabled={roles === null}
      onSubmit={action.run}
    >
      <MultiSelect
        label="Roles"
        description="They hold only while the person sits in this licence. Their open sessions learn of it at once."
        data={known}
        value={[...(roles ?? membership.roles)]}
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
export function RemoveLicence({ person, membership, opened, close }: MembershipParts) {
  const { licence, sessions: sits } = membership;
  const called = calledOf(person);
  const action = useAction<void, Saved>({
    run: () => order('DELETE', memberPath(membership, person)),
    done: (output) => saved(`${called} is no member of ${licence.name} any more.`, output),
    onDone: close,
    refresh,
    quiet: true,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={`Remove ${called} from ${licence.name}?`}
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

function memberPath({ licence }: Membership, { id }: Person): string {
  return `/admin/api/licences/${licence.id}/members/${id}`;
}
