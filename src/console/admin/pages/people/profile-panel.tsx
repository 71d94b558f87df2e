import { Button } from '@mantine/core';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { Facts } from '../../kit/facts.js';
import { Section } from '../../kit/page.js';
import { When } from '../../kit/when.js';
import type { Person } from './answers.js';
import { EditPerson } from './edit-person.js';
import { useMayChange } from './may-change.js';
import { RoleBadges } from './role-badges.js';

/** Who somebody is, as far as the account knows, and how that is changed. */
export function ProfilePanel({ person }: { readonly person: Person }) {
  const { allowed } = useMayChange(person);
  const [editing, setEditing] = useState(false);
  return (
    <Section
      title="Profile"
      actions={
        allowed && (
          <Button
            variant="default"
            size="xs"
            leftSection={<Pencil size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Edit profile
          </Button>
        )
      }
    >
      <Facts
        facts={[
          ['E-mail address', `${person.email}${person.verified ? '' : ' (not verified)'}`],
          ['Name', person.name ?? '–'],
          ['User name', person.username ?? '–'],
          ['Roles everywhere', <RoleBadges key="roles" roles={person.roles} none="user" />],
          ['Password', person.hasPassword ? 'chosen' : 'none yet'],
          ['Last sign-in', <When key="last" at={person.lastSignInAt} none="never" />],
          ['Account since', <When key="since" at={person.createdOn} />],
          ['Last changed', <When key="changed" at={person.updatedAt} />],
        ]}
      />
      {allowed && <EditPerson person={person} opened={editing} onClose={() => setEditing(false)} />}
    </Section>
  );
}
