import type { RoutePermission } from '../access/permissions.js';
import { RoleRepository } from '../access/role-repository.js';
import { RoleService } from '../access/role-service.js';
import { Authorization } from '../accounts/authorization.js';
import { authorizeRoute } from '../accounts/authorize-routes.js';
import { RoleRefresh } from '../accounts/role-refresh.js';
import { permissionRoutes } from '../admin/permission-routes.js';
import { roleRoutes } from '../admin/role-routes.js';
import { systemClock } from '../kernel/clock.js';
import type { Route } from '../kernel/route.js';
import { MemberRoles } from '../licences/member-roles.js';
import type { Ground } from './ground.js';
import type { Sessions } from './sessions.js';

/** The roles of applications, and what asks about them. */
export type Access = ReturnType<typeof composeAccess>;

/** Puts that together. From now on changed roles reach those who hold them. */
export function composeAccess({ dataSource }: Pick<Ground, 'dataSource'>, sessions: Sessions) {
  const { outbox, users, audit, changes, members } = sessions;
  const refresh = new RoleRefresh({ dataSource, outbox, users, audit, clock: systemClock });
  refresh.register();
  return {
    roles: new RoleService(new RoleRepository(dataSource), changes, refresh),
    memberRoles: new MemberRoles({ dataSource, changes, accounts: users }),
    authorization: new Authorization({ users, members }),
  };
}

/** The routes of roles. */
export function accessRoutesOf({ roles, authorization }: Access): Route<RoutePermission>[] {
  return [...roleRoutes(roles), ...permissionRoutes(), authorizeRoute(authorization)];
}
