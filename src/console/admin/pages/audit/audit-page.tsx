import { Button, TextInput } from '@mantine/core';
import { Download, X } from 'lucide-react';
import { useMemo } from 'react';
import { Empty } from '../../kit/empty.js';
import { Failed } from '../../kit/failed.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { Page } from '../../kit/page.js';
import { SearchField } from '../../kit/search-field.js';
import { Toolbar } from '../../kit/toolbar.js';
import { useUrlState } from '../../kit/url-state.js';
import { useList } from '../../kit/use-list.js';
import { Waiting } from '../../kit/waiting.js';
import { plural } from '../../kit/words.js';
import classes from './audit.module.css';
import type { AuditEntry } from './entry.js';
import { EntryLine } from './entry-line.js';
import { type AuditFilters, auditFilterNames, dayOf, exportOf, filtersIn, isNarrowed, queryOf } from './filters.js';
import { actionInWords, wordedActions } from './sentences.js';

const actions = wordedActions
  .map((value) => ({ value, label: actionInWords(value) }))
  .sort((a, b) => a.label.localeCompare(b.label));
const kinds = [
  { value: 'user', label: 'People' },
  { value: 'licence', label: 'Licences' },
  { value: 'owner', label: 'Owners' },
  { value: 'session', label: 'Sessions' },
  { value: 'role', label: 'Roles' },
];
const nothing = Object.fromEntries(auditFilterNames.map((name) => [name, null]));

/** Who did what, newest first, each as a sentence. */
export function AuditPage() {
  const [params, setParams] = useUrlState();
  const filters = filtersIn(params);
  const list = useList<AuditEntry>('/admin/api/audit', queryOf(filters));
  const clear = () => setParams(nothing);
  return (
    <Page
      title="Audit"
      description="Everything that was changed, by whom and when. Lines are only ever added."
      actions={
        <Button
          component="a"
          href={exportOf(filters)}
          download="audit.csv"
          variant="default"
          leftSection={<Download size={16} aria-hidden />}
        >
          Export as CSV
        </Button>
      }
    >
      <Filters filters={filters} set={setParams} clear={clear} />
      {list.problem !== null && list.items.length === 0 && <Failed problem={list.problem} onRetry={list.refetch} />}
      {list.problem === null && list.isPending && <Waiting lines={8} />}
      {list.total !== undefined && list.total > 0 && (
        <p className={classes.total} role="status">
          {plural(list.total, 'entry', 'entries')}
          {isNarrowed(filters) && (list.total === 1 ? ' matches' : ' match')}
        </p>
      )}
      {list.total === 0 && (
        <Empty
          title="Nothing matches"
          action={
            <Button variant="default" onClick={clear}>
              Show everything
            </Button>
          }
        >
          No line of the audit log fits what you are looking for.
        </Empty>
      )}
      {list.items.length > 0 && <Days entries={list.items} stale={list.isStale} />}
      {list.hasMore && (
        <Button variant="default" mt="md" onClick={list.loadMore} loading={list.isLoadingMore}>
          Show earlier entries
        </Button>
      )}
    </Page>
  );
}

interface FilterParts {
  readonly filters: AuditFilters;
  set(patch: Record<string, string | null>): void;
  clear(): void;
}

function Filters({ filters, set, clear }: FilterParts) {
  const day = (name: 'from' | 'to', label: string) => (
    <TextInput
      type="date"
      className={classes.date ?? ''}
      aria-label={label}
      leftSection={<span className={classes.dayName}>{label}</span>}
      leftSectionWidth={48}
      value={filters[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value || null })}
    />
  );
  const pinned = filters.targetId !== '' || filters.actorId !== '';
  return (
    <Toolbar label="Filter the audit log">
      <SearchField label="Who or what" param="q" placeholder="Name or address" />
      <FilterSelect label="What happened" param="action" options={actions} any="Any action" />
      <FilterSelect label="To what" param="targetType" options={kinds} any="To anything" />
      {day('from', 'From')}
      {day('to', 'Until')}
      {isNarrowed(filters) && (
        <Button variant="subtle" onClick={clear} leftSection={<X size={16} aria-hidden />}>
          {pinned ? 'Show the whole log' : 'Clear'}
        </Button>
      )}
    </Toolbar>
  );
}

function Days({ entries, stale }: { readonly entries: readonly AuditEntry[]; readonly stale: boolean }) {
  const days = useMemo(() => byDay(entries), [entries]);
  return (
    <ol className={`${classes.days} ${classes.card}`} data-stale={stale || undefined} aria-busy={stale}>
      {days.map(([day, ofDay]) => (
        <li key={day}>
          <h2 className={classes.day}>{day}</h2>
          <ol className={classes.days}>
            {ofDay.map((entry) => (
              <EntryLine key={entry.id} entry={entry} />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

function byDay(entries: readonly AuditEntry[]): [string, AuditEntry[]][] {
  const days = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const day = dayOf(entry.at);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}
