import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useAsk } from '../../api/queries.js';

/** One thing that can be chosen. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A field that finds things on the server as one types. */
export interface PickerProps<Thing> {
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  /** A list of the server that takes `q`. */
  readonly path: string;
  readonly choiceOf: (thing: Thing) => Choice;
  readonly value: Choice | null;
  readonly onChange: (choice: Choice | null) => void;
  readonly error?: string | undefined;
}

/** Chooses one of many that are on the server. */
export function Picker<Thing>(props: PickerProps<Thing>) {
  const { label, description, placeholder, path, choiceOf, value, onChange, error } = props;
  const [typed, setTyped] = useState('');
  const [settled] = useDebouncedValue(typed.trim(), 150);
  const q = settled === '' || settled === value?.label ? undefined : settled;
  // What is shown stays until more is known: a choice must not go away under the pointer.
  const found = useAsk<{ items: Thing[] }>(path, { limit: 20, ...(q !== undefined && { q }) }, { keep: true });
  const choices = (found.data?.items ?? []).map(choiceOf);
  const data = value === null || choices.some((choice) => choice.value === value.value) ? choices : [value, ...choices];
  return (
    <Select
      label={label}
      description={description}
      placeholder={placeholder ?? 'Type to search'}
      searchable
      required
      error={error}
      data={data}
      filter={({ options }) => options}
      value={value?.value ?? null}
      onChange={(next) => onChange(data.find((choice) => choice.value === next) ?? null)}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={found.isPending || found.isPlaceholderData ? 'Looking…' : 'Nothing found'}
      comboboxProps={{ withinPortal: true }}
    />
  );
}
