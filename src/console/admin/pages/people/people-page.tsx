import { Button } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMe } from '../../api/me.js';
import type { Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { LinkTo } from '../../kit/link-to.js';
import { Page } from '../../kit/page.js';
import { SearchField } from '../../kit/search-field.js';
import { Toolbar } from '../../kit/toolbar.js';
import { TwoLines } from '../../kit/two-lines.js';
import { useUrlState } from '../../kit/url-state.js';
import { useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import type { Person } from './answers.js';
import { CreatePerson } from './create-person.js';
import { PersonState } from './person-state.js';
import { RoleBadges } from './role-badges.js';
import { useRoleChoice } from './roles-choice.js';
import { calledOf } from './words.js';

const columns: Column<Person>[] = [
  { id: 'name', header: 'Person', primary: true, cell: (person) => <Called person={person} /> },
  { id: 'state', header: 'State', width: 130, cell: (person) => <PersonState person={person} /> },
  { id: 'roles', header: 'Roles', cell: ({ roles }) => <RoleBadges roles={roles} none="user" /> },
  {
    id: 'signed-in',
    header: 'Last sign-in',
    width: 150,
    cell: ({ lastSignInAt }) => <When at={lastSignInAt} none="never" />,
  },
  { id: 'created', header: 'Since', width: 150, wide: true, cell: ({ createdOn }) => <When at={createdOn} /> },
];

/** What each state that can be chosen asks the server for. */
const states: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  active: { disabled: 'false' },
  disabled: { disabled: 'true' },
  unverified: { verified: 'false' },
  'no-password': { hasPassword: 'false' },
};
const stateChoice = [
  { value: 'active', label: 'May sign in' },
  { value: 'disabled', label: 'Disabled' },
  { value: 'unverified', label: 'Address not verified' },
  { value: 'no-password', label: 'No password yet' },
];
const sorts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  name: { sort: 'name', order: 'asc' },
  email: { sort: 'email', order: 'asc' },
};
const sortChoice = [
  { value: 'name', label: 'Name' },
  { value: 'email', label: 'Address' },
];

/** Everybody who has an account. */
export function PeoplePage() {
  const { can } = useMe();
  const [, go] = useLocation();
  const [params, setParams] = useUrlState();
  const [creating, setCreating] = useState(false);
  const { q = '', state = '', role = '', sort = '' } = params;
  const list = useList<Person>('/admin/api/users', { q, role, ...states[state], ...sorts[sort] });
  const narrowed = q !== '' || state !== '' || role !== '';
  const roles = useRoleChoice(role === '' ? [] : [role]).flatMap(({ items }) => items);
  const create = can('user.write') && (
    <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      Add a person
    </Button>
  );
  return (
    <Page title="People" description="Everybody who has an account here" actions={create}>
      <Toolbar label="Filter people">
        <SearchField label="Search people" param="q" placeholder="Name, user name or address" />
        <FilterSelect label="State" param="state" options={stateChoice} any="Any state" />
        <FilterSelect
          label="Role"
          param="role"
          options={roles.map((name) => ({ value: name, label: name }))}
          any="Any role"
        />
        <FilterSelect label="Order" param="sort" options={sortChoice} any="Newest first" />
      </Toolbar>
      <DataTable
        name="People"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        rowLabel={(person) => calledOf(person)}
        rowHref={({ id }) => `/people/${id}`}
        empty={
          narrowed ? (
            <Empty
              title="Nobody matches"
              action={
                <Button variant="default" onClick={() => setParams({ q: null, state: null, role: null })}>
                  Show everybody
                </Button>
              }
            >
              Nobody fits what you are looking for.
            </Empty>
          ) : (
            <Empty title="Nobody is here yet" action={create}>
              People you add can sign in once they are members of a licence.
            </Empty>
          )
        }
      />
      <CreatePerson opened={creating} onClose={() => setCreating(false)} onCreated={({ id }) => go(`/people/${id}`)} />
    </Page>
  );
}

function Called({ person }: { readonly person: Person }) {
  const called = calledOf(person);
  return (
    <TwoLines below={called !== person.email && person.email}>
      <LinkTo href={`/people/${person.id}`}>{called}</LinkTo>
    </TwoLines>
  );
}
