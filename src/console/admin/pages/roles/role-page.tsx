import { Button } from '@mantine/core';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Page, Section } from '../../kit/page.js';
import { order, type Saved, saved } from '../../kit/saved.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useAction } from '../../kit/use-action.js';
import { When } from '../../kit/when.js';
import { Holders } from './holders.js';
import { type AppRole, type OwnRoles, ownRoleWords, permissionInWords } from './role.js';
import { RoleDialog } from './role-dialog.js';
import classes from './roles.module.css';

const crumbs = [{ label: 'Roles', href: '/roles' }];

/** One role: what it allows, and who has it. */
export function RolePage() {
  const { id = '' } = useParams<{ id: string }>();
  const name = decodeURIComponent(id);
  return name.includes(':') ? <AppRolePage key={name} name={name} /> : <OwnRolePage key={name} name={name} />;
}

function OwnRolePage({ name }: { readonly name: string }) {
  const found = useAsk<OwnRoles>('/admin/api/permissions');
  const granted = found.data?.items.filter(({ roles }) => roles.includes(name)) ?? [];
  return (
    <Page title={name} crumbs={crumbs} description={ownRoleWords[name] ?? 'There is no such role.'}>
      <Section title="What it allows">
        {found.data === undefined && <Unanswered asked={found} lines={4} />}
        {found.data !== undefined && granted.length === 0 && <p>Nothing in this console.</p>}
        <ul className={classes.allows}>
          {granted.map((permission) => (
            <li key={permission.name}>
              <Words text={permission.allows} /> <span className={classes.code}>{permission.name}</span>
            </li>
          ))}
        </ul>
      </Section>
      <Holders role={name} />
    </Page>
  );
}

function AppRolePage({ name }: { readonly name: string }) {
  const { can } = useMe();
  const path = `/admin/api/roles/${encodeURIComponent(name)}`;
  const found = useAsk<AppRole>(path);
  const [asked, setAsked] = useState<'change' | 'delete' | null>(null);
  const close = () => setAsked(null);
  const role = found.data;
  if (role === undefined) {
    return (
      <Page title={name} crumbs={crumbs}>
        <Unanswered asked={found} lines={4} />
      </Page>
    );
  }
  const actions = can('role.write') && (
    <>
      <Button variant="default" onClick={() => setAsked('change')}>
        Change role
      </Button>
      <Button variant="default" color="danger" onClick={() => setAsked('delete')}>
        Delete role
      </Button>
    </>
  );
  return (
    <Page
      title={name}
      crumbs={crumbs}
      actions={actions}
      description={role.description ?? 'Nobody has said what it is for.'}
    >
      <Section title="What it allows">
        <ul className={classes.allows}>
          {role.permissions.map((permission) => (
            <li key={permission}>
              {permissionInWords(permission)} <span className={classes.code}>{permission}</span>
            </li>
          ))}
        </ul>
        <p className={classes.muted}>
          {role.managersMayGive ? 'Licence managers may give it to members of theirs.' : 'Only staff give it.'} Last
          changed <When at={role.updatedAt} />.
        </p>
      </Section>
      <Holders role={name} />
      <RoleDialog changed={role} opened={asked === 'change'} onClose={close} onSaved={close} />
      <DeleteRole name={name} path={path} opened={asked === 'delete'} close={close} />
    </Page>
  );
}

interface DeleteParts {
  readonly name: string;
  readonly path: string;
  readonly opened: boolean;
  close(): void;
}

function DeleteRole({ name, path, opened, close }: DeleteParts) {
  const [, go] = useLocation();
  const action = useAction<void, Saved>({
    run: () => order('DELETE', path),
    done: (output) => saved(`The role ${name} was deleted.`, output),
    quiet: true,
    onDone: () => go('/roles', { replace: true }),
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={`Delete the role ${name}?`}
      submitLabel="Delete role"
      danger
      action={action}
      onSubmit={action.run}
    >
      <p>
        It is taken from everybody who has it, everywhere and in each licence. Nobody is signed out. This cannot be
        undone.
      </p>
    </FormDialog>
  );
}

/** A sentence in which `code` is set apart. */
function Words({ text }: { readonly text: string }) {
  return text.split('`').map((piece, at) => {
    const key = `${at}:${piece}`;
    return at % 2 === 1 ? <code key={key}>{piece}</code> : <span key={key}>{piece}</span>;
  });
}
