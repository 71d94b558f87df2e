import { Checkbox, MultiSelect, TextInput } from '@mantine/core';
import { faultOfList } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { order, type Saved, saved } from '../../kit/saved.js';
import { textsOf } from '../../kit/texts-of.js';
import { useAction } from '../../kit/use-action.js';
import { useBase } from '../../kit/use-base.js';
import { useDraft } from '../../kit/use-draft.js';
import type { Person } from './answers.js';
import { useRoleChoice } from './roles-choice.js';

interface EditParts {
  readonly person: Person;
  readonly opened: boolean;
  onClose(): void;
}

interface Given {
  readonly email: string;
  readonly name: string;
  readonly username: string;
  readonly roles: string[];
  readonly verified: boolean;
}

function givenOf({ email, name, username, roles, verified }: Person): Given {
  return { email, name: name ?? '', username: username ?? '', roles: [...roles], verified };
}

/** What was changed, as the server is told of it. */
function changesOf(person: Person, given: Given): Record<string, unknown> {
  const next = {
    email: given.email.trim(),
    name: given.name.trim() || null,
    username: given.username.trim() || null,
    roles: given.roles,
    verified: given.verified,
  };
  const changed = Object.entries(next).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(person[field as keyof typeof next]),
  );
  return { ...Object.fromEntries(changed), version: person.version };
}

/** The dialog in which an account is changed: as it was when the dialog was opened, whatever becomes of it meanwhile. */
export function EditPerson({ person: present, opened, onClose }: EditParts) {
  const { base: person } = useBase(present, opened);
  const [given, set] = useDraft(opened, () => givenOf(person));
  const choice = useRoleChoice(person.roles);
  const action = useAction<void, Saved>({
    run: () => order('PATCH', `/admin/api/users/${person.id}`, changesOf(person, given)),
    done: (output) => saved('The profile was saved.', output),
    refresh: ['/admin/api/users'],
    quiet: true,
    onDone: onClose,
  });
  const text = textsOf(given, set, action.fields);
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Edit profile"
      submitLabel="Save changes"
      action={action}
      onSubmit={action.run}
      disabled={Object.keys(changesOf(person, given)).length === 1}
    >
      <TextInput {...text('email', 'E-mail address')} type="email" required autoComplete="off" />
      <Checkbox
        label="The address is theirs"
        description="Somebody has verified it"
        checked={given.verified}
        onChange={(event) => set({ verified: event.currentTarget.checked })}
      />
      <TextInput {...text('name', 'Name')} autoComplete="off" data-autofocus />
      <TextInput {...text('username', 'User name')} autoComplete="off" spellCheck={false} />
      <MultiSelect
        label="Roles everywhere"
        description="Whoever loses staff rights is signed out"
        data={choice}
        value={given.roles}
        onChange={(roles) => set({ roles })}
        error={faultOfList(action.fields, 'roles')}
      />
    </FormDialog>
  );
}
