import type { RoutePermission } from '../access/permissions.js';
import { blockUsers } from '../accounts/block-users.js';
import { acceptanceRoutes } from '../accounts/invitation-routes.js';
import { rememberedRoutes } from '../accounts/remembered-routes.js';
import { accountRoutes } from '../accounts/routes.js';
import { appointmentRoutes } from '../admin/appointment-routes.js';
import { denialRoutes } from '../admin/denial-routes.js';
import { explainRoutes } from '../admin/explain-routes.js';
import { invitationRoutes } from '../admin/invitation-routes.js';
import { licenceRoutes } from '../admin/licence-routes.js';
import { licenceStoryRoutes } from '../admin/licence-story-routes.js';
import { LicenceViews } from '../admin/licence-views.js';
import { memberRoutes } from '../admin/member-routes.js';
import { ownerRoutes } from '../admin/owner-routes.js';
import { staffRememberedRoutes } from '../admin/remembered-routes.js';
import { seatRoutes } from '../admin/seat-routes.js';
import type { FindUsers } from '../admin/session-filter.js';
import { staffSessionRoutes } from '../admin/session-routes.js';
import { usageRoutes } from '../admin/usage-routes.js';
import { auditRoutes } from '../audit/routes.js';
import { enrolmentRoutes } from '../factors/enrolment-routes.js';
import { factorRoutes } from '../factors/factor-routes.js';
import { systemClock } from '../kernel/clock.js';
import type { Route } from '../kernel/route.js';
import { ownEventRoutes } from '../sessions/own-event-routes.js';
import { sessionRoutes } from '../sessions/routes.js';
import { factorSignInRoutes } from '../sign-in/factor-routes.js';
import { resumeRoutes } from '../sign-in/resume-routes.js';
import { signInRoutes } from '../sign-in/routes.js';
import { type Access, accessRoutesOf } from './access.js';
import type { Door } from './door.js';
import type { People } from './people.js';
import type { Sessions } from './sessions.js';
import type { UsageTellers } from './usage.js';

/** Every route there is. */
export function routesOf(access: Access, sessions: Sessions, people: People, door: Door): Route<RoutePermission>[] {
  const { store, service, check, users, audit } = sessions;
  const { accounts, owners, licences, members, invitations, credentials, firstAdmin } = people;
  const findUsers: FindUsers = (text, visible) => users.idsMatching(text, 500, visible);
  return [
    ...sessionRoutes({
      check,
      service,
      store,
      forgetBrowser: (caller) => door.remembered.forgetShown(caller),
    }),
    ...signInRoutes({ ...door, clients: sessions.clients }),
    ...factorSignInRoutes(door),
    ...resumeRoutes(door),
    ...rememberedRoutes(door.remembered),
    ...staffRememberedRoutes({
      browsers: door.remembered,
      exists: async (userId) => (await users.find(userId)) !== null,
    }),
    ...accountRoutes({ credentials, firstAdmin, rotation: door.rotation }),
    ...staffSessionRoutes({
      service,
      store,
      findUsers,
      block: (users, by) => blockUsers(accounts, users, by),
    }),
    ...ownerRoutes(owners),
    ...licenceRoutes({ licences, views: new LicenceViews(sessions.licences, store, systemClock) }),
    ...memberRoutes({ members, memberRoles: access.memberRoles, invitations, memberUse: people.memberUse }),
    ...seatRoutes({ licences, sessions: service, store, findUsers }),
    ...accessRoutesOf(access),
    ...invitationRoutes({ invitations, clock: systemClock }),
    ...acceptanceRoutes(invitations),
    ...appointmentRoutes({ appointments: people.appointments, scopes: people.scopes }),
    ...enrolmentRoutes(people.enrolment),
    ...factorRoutes(people.factorService),
    ...auditRoutes(audit),
    ...ownEventRoutes(sessions.ownEvents),
  ];
}

/** The routes that tell of usage and refusals. */
export function usageRoutesOf(
  { usage, refusals, explainer }: UsageTellers,
  { licences, foresight }: Pick<People, 'licences' | 'foresight'>,
): Route<RoutePermission>[] {
  const clock = systemClock;
  return [
    ...usageRoutes({ licences, usage, clock }),
    ...licenceStoryRoutes({ licences, usage, foresight, clock }),
    ...denialRoutes({ licences, usage, refusals, clock }),
    ...explainRoutes({ explainer, clock }),
  ];
}
