import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { pageOf, pageQuery } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import type { LicenceService } from '../licences/licence-service.js';
import { staffSession } from '../sessions/reply-schemas.js';
import { licenceTag } from '../sessions/session-id.js';
import type { SessionService } from '../sessions/session-service.js';
import type { SessionStore } from '../sessions/store.js';
import { itsManagers, licenceInPath } from './of-licence.js';
import { type FindUsers, sessionFilter, sessionQuery } from './session-filter.js';
import { listRequest, shown } from './session-routes.js';

/** What the route of seats works with. */
export interface SeatRouteParts {
  readonly licences: Pick<LicenceService, 'get'>;
  readonly sessions: Pick<SessionService, 'list'>;
  readonly store: Pick<SessionStore, 'seats'>;
  readonly findUsers: FindUsers;
}

/** `GET /admin/api/licences/:id/seats`. */
export function seatRoutes({ licences, sessions, store, findUsers }: SeatRouteParts): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/licences/:id/seats',
      permission: 'licence.read',
      managers: itsManagers,
      summary: 'Who sits in a licence, newest first or idle longest first, and how many seats are left',
      input: {
        params: licenceInPath,
        query: z.strictObject({ ...pageQuery, ...sessionQuery }),
      },
      replies: {
        200: pageOf(staffSession).extend({
          total: z.number().int().nullable(),
          limit: z.number().int(),
          used: z.number().int(),
          free: z.number().int(),
        }),
      },
      problems: ['not-found'],
      async handle({ params, query, visible, caller }) {
        const licence = await licences.get(params.id);
        const filter = await sessionFilter({ ...query, licenceId: licence.id }, visible, findUsers);
        const [{ used }, page] = await Promise.all([
          store.seats(licenceTag(licence.id)),
          sessions.list(filter, { ...listRequest(query), asker: caller }),
        ]);
        const { items, ...rest } = page;
        const free = Math.max(0, licence.seats - used);
        return { status: 200, body: { limit: licence.seats, used, free, items: items.map(shown), ...rest } };
      },
    }),
  ];
}
