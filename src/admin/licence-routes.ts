import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { OwnerId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, isoInstant, line, searchText } from '../kernel/text.js';
import { versionNumber } from '../kernel/version.js';
import type { LicenceService } from '../licences/licence-service.js';
import { licencePolicy } from '../licences/policy.js';
import { serialFrom } from '../licences/serial.js';
import { longestTermDays } from '../licences/validity.js';
import { changeReply, pendingReply } from '../platform/pending.js';
import { type LicenceViews, licenceView, pendingLicenceView, wholeLicenceView } from './licence-views.js';
import { itsManagers, licenceInPath } from './of-licence.js';

/** What the routes of licences work with. */
export interface LicenceRouteParts {
  readonly licences: LicenceService;
  readonly views: LicenceViews;
}

const durationDays = z.number().int().min(1).max(longestTermDays);
const serial = line(50).transform((typed, context) => {
  const found = serialFrom(typed);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'is no serial: a character is missing or mistyped, or two are swapped' });
  return z.NEVER;
});
const based = { version: versionNumber.optional() };
const fields = {
  ownerId: idParameter<OwnerId>(),
  name: line(200),
  seats: z.number().int().min(0).max(10_000_000),
  validFrom: isoInstant.nullable(),
  validTo: isoInstant.nullable(),
  durationDays,
  policy: licencePolicy,
};
const changed = { 200: licenceView, 202: pendingLicenceView };

/** The routes by which staff manage licences. */
export function licenceRoutes(parts: LicenceRouteParts): Route<RoutePermission>[] {
  return [
    list(parts),
    create(parts),
    show(parts),
    change(parts),
    remove(parts),
    suspend(parts),
    reinstate(parts),
    renew(parts),
  ];
}

function list({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences',
    permission: 'licence.read',
    managers: { names: ({ query }) => ({ owner: query.ownerId }), narrowed: true },
    summary: 'Licences, newest first, with the seats in use',
    input: {
      query: z.strictObject({
        ...pageQuery,
        ownerId: idParameter<OwnerId>().optional(),
        serial: serial.optional(),
        q: searchText.optional(),
        state: z.enum(['active', 'draining', 'suspended', 'expired', 'not-started', 'near-limit']).optional(),
      }),
    },
    replies: { 200: pageOf(licenceView) },
    async handle({ query, visible }) {
      const { ownerId, serial, q, state } = query;
      const named = { visible, ownerId, serial, q };
      const filter = state === 'near-limit' ? { ...named, ids: await views.nearLimit(visible) } : { ...named, state };
      const { items, ...rest } = await licences.list(filter, pageRequest(query));
      return { status: 200, body: { items: await views.of(items), ...rest } };
    },
  });
}

function create({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences',
    permission: 'licence.write',
    summary: 'A new licence. A term in days counts from `validFrom`, or from the first use when there is none',
    input: { body: z.strictObject(fields).partial().required({ ownerId: true, name: true, seats: true }) },
    replies: { 201: licenceView, 202: pendingLicenceView },
    problems: ['mail-not-set-up'],
    async handle({ body, actor, caller }) {
      const { result, reached } = await licences.create(body, { actor, caller });
      return views.changeReply(result, reached, 201);
    },
  });
}

function show({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences/:id',
    permission: 'licence.read',
    managers: itsManagers,
    summary: 'One licence, with the seats in use and the number of its members',
    input: { params: licenceInPath },
    replies: { 200: wholeLicenceView },
    problems: ['not-found'],
    async handle({ params }) {
      return { status: 200, body: await views.whole(await licences.get(params.id)) };
    },
  });
}

function change({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'PATCH',
    path: '/admin/api/licences/:id',
    permission: 'licence.write',
    summary:
      'Change a licence. Fewer seats end no session (nobody gets in until enough have left), or those idle for longest',
    input: {
      params: licenceInPath,
      body: z
        .strictObject({
          ...fields,
          whenLowered: z.enum(['drain', 'end-idlest']),
          version: versionNumber,
        })
        .partial(),
    },
    replies: changed,
    problems: ['not-found', 'stale-version', 'mail-not-set-up'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await licences.patch(params.id, body, { actor, caller });
      return views.changeReply(result, reached, 200);
    },
  });
}

function remove({ licences }: LicenceRouteParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/licences/:id',
    permission: 'licence.write',
    summary: 'Remove a licence with its memberships, and end its sessions',
    input: { params: licenceInPath },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await licences.remove(params.id, { actor, caller })).reached, 204);
    },
  });
}

function suspend({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/suspend',
    permission: 'licence.write',
    summary: 'Let nobody sign in with a licence, and end its sessions, or, with `drain`, let those stay who are inside',
    input: {
      params: licenceInPath,
      body: z.strictObject({ mode: z.enum(['end', 'drain']).default('end'), ...based }).optional(),
    },
    replies: changed,
    problems: ['not-found', 'stale-version'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await licences.suspend(params.id, body ?? {}, { actor, caller });
      return views.changeReply(result, reached, 200);
    },
  });
}

function reinstate({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/reinstate',
    permission: 'licence.write',
    summary: 'Let people sign in with a licence again',
    input: { params: licenceInPath, body: z.strictObject(based).optional() },
    replies: changed,
    problems: ['not-found', 'stale-version'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await licences.reinstate(params.id, body ?? {}, { actor, caller });
      return views.changeReply(result, reached, 200);
    },
  });
}

function renew({ licences, views }: LicenceRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/renew',
    permission: 'licence.write',
    summary: 'Make a licence last until `validTo`, or for `durationDays` more than it would, or than now',
    input: {
      params: licenceInPath,
      body: z.strictObject({ validTo: isoInstant, durationDays, version: versionNumber }).partial(),
    },
    replies: changed,
    problems: ['not-found', 'stale-version'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await licences.renew(params.id, body, { actor, caller });
      return views.changeReply(result, reached, 200);
    },
  });
}
