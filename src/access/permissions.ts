/** Every permission there is, with what it allows. The closed list that roles and routes draw from. */
export const permissions = {
  'session.list': 'See all live sessions and who sits where',
  'session.end': 'End any session',
  'owner.read': 'See owners',
  'owner.write': 'Create, change and delete owners',
  'licence.read': 'See licences, their members and their seats',
  'licence.write': 'Create, change, suspend, reinstate, renew and delete licences',
  'member.write': 'Add members to a licence and remove them',
  'manager.write': 'Appoint licence managers and dismiss them',
  'user.read': 'See users',
  'user.write': 'Create, change, disable, enable and delete users without staff rights',
  'staff.write': 'Give and take staff rights, and change accounts that have them',
  'role.read': 'See the roles of applications and what they grant',
  'role.write': 'Create, change and delete roles of applications',
  'seat.uncounted': 'Sit in any licence without taking a seat, to help or when the house is full',
  'sign-in.read': 'Read the sign-in log',
  'usage.read': 'See usage and refusals, and why somebody was refused',
  'audit.read': 'Read the audit log',
  'settings.read': 'See what the server is set to, without its secrets',
  'docs.read': 'Read the documentation a running server gives, where `DOCS_ACCESS` leaves it to staff',
} as const;

/** The name of a permission. */
export type Permission = keyof typeof permissions;

/** What a route may ask for: nothing, any live session, or a permission. */
export type RoutePermission = 'public' | 'session' | Permission;
