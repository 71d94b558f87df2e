import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useMe } from '../../api/me.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { Page } from '../../kit/page.js';
import { SearchField } from '../../kit/search-field.js';
import { Toolbar } from '../../kit/toolbar.js';
import { useUrlState } from '../../kit/url-state.js';
import { useList } from '../../kit/use-list.js';
import { licenceColumns } from './licence-columns.js';
import type { Licence } from './licence-types.js';
import { NewLicence } from './new-licence.js';

const states = [
  { value: 'near-limit', label: 'Near limit or full' },
  { value: 'active', label: 'Active' },
  { value: 'draining', label: 'Draining' },
  { value: 'suspended', label: 'Suspended' },
  { value: 'expired', label: 'Expired' },
  { value: 'not-started', label: 'Not started' },
];

/** Every licence one may see: found, filtered, made. */
export function LicencesPage() {
  const { can } = useMe();
  const [params] = useUrlState();
  const [creating, setCreating] = useState(false);
  const { q, state } = params;
  const list = useList<Licence>('/admin/api/licences', { q, state });
  const filtered = q !== undefined || state !== undefined;
  const mayCreate = can('licence.write');
  const create = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      New licence
    </Button>
  );
  return (
    <Page
      title="Licences"
      description="Who holds how many seats, and how many are taken."
      actions={mayCreate && create}
    >
      <Toolbar label="Find licences">
        <SearchField label="Search licences" param="q" placeholder="Name, owner or serial" />
        <FilterSelect label="State" param="state" options={states} any="Any state" />
      </Toolbar>
      <DataTable
        name="Licences"
        list={list}
        columns={licenceColumns}
        rowKey={({ id }) => id}
        rowLabel={({ name }) => name}
        rowHref={({ id }) => `/licences/${id}`}
        empty={
          filtered ? (
            <Empty title="No licence found">Nothing matches what you search for. Try less of it.</Empty>
          ) : (
            <Empty title="No licences yet" action={mayCreate && create}>
              A licence gives an owner a number of seats. The first one appears here.
            </Empty>
          )
        }
      />
      <NewLicence opened={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}
