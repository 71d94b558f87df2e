import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { ask } from '../../api/ask.js';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { DataTable } from '../../kit/data-table.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { Page, Section } from '../../kit/page.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useAction } from '../../kit/use-action.js';
import { type List, useList } from '../../kit/use-list.js';
import { AppointmentsPanel } from '../licences/appointments-panel.js';
import { licenceColumns } from '../licences/licence-columns.js';
import type { Licence, Owner } from '../licences/licence-types.js';
import { NewLicence } from '../licences/new-licence.js';
import { ownerChoice, ownerName } from '../licences/owner-choice.js';
import { OwnerDialog } from './owner-dialog.js';
import { OwnerFacts } from './owner-facts.js';

const crumbs = [{ label: 'Owners', href: '/owners' }];
// Whose licences they are is the page itself.
const columns = licenceColumns.filter(({ id }) => id !== 'owner');

/** One owner: what is known of it, its licences, and who manages them. */
export function OwnerPage() {
  const { id = '' } = useParams<{ id: string }>();
  const owner = useAsk<Owner>(`/admin/api/owners/${id}`);
  if (owner.data !== undefined) return <Shown key={id} owner={owner.data} />;
  return (
    <Page title="Owner" crumbs={crumbs}>
      <Unanswered asked={owner} lines={6} label="Loading the owner" />
    </Page>
  );
}

function Shown({ owner }: { readonly owner: Owner }) {
  const { can } = useMe();
  const licences = useList<Licence>('/admin/api/licences', { ownerId: owner.id });
  const [opened, setOpened] = useState<'edit' | 'delete' | 'licence' | null>(null);
  const close = () => setOpened(null);
  const add = can('licence.write') && (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setOpened('licence')}>
      New licence
    </Button>
  );
  const acts = can('owner.write') && (
    <>
      <Button variant="default" onClick={() => setOpened('edit')}>
        Edit
      </Button>
      <Button variant="outline" color="danger" onClick={() => setOpened('delete')}>
        Delete
      </Button>
    </>
  );
  return (
    <Page title={ownerName(owner)} crumbs={crumbs} actions={acts}>
      <OwnerFacts owner={owner} />
      <Section title="Licences" actions={add}>
        <DataTable
          name="Licences"
          list={licences}
          columns={columns}
          rowKey={({ id }) => id}
          rowLabel={({ name }) => name}
          rowHref={({ id }) => `/licences/${id}`}
          empty={
            <Empty title="No licences" action={add}>
              This owner holds none yet.
            </Empty>
          }
        />
      </Section>
      {can('owner.read') && (
        <Section title="Who manages them" description="For every licence of this owner, also those to come.">
          <AppointmentsPanel kind="owners" id={owner.id} name={ownerName(owner)} />
        </Section>
      )}
      <OwnerDialog owner={owner} opened={opened === 'edit'} onClose={close} />
      <DeleteOwner owner={owner} licences={licences} opened={opened === 'delete'} onClose={close} />
      <NewLicence owner={ownerChoice(owner)} opened={opened === 'licence'} onClose={close} />
    </Page>
  );
}

interface DeleteProps {
  readonly owner: Owner;
  readonly licences: List<Licence>;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function DeleteOwner({ owner, licences, opened, onClose }: DeleteProps) {
  const [, navigate] = useLocation();
  const remove = useAction<void, undefined>({
    quiet: true,
    refresh: ['/admin/api/owners'],
    run: () => ask<undefined>('DELETE', `/admin/api/owners/${owner.id}`),
    done: () => `${ownerName(owner)} is deleted.`,
    onDone: () => navigate('/owners'),
  });
  const holds = (licences.total ?? 0) > 0;
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={`Delete ${ownerName(owner)}?`}
      submitLabel="Delete owner"
      danger
      disabled={holds}
      action={remove}
      onSubmit={remove.run}
    >
      <p>
        {holds
          ? 'This owner holds licences. Delete them first, or give them to another owner.'
          : 'What is known of this owner is deleted; what happened stays in the audit log. This cannot be taken back.'}
      </p>
    </FormDialog>
  );
}
