import { Checkbox, TagsInput, TextInput } from '@mantine/core';
import { ask } from '../../api/ask.js';
import { faultOfList } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { textsOf } from '../../kit/texts-of.js';
import { useAction } from '../../kit/use-action.js';
import { useBase } from '../../kit/use-base.js';
import { useDraft } from '../../kit/use-draft.js';
import type { AppRole } from './role.js';

interface RoleDialogParts {
  /** The role that is changed; null: a new one. */
  readonly changed: AppRole | null;
  readonly opened: boolean;
  onClose(): void;
  onSaved(role: AppRole): void;
}

interface Given {
  readonly name: string;
  readonly description: string;
  readonly permissions: string[];
  readonly managersMayGive: boolean;
}

function givenOf(role: AppRole | null): Given {
  const { name = '', description, permissions = [], managersMayGive = false } = role ?? {};
  return { name, description: description ?? '', permissions: [...permissions], managersMayGive };
}

/** The dialog in which a role of an application is made, or changed as it was when the dialog was opened. */
export function RoleDialog({ changed, opened, onClose, onSaved }: RoleDialogParts) {
  const { base: role } = useBase(changed, opened);
  const [given, set] = useDraft(opened, () => givenOf(role));
  const action = useAction<void, AppRole>({
    run: () => save(role, given),
    done: ({ name }) => (role === null ? `The role ${name} was created.` : `The role ${name} was saved.`),
    refresh: ['/admin/api/roles'],
    quiet: true,
    onDone: (saved) => {
      onClose();
      onSaved(saved);
    },
  });
  const text = textsOf(given, set, action.fields);
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={role === null ? 'Create a role' : `Change ${role.name}`}
      submitLabel={role === null ? 'Create role' : 'Save changes'}
      action={action}
      onSubmit={action.run}
    >
      {role === null && (
        <TextInput
          {...text('name', 'Name')}
          description="application:role, such as exams:editor. It cannot be changed later."
          required
          autoComplete="off"
          spellCheck={false}
          maxLength={64}
          data-autofocus
        />
      )}
      <TextInput
        {...text('description', 'What it is for')}
        description="One line that others will understand"
        maxLength={200}
        data-autofocus={role !== null || undefined}
      />
      <TagsInput
        label="What it allows"
        description="resource:action, resource:* or *:*; press Enter after each"
        placeholder={given.permissions.length === 0 ? 'papers:write' : ''}
        value={given.permissions}
        onChange={(permissions) => set({ permissions })}
        error={faultOfList(action.fields, 'permissions')}
        splitChars={[',', ' ']}
        acceptValueOnBlur
        maxTags={50}
      />
      <Checkbox
        label="Licence managers may give it"
        description="To members of the licences they manage"
        checked={given.managersMayGive}
        onChange={(event) => set({ managersMayGive: event.currentTarget.checked })}
      />
    </FormDialog>
  );
}

function save(role: AppRole | null, { name, description, ...rest }: Given): Promise<AppRole> {
  const body = { ...rest, description: description.trim() || null };
  if (role === null) return ask('POST', '/admin/api/roles', { body: { ...body, name: name.trim() } });
  const path = `/admin/api/roles/${encodeURIComponent(role.name)}`;
  return ask('PATCH', path, { body: { ...body, version: role.version } });
}
