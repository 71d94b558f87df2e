import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import type { AppRole } from './role.js';

/** The names of the roles applications have, as far as they may be known, and of those that are `held`. */
export function useAppRoles(held: readonly string[], enabled = true): string[] {
  const { can } = useMe();
  const asks = enabled && can('role.read');
  const known = useAsk<{ items: AppRole[] }>('/admin/api/roles', { limit: 200 }, { enabled: asks });
  return [...new Set([...(known.data?.items ?? []).map(({ name }) => name), ...held])];
}
