import { z } from 'zod';
import { permissions, type RoutePermission } from '../access/permissions.js';
import { permissionsOf, roleNames } from '../access/roles.js';
import { type Route, route } from '../kernel/route.js';

const role = z.enum(roleNames);
const permission = z.object({
  name: z.string(),
  /** What it allows, as a sentence. */
  allows: z.string(),
  roles: z.array(role),
});
const granted = roleNames.map((name) => ({ name, permissions: permissionsOf([name]) as string[] }));

const items = Object.entries(permissions).map(([name, allows]) => ({
  name,
  allows,
  roles: granted.filter((one) => one.permissions.includes(name)).map((one) => one.name),
}));

/** The route by which staff see what Usher's own roles allow. */
export function permissionRoutes(): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/permissions',
      permission: 'role.read',
      summary: "Usher's own permissions, what each allows, and its own roles with what they grant",
      input: {},
      replies: {
        200: z.object({
          items: z.array(permission),
          roles: z.array(z.object({ name: role, permissions: z.array(z.string()) })),
        }),
      },
      async handle() {
        return { status: 200, body: { items, roles: granted } };
      },
    }),
  ];
}
