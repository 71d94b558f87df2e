import { Button } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { ask } from '../../api/ask.js';
import { acts, type Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { PersonLink } from '../../kit/link-to.js';
import { RowButton } from '../../kit/row-button.js';
import { SearchField } from '../../kit/search-field.js';
import { State } from '../../kit/state.js';
import { useUrlState } from '../../kit/url-state.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import { useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import { count, plural } from '../../kit/words.js';
import { AddMembers } from './add-members.js';
import { laterInWords, licencePath, licenceRefresh } from './licence-calls.js';
import type { Licence, Member } from './licence-types.js';
import classes from './licences.module.css';
import { MemberDialog } from './member-dialog.js';
import { useSeatChanges } from './seat-changes.js';
import { useRights } from './use-rights.js';

type Act = { readonly kind: 'change' | 'remove'; readonly member: Member };

/** Who may sit in a licence: found, added by list, given roles, removed. */
export function MembersPanel({ licence }: { readonly licence: Licence }) {
  const may = useRights();
  const [{ q }] = useUrlState();
  const path = `${licencePath(licence.id)}/members`;
  const list = useList<Member>(path, { q });
  // How many sessions each has here moves with the seats.
  const changed = useSeatChanges(licence.id, path, list);
  const [adding, setAdding] = useState(false);
  const { about, opened, ask, close } = useAsked<Act>();
  const mayWrite = may('member.write');
  const columns = useMemo(() => columnsOf(mayWrite, ask), [mayWrite, ask]);
  const add = (
    <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      Add members
    </Button>
  );
  return (
    <>
      <div className={classes.row}>
        <SearchField label="Search members" placeholder="Name or address" />
        {mayWrite && add}
      </div>
      <DataTable
        name="Members"
        list={list}
        columns={columns}
        rowKey={({ userId }) => userId}
        rowLabel={({ email }) => email}
        aside={changed}
        empty={
          q === undefined ? (
            <Empty title="No members yet">Only members can take a seat. Paste their addresses to add them.</Empty>
          ) : (
            <Empty title="Nobody found">No member matches what you search for.</Empty>
          )
        }
      />
      <AddMembers licence={licence} opened={adding} onClose={() => setAdding(false)} />
      {about !== null && (
        <>
          <MemberDialog
            licence={licence}
            member={about.member}
            opened={opened && about.kind === 'change'}
            onClose={close}
          />
          <RemoveMember
            licence={licence}
            member={about.member}
            opened={opened && about.kind === 'remove'}
            onClose={close}
          />
        </>
      )}
    </>
  );
}

interface RemoveProps {
  readonly licence: Licence;
  readonly member: Member;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function RemoveMember({ licence, member, opened, onClose }: RemoveProps) {
  const { userId, email, liveSessions } = member;
  const remove = useAction<void, object | undefined>({
    quiet: true,
    refresh: licenceRefresh,
    run: () => ask<object | undefined>('DELETE', `${licencePath(licence.id)}/members/${userId}`),
    done: (answer) => `${email} is no member of “${licence.name}” any more.${laterInWords(answer)}`,
    onDone: onClose,
  });
  const ends =
    liveSessions === null || liveSessions === 0
      ? 'They cannot sign in with this licence any more.'
      : `${plural(liveSessions, 'session of theirs ends', 'sessions of theirs end')} here at once, and they cannot sign in with this licence any more.`;
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Remove ${email}?`}
      submitLabel="Remove member"
      danger
      action={remove}
      onSubmit={remove.run}
    >
      <p>{ends} The account stays, and its other licences.</p>
    </FormDialog>
  );
}

function columnsOf(mayWrite: boolean, onAct: (act: Act) => void): Column<Member>[] {
  const both = acts<Member>('Actions', 180, (member) => (
    <span className={classes.acts}>
      <RowButton label={`Change ${member.email}`} onClick={() => onAct({ kind: 'change', member })}>
        Change
      </RowButton>
      <RowButton label={`Remove ${member.email}`} onClick={() => onAct({ kind: 'remove', member })}>
        Remove
      </RowButton>
    </span>
  ));
  return [
    {
      id: 'person',
      header: 'Person',
      primary: true,
      cell: ({ userId, email, name, disabled }) => (
        <span>
          <PersonLink user={{ id: userId, email, name }} />
          {disabled && <State kind="danger">Disabled</State>}
        </span>
      ),
    },
    { id: 'roles', header: 'Roles here', cell: ({ roles }) => (roles.length === 0 ? '–' : roles.join(', ')) },
    { id: 'rank', header: 'Order of use', wide: true, align: 'right', width: 110, cell: ({ rank }) => rank ?? '–' },
    {
      id: 'live',
      header: 'Sessions here',
      align: 'right',
      width: 120,
      cell: ({ liveSessions }) => (liveSessions === null ? '–' : count(liveSessions)),
    },
    {
      id: 'last',
      header: 'Last sign-in here',
      wide: true,
      width: 150,
      cell: ({ lastSignInAt }) => <When at={lastSignInAt} none="never" />,
    },
    { id: 'added', header: 'Added', width: 120, cell: ({ addedOn }) => <When at={addedOn} /> },
    ...(mayWrite ? [both] : []),
  ];
}
