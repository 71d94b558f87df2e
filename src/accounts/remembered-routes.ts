import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import { type Route, route } from '../kernel/route.js';
import type { IssuedToken } from '../platform/issued-tokens.js';
import { browserId, forgetting, type Remembered, type RememberedBrowsers } from './remembered-browsers.js';

/** What the routes of one's own remembered browsers work with. */
export type RememberedParts = Pick<RememberedBrowsers, 'list' | 'forgetOne' | 'forgetAll'>;

/** The schema of a remembered browser. */
export const rememberedBrowser = z.object({
  id: z.string(),
  /** Whether the session that asks is this browser's. */
  current: z.boolean(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  browser: z.string(),
  os: z.string(),
  ip: z.string(),
});

/** A remembered browser as people see it; `ref` is the session that asks. */
export function viewOfBrowser(token: IssuedToken<Remembered>, ref: string): z.output<typeof rememberedBrowser> {
  const { id, data } = token;
  return {
    id: browserId(id),
    current: data.ref === ref,
    createdAt: isoTime(token.createdAt),
    lastUsedAt: isoTime(data.usedAtMs),
    expiresAt: isoTime(token.expiresAt),
    browser: data.browser,
    os: data.os,
    ip: data.address,
  };
}

/** The routes by which people see and forget the browsers that may come back without their password (ASVS 7.5.2). */
export function rememberedRoutes(browsers: RememberedParts): Route<RoutePermission>[] {
  return [list(browsers), forgetOne(browsers), forgetAll(browsers)];
}

function list(browsers: RememberedParts) {
  return route({
    method: 'GET',
    path: '/auth/browsers',
    permission: 'session',
    summary: 'The browsers that may come back without the password of the signed-in person',
    input: {},
    replies: { 200: z.object({ items: z.array(rememberedBrowser) }) },
    async handle({ actor }) {
      const found = await browsers.list(actor.person.id);
      return { status: 200, body: { items: found.map((one) => viewOfBrowser(one, actor.session.ref)) } };
    },
  });
}

function forgetOne(browsers: RememberedParts) {
  return route({
    method: 'DELETE',
    path: '/auth/browsers/:id',
    permission: 'session',
    summary: 'Forgets one of the remembered browsers. A session that is open in it stays open',
    input: { params: z.strictObject({ id: z.string().max(100) }) },
    replies: { 204: null },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      await browsers.forgetOne({ actor, caller }, actor.person.id, params.id);
      return { status: 204 };
    },
  });
}

function forgetAll(browsers: RememberedParts) {
  return route({
    method: 'DELETE',
    path: '/auth/browsers',
    permission: 'session',
    summary: 'Forgets all remembered browsers, this one too. Sessions stay open',
    input: {},
    replies: { 200: z.object({ forgotten: z.number().int() }) },
    async handle({ actor, caller }) {
      const forgotten = await browsers.forgetAll({ actor, caller }, actor.person.id);
      // What the cookie of a bearer's own machine is worth nobody here can say.
      const cookies = actor.session.delivery === 'cookie' ? [forgetting] : [];
      return { status: 200, body: { forgotten }, cookies };
    },
  });
}
