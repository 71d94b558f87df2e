import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { useUrlState } from '../../kit/url-state.js';
import type { Listed } from '../../kit/use-list.js';
import classes from './sessions.module.css';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Chooses one licence by a part of its name. */
export function LicencePicker() {
  const { scope } = useMe();
  const [state, set] = useUrlState();
  const chosen = state['licence'] ?? null;
  const [text, setText] = useState('');
  const [settled] = useDebouncedValue(text, 150);
  const all = scope?.all === true;
  const found = useAsk<Listed<Named>>('/admin/api/licences', { q: settled, limit: 20 }, { keep: true, enabled: all });
  const own = useAsk<Named>(`/admin/api/licences/${chosen}`, {}, { enabled: chosen !== null });
  const offered = new Map(
    (all ? (found.data?.items ?? []) : (scope?.licences ?? [])).map(({ id, name }) => [id, name]),
  );
  if (chosen !== null && !offered.has(chosen)) offered.set(chosen, own.data?.name ?? 'One licence');
  return (
    <Select
      className={classes.licence ?? ''}
      aria-label="Licence"
      placeholder="Any licence"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Any licence' }}
      data={[...offered].map(([value, label]) => ({ value, label }))}
      value={chosen}
      onSearchChange={setText}
      onChange={(value) => set({ licence: value })}
      nothingFoundMessage="No licence has that in its name."
      limit={20}
    />
  );
}
