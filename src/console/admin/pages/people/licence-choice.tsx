import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useAsk } from '../../api/queries.js';

interface LicenceChoiceParts {
  readonly label: string;
  readonly value: string | null;
  /** Licences that are not offered. */
  readonly without: readonly string[];
  readonly error?: string | undefined;
  onChange(id: string | null): void;
}

interface Offered {
  readonly items: readonly { readonly id: string; readonly name: string; readonly owner: { readonly name: string } }[];
}

/** A licence, looked for as one types its name. */
export function LicenceChoice({ label, value, without, error, onChange }: LicenceChoiceParts) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed, 150);
  const found = useAsk<Offered>('/admin/api/licences', { q, limit: 30 }, { keep: true });
  const offered = (found.data?.items ?? []).filter(({ id }) => !without.includes(id));
  return (
    <Select
      label={label}
      placeholder="Type a part of its name"
      data={offered.map(({ id, name, owner }) => ({ value: id, label: `${name} (${owner.name})` }))}
      value={value}
      onChange={onChange}
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      searchable
      error={error}
      nothingFoundMessage={found.isFetching ? 'Looking …' : 'No other licence is called so'}
      data-autofocus
    />
  );
}
