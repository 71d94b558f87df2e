import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useMe } from '../../api/me.js';
import type { Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { LinkTo } from '../../kit/link-to.js';
import { Page } from '../../kit/page.js';
import { SearchField } from '../../kit/search-field.js';
import { Toolbar } from '../../kit/toolbar.js';
import { useUrlState } from '../../kit/url-state.js';
import { useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import type { Owner } from '../licences/licence-types.js';
import { ownerName } from '../licences/owner-choice.js';
import { OwnerDialog } from './owner-dialog.js';

const columns: Column<Owner>[] = [
  {
    id: 'name',
    header: 'Owner',
    primary: true,
    cell: (owner) => <LinkTo href={`/owners/${owner.id}`}>{ownerName(owner)}</LinkTo>,
  },
  { id: 'affiliation', header: 'Affiliation', cell: ({ affiliation }) => affiliation ?? '–' },
  { id: 'email', header: 'Address', cell: ({ email }) => email ?? '–' },
  { id: 'created', header: 'Made', width: 130, wide: true, cell: ({ createdOn }) => <When at={createdOn} /> },
];

/** Every owner one may see: institutes and people that hold licences. */
export function OwnersPage() {
  const { can } = useMe();
  const [{ q }] = useUrlState();
  const [creating, setCreating] = useState(false);
  const list = useList<Owner>('/admin/api/owners', { q });
  const mayWrite = can('owner.write');
  const create = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      New owner
    </Button>
  );
  return (
    <Page title="Owners" description="Institutes and people that hold licences." actions={mayWrite && create}>
      <Toolbar label="Find owners">
        <SearchField label="Search owners" placeholder="Name, affiliation or address" />
      </Toolbar>
      <DataTable
        name="Owners"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        rowLabel={(owner: Owner) => ownerName(owner)}
        rowHref={({ id }) => `/owners/${id}`}
        empty={
          q === undefined ? (
            <Empty title="No owners yet" action={mayWrite && create}>
              An owner holds licences. Make the first, then its licence.
            </Empty>
          ) : (
            <Empty title="No owner found">Nothing matches what you search for. Try less of it.</Empty>
          )
        }
      />
      <OwnerDialog owner={null} opened={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}
