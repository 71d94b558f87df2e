import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { AccountService } from '../accounts/account-service.js';
import { isoTime } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter } from '../kernel/text.js';
import type { UserActivity, UserPlace } from '../usage/user-activity.js';

const place = z.object({
  licence: z.object({
    id: z.uuid(),
    name: z.string(),
    serial: z.string(),
    state: z.enum(['active', 'draining', 'suspended']),
    /** Active, and now lies between its dates: people can sign in. */
    valid: z.boolean(),
    owner: z.object({ id: z.uuid(), name: z.string() }),
  }),
  addedOn: z.iso.datetime(),
  /** When this licence is tried for the member who names none, the smallest first; null: it is not. */
  rank: z.number().int().nullable(),
  /** The roles of applications the member has there. */
  roles: z.array(z.string()),
  /** Whether the member also manages it. */
  managed: z.boolean(),
  /** How many live sessions the member has there. */
  sessions: z.number().int(),
});
const managedPlace = z.object({ type: z.enum(['licence', 'owner']), id: z.uuid(), name: z.string() });

/** The route by which staff see where somebody may sit, and what they manage. */
export function placeRoutes(
  accounts: Pick<AccountService, 'get'>,
  activity: Pick<UserActivity, 'places' | 'managed'>,
): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/users/:id/licences',
      permission: 'user.read',
      summary: 'The licences somebody is a member of, whether they sit there now, and what they manage',
      input: { params: z.strictObject({ id: idParameter<UserId>() }) },
      replies: { 200: z.object({ items: z.array(place), managed: z.array(managedPlace) }) },
      problems: ['not-found'],
      async handle({ params }) {
        const { id } = await accounts.get(params.id);
        const [places, managed] = await Promise.all([activity.places(id), activity.managed(id)]);
        const manages = new Set(managed.map((one) => one.id));
        return { status: 200, body: { items: places.map((one) => viewOf(one, manages)), managed } };
      },
    }),
  ];
}

function viewOf({ licence, valid, addedOn, ...rest }: UserPlace, manages: ReadonlySet<string>): z.output<typeof place> {
  const { id, name, serial, state, owner } = licence;
  return {
    licence: { id, name, serial, state, valid, owner },
    addedOn: isoTime(addedOn),
    rank: rest.rank,
    roles: [...rest.roles],
    managed: manages.has(id) || manages.has(owner.id),
    sessions: rest.sessions,
  };
}
