import { Button, CloseButton } from '@mantine/core';
import { ListFilter } from 'lucide-react';
import { useId, useState } from 'react';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { SearchField } from '../../kit/search-field.js';
import { Toolbar } from '../../kit/toolbar.js';
import { useUrlState } from '../../kit/url-state.js';
import { LicencePicker } from './licence-picker.js';
import { filterNames, spans, useSessionFilter } from './session-filters.js';
import classes from './sessions.module.css';

const orders = [{ value: 'idlest', label: 'Idle the longest first' }];

/** Whom and what is looked for among the live sessions. */
export function FilterBar() {
  const { chosen, finer } = useSessionFilter();
  const [opened, setOpened] = useState(finer > 0);
  const [, set] = useUrlState();
  const id = useId();
  return (
    <div className={classes.filters}>
      <Toolbar label="Live sessions">
        <SearchField label="Search by name or address of the person" />
        <LicencePicker />
        <FilterSelect label="Order" param="sort" options={orders} any="Newest first" />
        <Button
          variant="default"
          leftSection={<ListFilter size={16} aria-hidden />}
          aria-expanded={opened}
          aria-controls={id}
          onClick={() => setOpened(!opened)}
        >
          {finer > 0 ? `More filters (${finer})` : 'More filters'}
        </Button>
        {chosen > 0 && (
          <Button variant="subtle" onClick={() => set(Object.fromEntries(filterNames.map((name) => [name, null])))}>
            Clear all
          </Button>
        )}
      </Toolbar>
      <div id={id} hidden={!opened} className={classes.finer}>
        {opened && <FinerFilters />}
      </div>
      <ChosenPerson />
    </div>
  );
}

interface Clients {
  readonly browsers: readonly { readonly name: string; readonly count: number }[];
  readonly systems: readonly { readonly name: string; readonly count: number }[];
}

function FinerFilters() {
  const { filter } = useSessionFilter();
  const { scope } = useMe();
  const asked = filter.licenceId === undefined ? {} : { licenceId: filter.licenceId };
  // Licence managers are asked which of theirs is meant.
  const enabled = scope?.all === true || filter.licenceId !== undefined;
  const { data } = useAsk<Clients>('/admin/api/sessions/clients', asked, { staleTime: 30_000, enabled, keep: true });
  const choices = (all: Clients['browsers'] = []) =>
    all.map(({ name, count }) => ({ value: name, label: `${name} (${count})` }));
  return (
    <>
      <SearchField label="Network address, from its beginning" param="ip" placeholder="Address, e.g. 10.1." />
      <FilterSelect label="Browser" param="browser" options={choices(data?.browsers)} any="Any browser" />
      <FilterSelect label="System" param="os" options={choices(data?.systems)} any="Any system" />
      <FilterSelect
        label="Idle for at least"
        param="idle"
        options={spans.map(({ value, label }) => ({ value, label: `Idle for ${label}` }))}
        any="Idle or not"
      />
      <FilterSelect
        label="Signed in for at least"
        param="age"
        options={spans.map(({ value, label }) => ({ value, label: `Older than ${label}` }))}
        any="Of any age"
      />
    </>
  );
}

/** Somebody's sessions are come to by a link; here one sees whose they are, and leaves them. */
function ChosenPerson() {
  const [state, set] = useUrlState();
  const id = state['person'];
  const me = useMe();
  const enabled = id !== undefined && me.can('user.read');
  const { data } = useAsk<{ email: string; name: string | null }>(`/admin/api/users/${id}`, {}, { enabled });
  if (id === undefined) return null;
  return (
    <p className={classes.chosen}>
      Only sessions of {data === undefined ? 'one person' : (data.name ?? data.email)}
      <CloseButton size="sm" aria-label="Show everybody's sessions" onClick={() => set({ person: null })} />
    </p>
  );
}
