import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import type { AppRole } from '../roles/role.js';

/** The roles the person at the console may give, in the groups of a list to choose from. `held`: those somebody has already. */
export function useRoleChoice(held: readonly string[] = []): { group: string; items: string[] }[] {
  const { can } = useMe();
  const found = useAsk<{ items: AppRole[] }>('/admin/api/roles', { limit: 200 }, { enabled: can('role.read') });
  const apps = new Set([
    ...(found.data?.items ?? []).map(({ name }) => name),
    ...held.filter((name) => name.includes(':')),
  ]);
  const own = can('staff.write') ? ['user', 'staff', 'admin'] : [...new Set(['user', ...held.filter(isOwn)])];
  return [
    { group: 'Usher’s own', items: own },
    ...(apps.size === 0 ? [] : [{ group: 'Of applications', items: [...apps].sort() }]),
  ];
}

function isOwn(name: string): boolean {
  return !name.includes(':');
}
