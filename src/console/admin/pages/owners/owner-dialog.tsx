import { Textarea, TextInput } from '@mantine/core';
import { useLocation } from 'wouter';
import { ask } from '../../api/ask.js';
import { FormDialog } from '../../kit/dialogs.js';
import { textsOf } from '../../kit/texts-of.js';
import { useAction } from '../../kit/use-action.js';
import { useBase } from '../../kit/use-base.js';
import { useDraft } from '../../kit/use-draft.js';
import type { Owner } from '../licences/licence-types.js';
import { ownerName } from '../licences/owner-choice.js';
import { Stale } from '../licences/stale.js';

/** An owner that is changed, or null for one that is made. */
export interface OwnerDialogProps {
  readonly owner: Owner | null;
  readonly opened: boolean;
  readonly onClose: () => void;
}

const fields = ['name', 'surname', 'email', 'affiliation', 'comments'] as const;
type Draft = Record<(typeof fields)[number], string>;

/** Makes an owner, or changes one. */
export function OwnerDialog({ owner, opened, onClose }: OwnerDialogProps) {
  const [, navigate] = useLocation();
  const [draft, set] = useDraft<Draft>(opened, () => draftOf(owner));
  const { base, isStale, take } = useBase(owner, opened);
  const save = useAction<void, Owner>({
    quiet: true,
    refresh: ['/admin/api/owners', '/admin/api/licences'],
    run: () =>
      owner === null
        ? ask<Owner>('POST', '/admin/api/owners', { body: stated(draft) })
        : ask<Owner>('PATCH', `/admin/api/owners/${owner.id}`, { body: { ...body(draft), version: base?.version } }),
    done: (saved) =>
      owner === null ? `${ownerName(saved)} is made. Give it a licence next.` : `${ownerName(saved)} is saved.`,
    onDone: ({ id }) => {
      onClose();
      if (owner === null) navigate(`/owners/${id}`);
    },
  });
  const { problem } = save;
  const lost = isStale && !save.busy;
  const told = problem !== null && problem.slug !== 'stale-version' && Object.keys(problem.fields).length === 0;
  const text = textsOf(draft, set, save.fields);
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={owner === null ? 'New owner' : `Edit ${ownerName(owner)}`}
      submitLabel={owner === null ? 'Create owner' : 'Save'}
      action={{ ...save, problem: told ? problem : null }}
      disabled={draft.name.trim() === '' || lost}
      onSubmit={save.run}
    >
      <TextInput
        {...text('name', 'Name')}
        description="Of the institute, or the first name of a person."
        required
        maxLength={200}
      />
      <TextInput {...text('surname', 'Surname')} description="Only for a person." maxLength={200} />
      <TextInput
        {...text('email', 'E-mail address')}
        description="Where notices about its licences go."
        type="email"
        maxLength={254}
      />
      <TextInput {...text('affiliation', 'Affiliation')} maxLength={300} />
      <Textarea {...text('comments', 'Notes')} description="For staff only." maxLength={10_000} autosize minRows={2} />
      {lost && (
        <Stale
          what="owner"
          onKeep={take}
          onTake={() => {
            take();
            set(draftOf(owner));
          }}
        />
      )}
    </FormDialog>
  );
}

function draftOf(owner: Owner | null): Draft {
  return Object.fromEntries(fields.map((name) => [name, owner?.[name] ?? ''])) as Draft;
}

function body(draft: Draft): Record<string, string | null> {
  return Object.fromEntries(fields.map((name) => [name, draft[name].trim() === '' ? null : draft[name].trim()]));
}

/** A new owner is told only what was written. */
function stated(draft: Draft): Record<string, string | null> {
  return Object.fromEntries(Object.entries(body(draft)).filter(([, value]) => value !== null));
}
