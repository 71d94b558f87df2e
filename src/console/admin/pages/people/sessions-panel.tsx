import { Button } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { ask } from '../../api/ask.js';
import { useLive } from '../../api/feed.js';
import { useMe } from '../../api/me.js';
import { useInvalidate } from '../../api/queries.js';
import { acts, type Column } from '../../kit/columns.js';
import { Device } from '../../kit/device.js';
import { ReasonDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { Failed } from '../../kit/failed.js';
import { LicenceLink, LinkTo } from '../../kit/link-to.js';
import { Section } from '../../kit/page.js';
import { RowButton } from '../../kit/row-button.js';
import { SimpleTable } from '../../kit/simple-table.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import { useList } from '../../kit/use-list.js';
import { Waiting } from '../../kit/waiting.js';
import { Until, When } from '../../kit/when.js';
import { count, plural } from '../../kit/words.js';
import type { EndedCounts, LiveSession } from '../sessions/session-answer.js';
import type { Person } from './answers.js';
import { calledOf } from './words.js';

const shown: Column<LiveSession>[] = [
  {
    id: 'device',
    header: 'Browser',
    primary: true,
    cell: (one) => <Device {...one} />,
  },
  { id: 'licence', header: 'Sits in', cell: ({ licence }) => <LicenceLink licence={licence} /> },
  { id: 'since', header: 'Since', width: 130, cell: ({ createdAt }) => <When at={createdAt} /> },
  { id: 'seen', header: 'Last seen', width: 130, cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
  { id: 'ends', header: 'Ends if idle', width: 130, wide: true, cell: ({ expiresAt }) => <Until at={expiresAt} /> },
];

type Ended = Pick<EndedCounts, 'ended' | 'pending'>;

/** Where somebody is signed in at this moment. */
export function SessionsPanel({ person }: { readonly person: Person }) {
  const { can, session, user } = useMe();
  const invalidate = useInvalidate();
  const list = useList<LiveSession>('/admin/api/sessions', { userId: person.id }, { limit: 200 });
  const { about, opened, ask: askToEnd, close } = useAsked<LiveSession | 'all'>();
  // Somebody came or went somewhere: it may have been this person.
  const look = useThrottledCallback(() => void invalidate('/admin/api/sessions'), 3_000);
  useLive('sessions', look);
  const mayEnd = can('session.end');
  // One's own session is never ended from here.
  const own = person.id === user.id && list.items.some(({ ref }) => ref === session.ref);
  const others = Math.max(0, (list.total ?? 0) - (own ? 1 : 0));
  const end = acts<LiveSession>('End', 130, (one) =>
    one.ref === session.ref ? (
      <span>This is you</span>
    ) : (
      <RowButton label={`End session in ${one.browser || 'an unknown browser'}`} onClick={() => askToEnd(one)}>
        End session
      </RowButton>
    ),
  );
  return (
    <Section
      title="Live sessions"
      actions={
        <>
          <LinkTo href={`/sessions?person=${person.id}`}>Show in Sessions</LinkTo>
          {mayEnd && others > 0 && (
            <Button variant="default" size="xs" color="danger" onClick={() => askToEnd('all')}>
              {own ? `End ${plural(others, 'other')}` : `End all ${count(others)}`}
            </Button>
          )}
        </>
      }
    >
      {list.problem !== null && list.items.length === 0 ? (
        <Failed problem={list.problem} onRetry={list.refetch} />
      ) : list.isPending ? (
        <Waiting lines={2} />
      ) : (
        <SimpleTable
          name="Live sessions"
          columns={mayEnd ? [...shown, end] : shown}
          rows={list.items}
          rowKey={({ ref }) => ref}
          empty={<Empty title="Not signed in anywhere">Sessions show here the moment they begin.</Empty>}
        />
      )}
      {about !== null && (
        <EndDialog
          person={person}
          asked={about}
          opened={opened}
          others={others}
          own={own}
          remove={list.removeItems}
          close={close}
        />
      )}
    </Section>
  );
}

interface EndParts {
  readonly person: Person;
  readonly asked: LiveSession | 'all';
  readonly opened: boolean;
  /** How many there are, without one's own, which is spared. */
  readonly others: number;
  /** Whether one's own is among the person's. */
  readonly own: boolean;
  remove(gone: (one: LiveSession) => boolean): () => void;
  close(): void;
}

function EndDialog({ person, asked, opened, others, own, remove, close }: EndParts) {
  const called = calledOf(person);
  const { session } = useMe();
  const ref = asked === 'all' ? null : asked.ref;
  const action = useAction<string | undefined, Ended>({
    run: (message) => {
      const putBack = remove((one) => one.ref !== session.ref && (ref === null || one.ref === ref));
      return ended(person.id, ref, message).catch((error: unknown) => {
        putBack();
        throw error;
      });
    },
    done: (output) =>
      output.pending === true ? 'The end is on its way.' : `${plural(output.ended, 'session')} of ${called} ended.`,
    onDone: close,
    refresh: ['/admin/api/sessions', '/admin/api/users', '/admin/api/licences'],
    quiet: true,
  });
  return (
    <ReasonDialog
      opened={opened}
      onClose={close}
      title={ref === null ? titleOfAll(called, others, own) : `End this session of ${called}?`}
      submitLabel={ref === null ? 'End all sessions' : 'End session'}
      danger
      action={action}
      onSubmit={action.run}
    >
      <p>
        {ref === null
          ? `They are signed out everywhere${own ? ' but here' : ''} and their seats are free at once.`
          : 'They are signed out there and the seat is free at once.'}{' '}
        They can sign in again; to keep them out, disable the account.
      </p>
    </ReasonDialog>
  );
}

function titleOfAll(called: string, others: number, own: boolean): string {
  const which = plural(others, own ? 'other session' : 'session');
  return others === 1
    ? `End the one ${own ? 'other session' : 'session'} of ${called}?`
    : `End all ${which} of ${called}?`;
}

function ended(userId: string, ref: string | null, message: string | undefined) {
  if (ref !== null) {
    const path = `/admin/api/sessions/${encodeURIComponent(ref)}`;
    return ask<Ended>('DELETE', path, { query: { message } });
  }
  const body = { filter: { userId }, ...(message === undefined ? {} : { message }) };
  return ask<Ended>('POST', '/admin/api/sessions/end', { body });
}
