/**
 * Whether what somebody holds grants what is asked. `report:*` grants every action on reports and `*:*` every action of
 * applications; neither grants one of Usher's own permissions, which have no colon. What is asked never has a wildcard.
 */
export function grants(held: ReadonlySet<string>, asked: string): boolean {
  if (asked.includes('*')) return false;
  if (held.has(asked)) return true;
  const colon = asked.indexOf(':');
  return colon !== -1 && (held.has(`${asked.slice(0, colon)}:*`) || held.has('*:*'));
}
