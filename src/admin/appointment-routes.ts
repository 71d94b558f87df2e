import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, OwnerId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter } from '../kernel/text.js';
import type { AppointmentRepository, Post } from '../licences/appointment-repository.js';
import type { Appointed, AppointmentService } from '../licences/appointment-service.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';

/** What the routes of licence managers work with. */
export interface AppointmentRouteParts {
  readonly appointments: AppointmentService;
  readonly scopes: Pick<AppointmentRepository, 'namesOf'>;
}

/** What managers are appointed for, as paths and permissions call it. */
interface Kind {
  readonly path: 'licences' | 'owners';
  readonly of: string;
  readonly permission: 'licence.read' | 'owner.read';
  post(id: string): Post;
}

const kinds: readonly Kind[] = [
  {
    path: 'licences',
    of: 'a licence',
    permission: 'licence.read',
    post: (id) => ({ type: 'licence', id: id as LicenceId }),
  },
  {
    path: 'owners',
    of: 'an owner, who manage all its licences',
    permission: 'owner.read',
    post: (id) => ({ type: 'owner', id: id as OwnerId }),
  },
];

const one = z.strictObject({ id: idParameter<string>() });
const named = z.array(z.object({ id: z.uuid(), name: z.string() }));
const managerView = z.object({
  userId: z.uuid(),
  email: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  disabled: z.boolean(),
  appointedOn: z.iso.datetime(),
  /** Who appointed them; null when that was nobody with an account. */
  appointedBy: z.uuid().nullable(),
});

/** The routes by which staff appoint and dismiss licence managers, and by which those learn what they manage. */
export function appointmentRoutes(parts: AppointmentRouteParts): Route<RoutePermission>[] {
  const ofKinds = kinds.flatMap((kind) => [list(kind, parts), appoint(kind, parts), dismiss(kind, parts)]);
  return [...ofKinds, scope(parts)];
}

function list(kind: Kind, { appointments }: AppointmentRouteParts) {
  return route({
    method: 'GET',
    path: `/admin/api/${kind.path}/:id/managers`,
    permission: kind.permission,
    summary: `The managers of ${kind.of}, the latest first`,
    input: { params: one, query: z.strictObject(pageQuery) },
    replies: { 200: pageOf(managerView) },
    problems: ['not-found'],
    async handle({ params, query }) {
      const { items, ...rest } = await appointments.list(kind.post(params.id), pageRequest(query));
      return { status: 200, body: { items: items.map(viewOf), ...rest } };
    },
  });
}

function appoint(kind: Kind, { appointments }: AppointmentRouteParts) {
  return route({
    method: 'POST',
    path: `/admin/api/${kind.path}/:id/managers`,
    permission: 'manager.write',
    summary: `Make a user a manager of ${kind.of}`,
    input: { params: one, body: z.strictObject({ userId: idParameter<UserId>() }) },
    replies: { 200: managerView, 201: managerView, 202: pendingOf(managerView) },
    problems: ['not-found'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await appointments.appoint(kind.post(params.id), body.userId, { actor, caller });
      return changeReply(reached, result.added ? 201 : 200, viewOf(result.appointed));
    },
  });
}

function dismiss(kind: Kind, { appointments }: AppointmentRouteParts) {
  return route({
    method: 'DELETE',
    path: `/admin/api/${kind.path}/:id/managers/:userId`,
    permission: 'manager.write',
    summary: `Dismiss a manager of ${kind.of}; holds from their next request on`,
    input: { params: one.extend({ userId: idParameter<UserId>() }) },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      const { reached } = await appointments.dismiss(kind.post(params.id), params.userId, { actor, caller });
      return changeReply(reached, 204);
    },
  });
}

function scope({ scopes }: AppointmentRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/scope',
    permission: 'licence.read',
    managers: { names: () => ({}), narrowed: true },
    summary: 'What the caller may see: everything, or the licences and owners they manage',
    input: {},
    replies: { 200: z.object({ all: z.boolean(), licences: named, owners: named }) },
    async handle({ visible }) {
      const all = visible === 'everything';
      const names = all ? { licences: [], owners: [] } : await scopes.namesOf(visible);
      return { status: 200, body: { all, ...names } };
    },
  });
}

function viewOf({ appointedOn, ...rest }: Appointed): z.output<typeof managerView> {
  return { ...rest, appointedOn: isoTime(appointedOn) };
}
