import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type RememberedParts, rememberedBrowser, viewOfBrowser } from '../accounts/remembered-routes.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter } from '../kernel/text.js';

/** What the routes work with. `exists`: whether there is such an account. */
export interface StaffRememberedParts {
  readonly browsers: RememberedParts;
  exists(userId: UserId): Promise<boolean>;
}

const user = z.strictObject({ id: idParameter<UserId>() });

/** The routes by which staff see and forget somebody's remembered browsers. */
export function staffRememberedRoutes(parts: StaffRememberedParts): Route<RoutePermission>[] {
  return [list(parts), forgetOne(parts), forgetAll(parts)];
}

function list({ browsers, exists }: StaffRememberedParts) {
  return route({
    method: 'GET',
    path: '/admin/api/users/:id/browsers',
    permission: 'user.read',
    summary: 'The browsers that may come back without the password of somebody',
    input: { params: user },
    replies: { 200: z.object({ items: z.array(rememberedBrowser) }) },
    problems: ['not-found'],
    async handle({ params, actor }) {
      if (!(await exists(params.id))) throw new Problem('not-found');
      const found = await browsers.list(params.id);
      return { status: 200, body: { items: found.map((one) => viewOfBrowser(one, actor.session.ref)) } };
    },
  });
}

function forgetOne({ browsers }: StaffRememberedParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/users/:id/browsers/:browserId',
    permission: 'user.write',
    summary: "Forgets one of somebody's remembered browsers. A session that is open in it stays open",
    input: { params: user.extend({ browserId: z.string().max(100) }) },
    replies: { 204: null },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      await browsers.forgetOne({ actor, caller }, params.id, params.browserId);
      return { status: 204 };
    },
  });
}

function forgetAll({ browsers }: StaffRememberedParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/users/:id/browsers',
    permission: 'user.write',
    summary: "Forgets all of somebody's remembered browsers. Sessions stay open",
    input: { params: user },
    replies: { 200: z.object({ forgotten: z.number().int() }) },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      const forgotten = await browsers.forgetAll({ actor, caller }, params.id);
      return { status: 200, body: { forgotten } };
    },
  });
}
