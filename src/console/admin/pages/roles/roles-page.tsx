import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import type { Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { LinkTo } from '../../kit/link-to.js';
import { Page, Section } from '../../kit/page.js';
import { SimpleTable } from '../../kit/simple-table.js';
import { State } from '../../kit/state.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useList } from '../../kit/use-list.js';
import { plural } from '../../kit/words.js';
import { type AppRole, type OwnRoles, ownRoleWords } from './role.js';
import { RoleDialog } from './role-dialog.js';
import classes from './roles.module.css';

interface OwnRole {
  readonly name: string;
  readonly permissions: readonly string[];
}

const ownColumns: Column<OwnRole>[] = [
  {
    id: 'name',
    header: 'Role',
    primary: true,
    width: 180,
    cell: ({ name }) => <LinkTo href={`/roles/${name}`}>{name}</LinkTo>,
  },
  { id: 'for', header: 'What it is for', cell: ({ name }) => ownRoleWords[name] ?? '' },
  { id: 'count', header: 'Allows', width: 160, cell: ({ permissions }) => allowed(permissions.length) },
];

const columns: Column<AppRole>[] = [
  {
    id: 'name',
    header: 'Role',
    primary: true,
    width: 220,
    cell: ({ name }) => <LinkTo href={`/roles/${encodeURIComponent(name)}`}>{name}</LinkTo>,
  },
  { id: 'for', header: 'What it is for', cell: ({ description }) => description ?? '–' },
  {
    id: 'grants',
    header: 'Allows',
    cell: ({ permissions }) => <span className={classes.grants}>{permissions.join(', ')}</span>,
  },
  {
    id: 'managers',
    header: 'Licence managers',
    width: 160,
    wide: true,
    cell: ({ managersMayGive }) => (managersMayGive ? <State kind="info">may give it</State> : 'may not give it'),
  },
];

/** The roles there are: Usher's own, and those of applications. */
export function RolesPage() {
  const { can } = useMe();
  const [, go] = useLocation();
  const [creating, setCreating] = useState(false);
  const own = useAsk<OwnRoles>('/admin/api/permissions');
  const list = useList<AppRole>('/admin/api/roles');
  const create = can('role.write') && (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      Create a role
    </Button>
  );
  return (
    <Page title="Roles" description="What people may do, here and in the applications behind Usher" actions={create}>
      <Section title="Of applications" description="Applications are told of them; Usher itself asks for none of them">
        <DataTable
          name="Roles of applications"
          list={list}
          columns={columns}
          rowKey={({ name }) => name}
          rowLabel={({ name }) => name}
          rowHref={({ name }) => `/roles/${encodeURIComponent(name)}`}
          empty={
            <Empty title="No application has a role yet" action={create}>
              A role says what somebody may do in an application, such as editing papers in the one for exams.
            </Empty>
          }
        />
      </Section>
      <Section title="Usher’s own" description="They are part of Usher and cannot be changed">
        {own.data === undefined ? (
          <Unanswered asked={own} />
        ) : (
          <SimpleTable
            name="Usher’s own roles"
            columns={ownColumns}
            rows={own.data.roles}
            rowKey={({ name }) => name}
            rowHref={({ name }) => `/roles/${name}`}
            empty={null}
          />
        )}
      </Section>
      <RoleDialog
        changed={null}
        opened={creating}
        onClose={() => setCreating(false)}
        onSaved={({ name }) => go(`/roles/${encodeURIComponent(name)}`)}
      />
    </Page>
  );
}

function allowed(count: number): string {
  return count === 0 ? 'nothing here' : plural(count, 'thing');
}
