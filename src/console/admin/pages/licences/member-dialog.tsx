import { Checkbox, MultiSelect } from '@mantine/core';
import { ask } from '../../api/ask.js';
import { faultOfList } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { useDraft } from '../../kit/use-draft.js';
import { useAppRoles } from '../roles/use-app-roles.js';
import { laterInWords, licencePath } from './licence-calls.js';
import type { Licence, Member } from './licence-types.js';
import { WholeField } from './whole-field.js';

/** A member, and whether the dialog is open. */
export interface MemberDialogProps {
  readonly licence: Licence;
  readonly member: Member;
  readonly opened: boolean;
  readonly onClose: () => void;
}

interface Draft {
  readonly roles: readonly string[];
  readonly rank: number | null;
}

/** Changes the roles a member has in the licence, and when the licence is tried for somebody who names none. */
export function MemberDialog({ licence, member, opened, onClose }: MemberDialogProps) {
  const names = useAppRoles(member.roles, opened);
  const [draft, set] = useDraft<Draft>(opened, () => ({ roles: member.roles, rank: member.rank }));
  const path = `${licencePath(licence.id)}/members/${member.userId}`;
  const isNew = (roles: readonly string[]) => [...roles].sort().join() !== [...member.roles].sort().join();
  const save = useAction<Draft, object | undefined>({
    quiet: true,
    refresh: [`${licencePath(licence.id)}/members`, '/admin/api/users'],
    async run({ roles, rank }) {
      if (rank !== member.rank) await ask('PATCH', path, { body: { rank } });
      return isNew(roles) ? ask<object>('PATCH', path, { body: { roles } }) : undefined;
    },
    done: (answer) => `${member.email} is saved.${laterInWords(answer)}`,
    onDone: onClose,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Change ${member.email}`}
      submitLabel="Save"
      action={save}
      disabled={draft.rank === member.rank && !isNew(draft.roles)}
      onSubmit={() => save.run(draft)}
    >
      <MultiSelect
        label="Roles in this licence"
        description={
          names.length === 0
            ? 'No application has roles yet. Make them under Roles.'
            : 'What they may do in the applications while they sit here.'
        }
        data={names}
        value={[...draft.roles]}
        error={faultOfList(save.fields, 'roles')}
        onChange={(roles) => set({ roles })}
        searchable
      />
      <Checkbox
        label="Try this licence by itself when they sign in"
        description="For members of several licences who name none. The smallest number is tried first."
        checked={draft.rank !== null}
        onChange={({ currentTarget: { checked } }) => set({ rank: checked ? 1 : null })}
      />
      {draft.rank !== null && (
        <WholeField
          label="Place in the order"
          most={1000}
          value={draft.rank}
          error={save.fields['rank']}
          onChange={(rank) => set({ rank })}
        />
      )}
    </FormDialog>
  );
}
