import { type Permission, permissions } from './permissions.js';

const everything = Object.keys(permissions) as Permission[];

/** Every role there is, with what it grants. `staff` operates; `admin` also decides who is staff. */
export const roles = {
  user: [],
  staff: everything.filter((permission) => permission !== 'staff.write'),
  admin: everything,
} as const satisfies Record<string, readonly Permission[]>;

/** The name of a role. */
export type Role = keyof typeof roles;

/** The names of all roles. */
export const roleNames = Object.keys(roles) as [Role, ...Role[]];

/** The permissions of all these roles together, sorted; a name that is no role grants nothing. */
export function permissionsOf(names: readonly string[]): Permission[] {
  const granted = new Set<Permission>();
  for (const name of names) {
    if (Object.hasOwn(roles, name)) for (const permission of roles[name as Role]) granted.add(permission);
  }
  return [...granted].sort();
}

/** Whether these roles make their holder staff: an operator, who needs no seat. */
export function isStaff(names: readonly string[]): boolean {
  return permissionsOf(names).length > 0;
}
