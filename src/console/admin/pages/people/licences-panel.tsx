import { Button, Menu } from '@mantine/core';
import { ChevronDown, Plus } from 'lucide-react';
import { useRef, useState } from 'react';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { acts, type Column } from '../../kit/columns.js';
import { Empty } from '../../kit/empty.js';
import { LicenceLink } from '../../kit/link-to.js';
import { Section } from '../../kit/page.js';
import { SimpleTable } from '../../kit/simple-table.js';
import { State } from '../../kit/state.js';
import { TwoLines } from '../../kit/two-lines.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useAsked } from '../../kit/use-asked.js';
import { When } from '../../kit/when.js';
import type { Membership, Memberships, Person } from './answers.js';
import { AddLicence, LicenceRoles, RemoveLicence } from './licence-dialogs.js';
import { ManagedPosts } from './managed-posts.js';
import { RoleBadges } from './role-badges.js';

const shown: Column<Membership>[] = [
  { id: 'licence', header: 'Licence', primary: true, cell: (one) => <LicenceName membership={one} /> },
  { id: 'state', header: 'State', width: 130, cell: ({ licence }) => <LicenceState licence={licence} /> },
  { id: 'roles', header: 'Roles there', cell: ({ roles }) => <RoleBadges roles={roles} none="none" /> },
  {
    id: 'sessions',
    header: 'Sits there',
    align: 'right',
    width: 100,
    cell: ({ sessions }) => (sessions === 0 ? 'no' : sessions),
  },
  { id: 'since', header: 'Member since', width: 130, wide: true, cell: ({ addedOn }) => <When at={addedOn} /> },
];

interface Asked {
  readonly what: 'roles' | 'remove';
  readonly membership: Membership;
}

/** The licences somebody may sit in, and what they may do there. */
export function LicencesPanel({ person }: { readonly person: Person }) {
  const { can } = useMe();
  const found = useAsk<Memberships>(`/admin/api/users/${person.id}/licences`);
  const [adding, setAdding] = useState(false);
  const { about, opened, ask, close } = useAsked<Asked>();
  const mayChange = can('member.write');
  const items = found.data?.items ?? [];
  const change = acts<Membership>('Change', 120, (one) => <ChangeMenu membership={one} ask={ask} />);
  const add = mayChange && (
    <Button variant="default" size="xs" leftSection={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
      Add to a licence
    </Button>
  );
  return (
    <Section title="Licences" actions={add}>
      {found.data === undefined ? (
        <Unanswered asked={found} lines={2} />
      ) : (
        <>
          <SimpleTable
            name="Licences"
            columns={mayChange ? [...shown, change] : shown}
            rows={items}
            rowKey={({ licence }) => licence.id}
            empty={
              <Empty title="Member of no licence">Without one they can sign in only where no seat is needed.</Empty>
            }
          />
          <ManagedPosts managed={found.data.managed} />
        </>
      )}
      <AddLicence
        person={person}
        opened={adding}
        without={items.map(({ licence }) => licence.id)}
        close={() => setAdding(false)}
      />
      {about !== null && (
        <>
          <LicenceRoles
            person={person}
            membership={about.membership}
            opened={opened && about.what === 'roles'}
            close={close}
          />
          <RemoveLicence
            person={person}
            membership={about.membership}
            opened={opened && about.what === 'remove'}
            close={close}
          />
        </>
      )}
    </Section>
  );
}

function LicenceName({ membership: { licence } }: { readonly membership: Membership }) {
  return (
    <TwoLines below={licence.owner.name}>
      <LicenceLink licence={licence} />
    </TwoLines>
  );
}

function LicenceState({ licence: { state, valid } }: Pick<Membership, 'licence'>) {
  if (state === 'suspended') return <State kind="danger">suspended</State>;
  if (state === 'draining') return <State kind="warning">draining</State>;
  return valid ? <State kind="good">active</State> : <State kind="danger">not valid now</State>;
}

interface ChangeParts {
  readonly membership: Membership;
  ask(asked: Asked): void;
}

function ChangeMenu({ membership, ask }: ChangeParts) {
  const { name } = membership.licence;
  const opener = useRef<HTMLButtonElement>(null);
  const choose = (what: 'roles' | 'remove') => {
    // What is chosen goes with the menu: the dialog gives the focus back to what stays.
    opener.current?.focus();
    ask({ what, membership });
  };
  return (
    <Menu position="bottom-end" withinPortal returnFocus>
      <Menu.Target>
        <Button
          ref={opener}
          variant="default"
          size="compact-sm"
          aria-label={`Change the membership in ${name}`}
          rightSection={<ChevronDown size={14} aria-hidden />}
        >
          Change
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => choose('roles')}>Roles in this licence…</Menu.Item>
        <Menu.Item color="danger" onClick={() => choose('remove')}>
          Remove from this licence…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
