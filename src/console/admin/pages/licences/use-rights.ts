import { useMe } from '../../api/me.js';

// What those who manage a licence may do in it without being staff.
const ofWhoManages = new Set([
  'licence.read',
  'owner.read',
  'member.write',
  'session.list',
  'session.end',
  'usage.read',
]);

/** Answers what the caller may do with a licence they see. */
export function useRights(): (permission: string) => boolean {
  const me = useMe();
  return (permission) => me.can(permission) || (me.managesOnly && ofWhoManages.has(permission));
}
