import { Button, Menu } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { useRef } from 'react';
import { useLocation } from 'wouter';
import { useMe } from '../../api/me.js';
import { queries } from '../../api/queries.js';
import { FormDialog } from '../../kit/dialogs.js';
import { order, type Saved, saved } from '../../kit/saved.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import type { Person } from './answers.js';
import { useMayChange } from './may-change.js';
import { calledOf } from './words.js';

/** Where somebody stands whose account changes. */
const concerned = ['/admin/api/users', '/admin/api/sessions'];

type Asked = 'disable' | 'enable' | 'reset' | 'delete';

interface Question {
  readonly title: string;
  readonly confirm: string;
  readonly done: string;
  readonly danger: boolean;
  readonly means: readonly string[];
}

/** What each of them does, as it is said before it is done. */
function questionOf(asked: Asked, called: string, sessions: string): Question {
  const questions: Record<Asked, Question> = {
    disable: {
      title: `Disable ${called}?`,
      confirm: 'Disable account',
      done: `${called} is disabled.`,
      danger: true,
      means: [
        `Nobody can sign in with this account from now on${sessions}.`,
        'Remembered browsers are forgotten. Licences, roles and history stay; you can enable the account again.',
      ],
    },
    enable: {
      title: `Enable ${called}?`,
      confirm: 'Enable account',
      done: `${called} can sign in again.`,
      danger: false,
      means: ['They can sign in again, with the password, the roles and the licences they had.'],
    },
    reset: {
      title: `Start a password reset for ${called}?`,
      confirm: 'Start reset',
      done: `A link for choosing a new password is on its way to ${called}.`,
      danger: true,
      means: [
        `The present password stops working${sessions}.`,
        'A link for choosing a new password is sent to their address. Second factors stay.',
      ],
    },
    delete: {
      title: `Delete ${called}?`,
      confirm: 'Delete account',
      done: `${called} was deleted.`,
      danger: true,
      means: [
        `The account, its licences and its second factors are gone${sessions}.`,
        'What they did stays in the logs. This cannot be undone: to keep somebody out for a while, disable the account instead.',
      ],
    },
  };
  return questions[asked];
}

/** What can be done about an account as a whole. */
export function PersonActions({ person }: { readonly person: Person }) {
  const { allowed, own } = useMayChange(person);
  const { can } = useMe();
  const { about, opened, ask: askFor, close } = useAsked<Asked>();
  const opener = useRef<HTMLButtonElement>(null);
  const ask = (what: Asked) => {
    // What is chosen goes with the menu: the dialog gives the focus back to what stays.
    opener.current?.focus();
    askFor(what);
  };
  const closed = person.disabled || person.deletesAt !== null;
  if (!allowed) return null;
  return (
    <>
      <Menu position="bottom-end" withinPortal returnFocus>
        <Menu.Target>
          <Button ref={opener} variant="default" rightSection={<ChevronDown size={16} aria-hidden />}>
            Account
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {closed ? (
            <Menu.Item onClick={() => ask('enable')}>Enable account…</Menu.Item>
          ) : (
            <Menu.Item onClick={() => ask('reset')}>Start password reset…</Menu.Item>
          )}
          {can('audit.read') && <AuditItem person={person} />}
          {!own && <Menu.Divider />}
          {!own && !closed && <Menu.Item onClick={() => ask('disable')}>Disable account…</Menu.Item>}
          {!own && (
            <Menu.Item color="danger" onClick={() => ask('delete')}>
              Delete account…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Asking person={person} asked={about ?? 'disable'} opened={opened} close={close} />
    </>
  );
}

function AuditItem({ person }: { readonly person: Person }) {
  const [, go] = useLocation();
  return (
    <Menu.Item onClick={() => go(`/audit?targetType=user&targetId=${person.id}`)}>
      What was changed (audit log)
    </Menu.Item>
  );
}

interface AskingParts {
  readonly person: Person;
  readonly asked: Asked;
  readonly opened: boolean;
  close(): void;
}

function Asking({ person, asked, opened, close }: AskingParts) {
  const [, go] = useLocation();
  const called = calledOf(person);
  const { title, confirm, done, danger, means } = questionOf(asked, called, sessionsEnd(person.sessions));
  const path = `/admin/api/users/${person.id}`;
  const action = useAction<void, Saved>({
    run: () => (asked === 'delete' ? order('DELETE', path) : order('POST', `${path}/${asked}`)),
    done: (output) => saved(done, output),
    refresh: asked === 'delete' ? [] : concerned,
    quiet: true,
    onDone: () => {
      close();
      if (asked !== 'delete') return;
      forget(path);
      go('/people', { replace: true });
    },
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={title}
      submitLabel={confirm}
      danger={danger}
      action={action}
      onSubmit={action.run}
    >
      {means.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </FormDialog>
  );
}

/** What is known of the person goes, and is not asked for again; the lists they stood in are. */
function forget(path: string): void {
  queries.removeQueries({ predicate: ({ queryKey: [at] }) => typeof at === 'string' && at.startsWith(path) });
  for (const list of concerned) void queries.invalidateQueries({ queryKey: [list] });
}

function sessionsEnd(count: number | undefined): string {
  if (count === 0) return '';
  if (count === undefined) return ', and every session ends at once';
  return count === 1 ? ', and the one open session ends at once' : `, and all ${count} open sessions end at once`;
}
