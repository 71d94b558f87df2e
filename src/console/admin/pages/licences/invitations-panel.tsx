import { Button } from '@mantine/core';
import { Send } from 'lucide-react';
import { useMemo, useState } from 'react';
import { ask } from '../../api/ask.js';
import { acts, type Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { RowButton } from '../../kit/row-button.js';
import { State } from '../../kit/state.js';
import { TwoLines } from '../../kit/two-lines.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import { useList } from '../../kit/use-list.js';
import { Until, When } from '../../kit/when.js';
import { AddMembers } from './add-members.js';
import { licencePath } from './licence-calls.js';
import type { Invitation, Licence } from './licence-types.js';
import classes from './licences.module.css';
import { useRights } from './use-rights.js';

const states = {
  open: { kind: 'info', words: 'Waiting' },
  used: { kind: 'good', words: 'Accepted' },
  expired: { kind: 'neutral', words: 'Expired' },
} as const;

type Act = 'again' | 'take back';

/** Who was invited by mail to a licence, and what became of it. */
export function InvitationsPanel({ licence }: { readonly licence: Licence }) {
  const may = useRights();
  const path = `${licencePath(licence.id)}/invitations`;
  const list = useList<Invitation>(path);
  const [adding, setAdding] = useState(false);
  const { about, opened, ask: askToRevoke, close } = useAsked<Invitation>();
  const mayWrite = may('member.write');
  const again = useAction<Invitation, { results: { result: string }[] }>({
    refresh: [path],
    run: ({ email }) => ask('POST', path, { body: { emails: [email] } }),
    done: ({ results: [line] }, { email }) => againInWords(line?.result, email),
  });
  const columns = useMemo(
    () =>
      columnsOf(mayWrite, (act, invitation) => {
        if (act === 'again') void again.run(invitation);
        else askToRevoke(invitation);
      }),
    [mayWrite, again.run, askToRevoke],
  );
  const invite = (
    <Button leftSection={<Send size={16} aria-hidden />} onClick={() => setAdding(true)}>
      Invite people
    </Button>
  );
  return (
    <>
      {mayWrite && <div className={classes.row}>{invite}</div>}
      <DataTable
        name="Invitations"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        rowLabel={({ email }) => email}
        empty={
          <Empty title="Nobody was invited">
            People without an account are invited by mail; the link makes their account and their membership.
          </Empty>
        }
      />
      <AddMembers licence={licence} opened={adding} onClose={() => setAdding(false)} />
      {about !== null && <Revoke path={path} invitation={about} opened={opened} onClose={close} />}
    </>
  );
}

function againInWords(result: string | undefined, email: string): string {
  if (result === 'invited-lately')
    return `${email} was invited a moment ago: nothing was sent. The link before is still good.`;
  if (result === 'invited') return `A new link is on its way to ${email}. The one before is worth nothing any more.`;
  return `${email} has an account by now, and is a member.`;
}

interface RevokeProps {
  readonly path: string;
  readonly invitation: Invitation;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function Revoke({ path, invitation: { id, email }, opened, onClose }: RevokeProps) {
  const revoke = useAction<void, undefined>({
    quiet: true,
    refresh: [path],
    run: () => ask<undefined>('DELETE', `${path}/${id}`),
    done: () => `The invitation of ${email} is taken back.`,
    onDone: onClose,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Take back the invitation of ${email}?`}
      submitLabel="Take it back"
      danger
      action={revoke}
      onSubmit={revoke.run}
    >
      <p>The link in the mail they got leads nowhere any more. You can invite them again.</p>
    </FormDialog>
  );
}

function columnsOf(mayWrite: boolean, onAct: (act: Act, invitation: Invitation) => void): Column<Invitation>[] {
  const both = acts<Invitation>('Actions', 210, (invitation) =>
    invitation.state === 'used' ? null : (
      <span className={classes.acts}>
        <RowButton label={`Invite again: ${invitation.email}`} onClick={() => onAct('again', invitation)}>
          Invite again
        </RowButton>
        <RowButton
          label={`Take back the invitation of ${invitation.email}`}
          onClick={() => onAct('take back', invitation)}
        >
          Take back
        </RowButton>
      </span>
    ),
  );
  return [
    {
      id: 'email',
      header: 'Address',
      primary: true,
      cell: ({ email, name }) => <TwoLines below={name}>{email}</TwoLines>,
    },
    {
      id: 'state',
      header: 'State',
      width: 120,
      cell: ({ state }) => <State kind={states[state].kind}>{states[state].words}</State>,
    },
    { id: 'sent', header: 'Invited', width: 120, cell: ({ createdAt }) => <When at={createdAt} /> },
    {
      id: 'until',
      header: 'Link good for',
      width: 130,
      wide: true,
      cell: ({ state, expiresAt, usedAt }) =>
        state === 'open' ? <Until at={expiresAt} /> : state === 'used' ? <When at={usedAt} /> : '–',
    },
    ...(mayWrite ? [both] : []),
  ];
}
