import { useMe } from '../../api/me.js';
import type { Person } from './answers.js';

/** What the person at the console may do about an account, and why not more. */
export interface MayChange {
  /** Whether it is their own. */
  readonly own: boolean;
  readonly allowed: boolean;
  /** Why not; null where they may. */
  readonly because: string | null;
}

/** Whether the person at the console may change an account. */
export function useMayChange(person: Person): MayChange {
  const { can, user } = useMe();
  const own = user.id === person.id;
  if (!can('user.write')) return { own, allowed: false, because: 'You may see accounts, and not change them.' };
  const isStaff = person.roles.some((role) => role === 'staff' || role === 'admin');
  if (isStaff && !own && !can('staff.write')) {
    return { own, allowed: false, because: 'This is an account of staff: only administrators change it.' };
  }
  return { own, allowed: true, because: null };
}
