import { permissionsOf } from '../access/roles.js';
import type { Person } from '../kernel/actor.js';

/** What sessions answer about an account. */
export function personOf(user: Omit<Person, 'permissions'>): Person {
  const { id, email, username, name, verified, roles } = user;
  return { id, email, username, name, verified, roles, permissions: permissionsOf(roles) };
}
