import { Button } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { ask } from '../../api/ask.js';
import { useMe } from '../../api/me.js';
import { acts, type Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { PersonLink } from '../../kit/link-to.js';
import { RowButton } from '../../kit/row-button.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import { useDraft } from '../../kit/use-draft.js';
import { useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import { laterInWords } from './licence-calls.js';
import type { Appointed } from './licence-types.js';
import classes from './licences.module.css';
import { type Choice, Picker } from './picker.js';

/** What is managed: one licence, or all licences of an owner. */
export interface AppointmentsProps {
  readonly kind: 'licences' | 'owners';
  readonly id: string;
  readonly name: string;
}

/** Who manages a licence, or all licences of an owner, without being staff. */
export function AppointmentsPanel({ kind, id, name }: AppointmentsProps) {
  const { can } = useMe();
  const path = `/admin/api/${kind}/${id}/managers`;
  const list = useList<Appointed>(path);
  const [appointing, setAppointing] = useState(false);
  const { about, opened, ask: askToDismiss, close } = useAsked<Appointed>();
  const mayWrite = can('manager.write');
  const columns = useMemo(() => columnsOf(mayWrite, askToDismiss), [mayWrite, askToDismiss]);
  const appoint = (
    <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setAppointing(true)}>
      Appoint somebody
    </Button>
  );
  return (
    <div className={classes.fields}>
      {mayWrite && <div className={classes.row}>{appoint}</div>}
      <DataTable
        name={`Who manages ${name}`}
        list={list}
        columns={columns}
        rowKey={({ userId }) => userId}
        rowLabel={({ email }) => email}
        empty={
          <Empty title="Nobody is appointed">
            {kind === 'licences'
              ? 'Whoever you appoint looks after this licence: its members, its sessions and its figures.'
              : 'Whoever you appoint looks after every licence of this owner, also those to come.'}
          </Empty>
        }
      />
      <Appoint path={path} name={name} opened={appointing} onClose={() => setAppointing(false)} />
      {about !== null && <Dismiss path={path} name={name} appointed={about} opened={opened} onClose={close} />}
    </div>
  );
}

interface DialogProps {
  readonly path: string;
  readonly name: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
}

function Appoint({ path, name, opened, onClose }: DialogProps) {
  const [{ person }, set] = useDraft<{ person: Choice | null }>(opened, () => ({ person: null }));
  const appoint = useAction<Choice, object>({
    quiet: true,
    refresh: [path, '/admin/api/users'],
    run: ({ value }) => ask<object>('POST', path, { body: { userId: value } }),
    done: (answer, { label }) => `${label} manages ${name} now.${laterInWords(answer)}`,
    onDone: onClose,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Appoint somebody for ${name}`}
      submitLabel="Appoint"
      action={appoint}
      disabled={person === null}
      onSubmit={() => person !== null && appoint.run(person)}
    >
      <Picker<Account>
        label="Person"
        description="They stay an ordinary user: they see nothing that is not theirs, and change neither seats nor policy."
        placeholder="Name or address"
        path="/admin/api/users"
        choiceOf={({ id, email, name: called }) => ({
          value: id,
          label: called === null ? email : `${called}, ${email}`,
        })}
        value={person}
        onChange={(next) => set({ person: next })}
      />
    </FormDialog>
  );
}

function Dismiss({ path, name, appointed, opened, onClose }: DialogProps & { readonly appointed: Appointed }) {
  const { userId, email } = appointed;
  const dismiss = useAction<void, object | undefined>({
    quiet: true,
    refresh: [path, '/admin/api/users'],
    run: () => ask<object | undefined>('DELETE', `${path}/${userId}`),
    done: (answer) => `${email} does not manage ${name} any more.${laterInWords(answer)}`,
    onDone: onClose,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Dismiss ${email}?`}
      submitLabel="Dismiss"
      danger
      action={dismiss}
      onSubmit={dismiss.run}
    >
      <p>
        It holds from their next request on, and ends the sessions that nothing but the appointment allowed. The account
        stays.
      </p>
    </FormDialog>
  );
}

function columnsOf(mayWrite: boolean, onDismiss: (appointed: Appointed) => void): Column<Appointed>[] {
  const dismiss = acts<Appointed>('Dismiss', 110, (appointed) => (
    <RowButton label={`Dismiss ${appointed.email}`} onClick={() => onDismiss(appointed)}>
      Dismiss
    </RowButton>
  ));
  return [
    {
      id: 'person',
      header: 'Person',
      primary: true,
      cell: ({ userId, email, name }) => <PersonLink user={{ id: userId, email, name }} />,
    },
    { id: 'since', header: 'Appointed', width: 140, cell: ({ appointedOn }) => <When at={appointedOn} /> },
    ...(mayWrite ? [dismiss] : []),
  ];
}
