import { Checkbox, MultiSelect, Stack, TextInput } from '@mantine/core';
import { ask } from '../../api/ask.js';
import { ApiProblem, faultOfList } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { textsOf } from '../../kit/texts-of.js';
import { useAction } from '../../kit/use-action.js';
import { useDraft } from '../../kit/use-draft.js';
import type { Person } from './answers.js';
import { useRoleChoice } from './roles-choice.js';
import { calledOf } from './words.js';

interface CreateParts {
  readonly opened: boolean;
  onClose(): void;
  onCreated(person: Person): void;
}

interface Created {
  readonly person: Person;
  /** Whether a letter with a link is on its way; null: none was asked for. */
  readonly invited: boolean | null;
}

const blank = { email: '', name: '', username: '', roles: ['user'], invite: true };

/** The dialog by which somebody gets an account. */
export function CreatePerson({ opened, onClose, onCreated }: CreateParts) {
  const [given, set] = useDraft(opened, () => blank);
  const choice = useRoleChoice();
  const action = useAction({
    run: () => create(given),
    done: ({ person, invited }) => toldOf(calledOf(person), invited),
    refresh: ['/admin/api/users'],
    quiet: true,
    onDone: ({ person }) => {
      onClose();
      onCreated(person);
    },
  });
  const text = textsOf(given, set, action.fields);
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Add a person"
      submitLabel="Add person"
      action={action}
      onSubmit={action.run}
    >
      <Stack gap="md">
        <TextInput {...text('email', 'E-mail address')} type="email" required autoComplete="off" data-autofocus />
        <TextInput {...text('name', 'Name')} autoComplete="off" />
        <TextInput
          {...text('username', 'User name')}
          description="They may sign in with it instead of the address"
          autoComplete="off"
          spellCheck={false}
        />
        <MultiSelect
          label="Roles"
          data={choice}
          value={given.roles}
          onChange={(roles) => set({ roles })}
          error={faultOfList(action.fields, 'roles')}
          comboboxProps={{ withinPortal: true }}
        />
        <Checkbox
          label="Send a link for choosing a password"
          description="Otherwise they cannot sign in until you start a password reset"
          checked={given.invite}
          onChange={(event) => set({ invite: event.currentTarget.checked })}
        />
      </Stack>
    </FormDialog>
  );
}

async function create({ email, name, username, roles, invite }: typeof blank): Promise<Created> {
  const body = {
    email: email.trim(),
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(username.trim() === '' ? {} : { username: username.trim() }),
    roles,
  };
  const person = await ask<Person>('POST', '/admin/api/users', { body });
  if (!invite) return { person, invited: null };
  try {
    await ask('POST', `/admin/api/users/${person.id}/reset`);
    return { person, invited: true };
  } catch (error) {
    // The account is there: what failed is told, and can be done again from its page.
    if (error instanceof ApiProblem) return { person, invited: false };
    throw error;
  }
}

function toldOf(called: string, invited: boolean | null): string {
  if (invited === null) return `${called} was added.`;
  if (invited) return `${called} was added, and a link for choosing a password is on its way.`;
  return `${called} was added, but the link could not be sent. Start a password reset from this page to try again.`;
}
