import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { useMe } from '../../api/me.js';
import type { Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { PersonLink } from '../../kit/link-to.js';
import { Section } from '../../kit/page.js';
import { useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import type { Person } from '../people/answers.js';
import { PersonState } from '../people/person-state.js';
import { calledOf } from '../people/words.js';

const columns: Column<Person>[] = [
  { id: 'person', header: 'Person', primary: true, cell: (person) => <PersonLink user={person} /> },
  { id: 'state', header: 'State', width: 140, cell: (person) => <PersonState person={person} /> },
  {
    id: 'seen',
    header: 'Last sign-in',
    width: 160,
    cell: ({ lastSignInAt }) => <When at={lastSignInAt} none="never" />,
  },
];

/** Who has a role. */
export function Holders({ role }: { readonly role: string }) {
  const { can } = useMe();
  return can('user.read') ? <Known role={role} /> : null;
}

function Known({ role }: { readonly role: string }) {
  const list = useList<Person>('/admin/api/users', { role });
  return (
    <Section title="Who has it">
      <DataTable
        name="People with this role"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        rowLabel={(person) => calledOf(person)}
        rowHref={({ id }) => `/people/${id}`}
        empty={
          <Empty
            title="Nobody has it"
            action={
              <Button component={Link} href="/people" variant="default">
                Go to people
              </Button>
            }
          >
            It is given on the page of a person: everywhere, or in one licence.
          </Empty>
        }
      />
    </Section>
  );
}
