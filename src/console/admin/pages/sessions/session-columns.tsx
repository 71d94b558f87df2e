import { Button } from '@mantine/core';
import { acts, type Column } from '../../kit/columns.js';
import { Device } from '../../kit/device.js';
import { LicenceLink, PersonLink } from '../../kit/link-to.js';
import { State } from '../../kit/state.js';
import { Until, When } from '../../kit/when.js';
import { type LiveSession, nameOf } from './session-answer.js';
import classes from './sessions.module.css';

/** What is told of a session, and what can be done with it. */
export function sessionColumns({
  ownRef,
  mayEnd,
  onEnd,
}: {
  readonly ownRef: string;
  readonly mayEnd: boolean;
  onEnd(session: LiveSession): void;
}): readonly Column<LiveSession>[] {
  const columns: Column<LiveSession>[] = [
    {
      id: 'person',
      header: 'Person',
      width: '25%',
      primary: true,
      hideLabel: true,
      cell: ({ user }) => <PersonLink user={user} />,
    },
    {
      id: 'licence',
      header: 'Licence',
      width: '15%',
      cell: ({ licence, takesSeat }) => (
        <span className={classes.sits}>
          <LicenceLink licence={licence} />
          {licence !== null && takesSeat === false && <State kind="info">takes no seat</State>}
        </span>
      ),
    },
    { id: 'device', header: 'Device', width: '18%', cell: (session) => <Device {...session} /> },
    { id: 'since', header: 'Signed in', width: 108, wide: true, cell: ({ createdAt }) => <When at={createdAt} /> },
    { id: 'seen', header: 'Last seen', width: 108, cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
    {
      id: 'left',
      header: 'Idle left',
      width: 96,
      wide: true,
      cell: ({ expiresAt }) => <Until at={expiresAt} />,
    },
  ];
  const end = acts<LiveSession>('End', 126, (session) =>
    session.ref === ownRef ? (
      <State kind="info">this is you</State>
    ) : (
      <Button
        size="compact-sm"
        variant="subtle"
        color="danger"
        aria-label={`End session of ${nameOf(session)}`}
        onClick={() => onEnd(session)}
      >
        End session
      </Button>
    ),
  );
  return mayEnd ? [...columns, end] : columns;
}
