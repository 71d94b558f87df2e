import { z } from 'zod';
import { permissions } from './permissions.js';
import { roleNames } from './roles.js';

const longest = 64;
/** How many roles somebody may be given at one place. */
export const mostRoles = 20;
/** How many permissions a role may bundle. */
export const mostPermissions = 50;

const word = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*';
const pair = new RegExp(`^${word}:${word}$`);
const granted = new RegExp(`^(?:${word}:(?:${word}|\\*)|\\*:\\*)$`);

/**
 * The name of a role of an application, `application:role`. Usher's own have no colon and never will: none can be taken for
 * another.
 */
export const appRoleName = z
  .string()
  .max(longest)
  .regex(pair, 'must be application:role, such as exams:editor, in lower case letters, digits and single hyphens');

/** The name of any role: one of Usher's own, or an application's. Whether there is such a one is another question. */
export const roleName = z.union([z.enum(roleNames), appRoleName], {
  error: `must be ${roleNames.join(', ')}, or the name of a role in GET /admin/api/roles`,
});

/** A permission of an application as a role bundles it: `resource:action`, `resource:*` or `*:*`. */
export const grantedPermission = z
  .string()
  .max(longest)
  .regex(granted, 'must be resource:action, resource:* or *:*, in lower case letters, digits and single hyphens');

/** A permission as it is asked about: an application's, without wildcards, or one of Usher's own. */
export const askedPermission = z
  .string()
  .max(longest)
  .refine((name) => pair.test(name) || Object.hasOwn(permissions, name), {
    error: "must be resource:action without wildcards, or one of Usher's own permissions",
  });

/** Whether a role is an application's, by the form of its name. */
export function isAppRole(name: string): boolean {
  return name.includes(':');
}
