import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMemo, useState } from 'react';
import { useMe } from '../../api/me.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { ListChanged } from '../../kit/list-changed.js';
import { Page } from '../../kit/page.js';
import { useAsked } from '../../kit/use-asked.js';
import { type Selection, useSelection } from '../../kit/use-selection.js';
import { plural } from '../../kit/words.js';
import { type EndFilter, EndMany } from './end-many.js';
import { EndOne } from './end-one.js';
import { FilterBar } from './filter-bar.js';
import { type LiveSession, nameOf } from './session-answer.js';
import { sessionColumns } from './session-columns.js';
import { bodyOf, useSessionFilter } from './session-filters.js';
import classes from './sessions.module.css';
import { useSessions } from './use-sessions.js';

const keyOf = ({ ref }: LiveSession) => ref;

/** Every live session: who they are, where from, since when; and the way to end them, one, some or all that match. */
export function SessionsPage() {
  const me = useMe();
  const { list, remove, changed, refresh } = useSessions();
  const { filter, chosen } = useSessionFilter();
  const selection = useSelection();
  const { about, opened, ask, close } = useAsked<LiveSession>();
  const [many, setMany] = useState<{ filter: EndFilter; described: string } | null>(null);
  const mayEnd = me.can('session.end') || me.managesOnly;
  const columns = useMemo(
    () => sessionColumns({ ownRef: me.session.ref, mayEnd, onEnd: ask }),
    [me.session.ref, mayEnd, ask],
  );
  const onEnded = (ended: number, pending: boolean) => {
    const later = pending ? ' The others end in a moment: the session store is behind.' : '';
    notifications.show({ message: `${plural(ended, 'session has', 'sessions have')} ended.${later}`, color: 'accent' });
    selection.clear();
    refresh();
  };
  const endMatching = () =>
    setMany({
      filter: bodyOf(filter),
      described: chosen > 0 ? 'all that match what is chosen' : 'everybody in the house',
    });
  const endSelected = () => setMany({ filter: { refs: [...selection.keys] }, described: 'those that are selected' });
  const aside = (
    <>
      {changed && <ListChanged onLoad={refresh} />}
      {mayEnd && <Ending selection={selection} onSelected={endSelected} onMatching={endMatching} chosen={chosen > 0} />}
    </>
  );
  return (
    <Page title="Sessions" description="Everybody who is signed in at this moment.">
      <FilterBar />
      <DataTable
        name="Live sessions"
        fixed
        list={list}
        columns={columns}
        rowKey={keyOf}
        rowLabel={nameOf}
        {...(me.can('user.read') && { rowHref: ({ user }: LiveSession) => `/people/${user.id}` })}
        {...(mayEnd && { selection })}
        empty={<NobodyHere filtered={chosen > 0} />}
        aside={aside}
      />
      {about !== null && <EndOne session={about} opened={opened} onClose={close} remove={remove} />}
      <EndMany
        filter={many?.filter ?? null}
        described={many?.described ?? ''}
        onClose={() => setMany(null)}
        onEnded={onEnded}
      />
    </Page>
  );
}

function Ending({
  selection,
  chosen,
  onSelected,
  onMatching,
}: {
  readonly selection: Selection;
  /** Whether anything is filtered. */
  readonly chosen: boolean;
  onSelected(): void;
  onMatching(): void;
}) {
  return (
    <span className={classes.ending}>
      {selection.size > 0 && (
        <>
          <Button size="compact-sm" variant="subtle" onClick={selection.clear}>
            Clear the selection
          </Button>
          <Button size="compact-sm" color="danger" onClick={onSelected}>
            End {plural(selection.size, 'selected session')}
          </Button>
        </>
      )}
      <Button size="compact-sm" variant="default" onClick={onMatching}>
        {chosen ? 'End all that match …' : 'End all …'}
      </Button>
    </span>
  );
}

function NobodyHere({ filtered }: { readonly filtered: boolean }) {
  if (filtered)
    return <Empty title="Nobody who is signed in matches.">Take a filter away, or search for less of the name.</Empty>;
  return <Empty title="Nobody is signed in.">As soon as somebody signs in, they are listed here.</Empty>;
}
