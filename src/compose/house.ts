import type { RoutePermission } from '../access/permissions.js';
import { eventRoutes } from '../admin/event-routes.js';
import { overviewRoutes } from '../admin/overview-routes.js';
import { systemClock } from '../kernel/clock.js';
import type { Route } from '../kernel/route.js';
import { changedLately } from '../usage/happenings.js';
import { HouseFeed } from '../usage/house-feed.js';
import { Overview } from '../usage/overview.js';
import type { Ground } from './ground.js';
import type { People } from './people.js';
import type { Sessions } from './sessions.js';

/** The routes by which staff see the house at a glance, and as it changes. */
export function houseRoutesOf(
  { dataSource, log }: Pick<Ground, 'dataSource' | 'log'>,
  sessions: Sessions,
  { scopes }: Pick<People, 'scopes'>,
): Route<RoutePermission>[] {
  const { store, news, licences } = sessions;
  const overview = new Overview(dataSource, store, systemClock);
  const house = new HouseFeed({
    store,
    news,
    log,
    allTags: () => licences.allTags(),
    changedLately: () => changedLately(dataSource),
    runningSignIns: () => overview.runningSignIns(),
  });
  return [...overviewRoutes(overview), ...eventRoutes({ notices: sessions.feed, house, scopes })];
}
