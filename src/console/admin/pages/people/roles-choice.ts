import { useMe } from '../../api/me.js';
import { useAppRoles } from '../roles/use-app-roles.js';

/** The roles the person at the console may give, in the groups of a list to choose from. `held`: those somebody has already. */
export function useRoleChoice(held: readonly string[] = []): { group: string; items: string[] }[] {
  const { can } = useMe();
  const apps = useAppRoles(held.filter((name) => !isOwn(name)));
  const own = can('staff.write') ? ['user', 'staff', 'admin'] : [...new Set(['user', ...held.filter(isOwn)])];
  return [
    { group: 'Usher’s own', items: own },
    ...(apps.length === 0 ? [] : [{ group: 'Of applications', items: apps.sort() }]),
  ];
}

function isOwn(name: string): boolean {
  return !name.includes(':');
}
