import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { acts, type Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Device } from '../../kit/device.js';
import { Empty } from '../../kit/empty.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { LinkTo, PersonLink } from '../../kit/link-to.js';
import { RowButton } from '../../kit/row-button.js';
import { SearchField } from '../../kit/search-field.js';
import { useUrlState } from '../../kit/url-state.js';
import { useAsked } from '../../kit/use-asked.js';
import { useList } from '../../kit/use-list.js';
import { useSelection } from '../../kit/use-selection.js';
import { Countdown, When } from '../../kit/when.js';
import { plural } from '../../kit/words.js';
import type { LiveSession } from '../sessions/session-answer.js';
import { type Ending, EndSessions } from './end-sessions.js';
import { licencePath } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import classes from './licences.module.css';
import { useSeatChanges } from './seat-changes.js';
import { useRights } from './use-rights.js';

const sorts = [{ value: 'idlest', label: 'Longest idle first' }];

/** Who sits in a licence, and how their sessions are ended: one, some, or all that nobody uses. */
export function SeatsPanel({ licence }: { readonly licence: Licence }) {
  const may = useRights();
  const [{ q, sort }] = useUrlState();
  const path = `${licencePath(licence.id)}/seats`;
  const list = useList<LiveSession>(path, { q, sort });
  const changed = useSeatChanges(licence.id, path, list);
  const selection = useSelection();
  const { about: ending, opened, ask, close } = useAsked<Ending>();
  const mayEnd = may('session.end');
  const columns = useMemo(() => columnsOf(mayEnd, (seated) => ask({ kind: 'one', seated })), [mayEnd, ask]);
  return (
    <>
      <div className={classes.row}>
        <SearchField label="Search who sits here" placeholder="Name or address" />
        <FilterSelect label="Order" param="sort" options={sorts} any="Newest first" />
        {mayEnd && (
          <Button variant="default" onClick={() => ask({ kind: 'idle' })}>
            End idle sessions …
          </Button>
        )}
        {mayEnd && selection.size > 0 && (
          <Button color="danger" variant="outline" onClick={() => ask({ kind: 'selected', refs: [...selection.keys] })}>
            End {plural(selection.size, 'selected session')}
          </Button>
        )}
        <LinkTo href={`/sessions?licence=${licence.id}`}>More filters in Sessions</LinkTo>
      </div>
      <DataTable
        name="Who sits here"
        list={list}
        columns={columns}
        rowKey={({ ref }) => ref}
        rowLabel={({ user }) => user.email}
        {...(mayEnd && { selection })}
        aside={changed}
        empty={
          q === undefined ? (
            <Empty title="Nobody sits here">Members who sign in appear here at once.</Empty>
          ) : (
            <Empty title="Nobody found">Nobody inside matches what you search for.</Empty>
          )
        }
      />
      {ending !== null && (
        <EndSessions
          licence={licence}
          ending={ending}
          opened={opened}
          onClose={close}
          onEnding={(refs) => list.removeItems(({ ref }) => refs.includes(ref))}
          onEnded={selection.clear}
        />
      )}
    </>
  );
}

function columnsOf(mayEnd: boolean, onEnd: (seated: LiveSession) => void): Column<LiveSession>[] {
  const end = acts<LiveSession>('End', 90, (seated) => (
    <RowButton label={`End the session of ${seated.user.email}`} onClick={() => onEnd(seated)}>
      End
    </RowButton>
  ));
  return [
    {
      id: 'person',
      header: 'Person',
      primary: true,
      cell: ({ user, takesSeat }) => (
        <span>
          <PersonLink user={user} />
          {takesSeat === false && <span className={classes.aside}>takes no seat</span>}
        </span>
      ),
    },
    { id: 'device', header: 'Device', cell: (one) => <Device {...one} /> },
    { id: 'since', header: 'Since', width: 120, cell: ({ createdAt }) => <When at={createdAt} /> },
    { id: 'seen', header: 'Last seen', width: 120, wide: true, cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
    {
      id: 'left',
      header: 'Idle left',
      width: 110,
      align: 'right',
      cell: ({ expiresAt }) => <Countdown at={expiresAt} />,
    },
    ...(mayEnd ? [end] : []),
  ];
}
