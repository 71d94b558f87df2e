import type { RoutePermission } from '../access/permissions.js';
import { placeRoutes } from '../admin/place-routes.js';
import { userRoutes } from '../admin/user-routes.js';
import { systemClock } from '../kernel/clock.js';
import type { Route } from '../kernel/route.js';
import { UserActivity } from '../usage/user-activity.js';
import type { Ground } from './ground.js';
import type { People } from './people.js';
import type { Sessions } from './sessions.js';

/** The routes by which staff manage accounts, and see what becomes of them. */
export function userRoutesOf(
  { dataSource }: Pick<Ground, 'dataSource'>,
  { service }: Pick<Sessions, 'service'>,
  { accounts }: Pick<People, 'accounts'>,
): Route<RoutePermission>[] {
  const activity = new UserActivity(dataSource, service, systemClock);
  return [...userRoutes(accounts, activity), ...placeRoutes(accounts, activity)];
}
