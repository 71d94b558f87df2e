import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress, idParameter } from '../kernel/text.js';
import type { LicenceService } from '../licences/licence-service.js';
import type { Member, MemberService } from '../licences/member-service.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';
import { staffSession } from '../sessions/reply-schemas.js';
import { licenceTag } from '../sessions/session-id.js';
import type { SessionService } from '../sessions/session-service.js';
import type { SessionStore } from '../sessions/store.js';
import { shown } from './session-routes.js';

/** What the routes of members and seats work with. */
export interface MemberRouteParts {
  readonly members: MemberService;
  readonly licences: Pick<LicenceService, 'get'>;
  readonly sessions: Pick<SessionService, 'list'>;
  readonly store: Pick<SessionStore, 'seats'>;
}

const one = z.strictObject({ id: idParameter<LicenceId>() });
const memberView = z.object({
  userId: z.uuid(),
  email: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  disabled: z.boolean(),
  addedOn: z.iso.datetime(),
});
const addedLines = z.object({
  added: z.number().int(),
  results: z.array(
    z.object({
      email: z.string(),
      result: z.enum(['added', 'already-member', 'no-such-user']),
      userId: z.uuid().nullable(),
    }),
  ),
});

/** The routes by which staff see and change who may sit in a licence, and see who does. */
export function memberRoutes(parts: MemberRouteParts): Route<RoutePermission>[] {
  return [list(parts), add(parts), remove(parts), seats(parts)];
}

function list({ members }: MemberRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences/:id/members',
    permission: 'licence.read',
    managers: { names: ({ params }) => ({ licence: params.id }) },
    summary: 'The members of a licence, newest first',
    input: { params: one, query: z.strictObject(pageQuery) },
    replies: { 200: pageOf(memberView) },
    problems: ['not-found'],
    async handle({ params, query }) {
      const { items, ...rest } = await members.list(params.id, pageRequest(query));
      return { status: 200, body: { items: items.map(viewOf), ...rest } };
    },
  });
}

function add({ members }: MemberRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/members',
    permission: 'member.write',
    // Managers add by id whom they see already; by address, whoever has told them theirs.
    managers: { names: ({ params, body }) => ({ licence: params.id, member: body.userId }) },
    summary: 'Make one user a member, or those with these addresses; says what became of each',
    input: {
      params: one,
      body: z.strictObject({ userId: idParameter<UserId>(), emails: z.array(emailAddress).min(1).max(500) }).partial(),
    },
    replies: {
      200: z.union([memberView, addedLines]),
      201: memberView,
      202: z.union([pendingOf(memberView), pendingOf(addedLines)]),
    },
    problems: ['not-found'],
    async handle({ params, body, actor, caller }) {
      const { userId, emails } = body;
      if ((userId === undefined) === (emails === undefined)) throw invalid('', 'give either userId or emails');
      if (userId !== undefined) {
        const { result, reached } = await members.add(params.id, userId, { actor, caller });
        return changeReply(reached, result.added ? 201 : 200, viewOf(result.member));
      }
      const { result, reached } = await members.addByEmail(params.id, emails ?? [], { actor, caller });
      const added = result.filter((line) => line.result === 'added').length;
      return changeReply(reached, 200, { added, results: result });
    },
  });
}

function remove({ members }: MemberRouteParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/licences/:id/members/:userId',
    permission: 'member.write',
    managers: { names: ({ params }) => ({ licence: params.id }) },
    summary: 'End a membership, and the sessions of the member in the licence',
    input: { params: z.strictObject({ id: idParameter<LicenceId>(), userId: idParameter<UserId>() }) },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await members.remove(params.id, params.userId, { actor, caller })).reached, 204);
    },
  });
}

function seats({ licences, sessions, store }: MemberRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences/:id/seats',
    permission: 'licence.read',
    managers: { names: ({ params }) => ({ licence: params.id }) },
    summary: 'Who sits in a licence, newest first, and how many seats are left',
    input: { params: one, query: z.strictObject(pageQuery) },
    replies: {
      200: pageOf(staffSession).extend({
        limit: z.number().int(),
        used: z.number().int(),
        free: z.number().int(),
      }),
    },
    problems: ['not-found'],
    async handle({ params, query, visible }) {
      const licence = await licences.get(params.id);
      const { used } = await store.seats(licenceTag(licence.id));
      const { items, ...rest } = await sessions.list({ visible, licenceId: licence.id }, pageRequest(query));
      const free = Math.max(0, licence.seats - used);
      return { status: 200, body: { limit: licence.seats, used, free, items: items.map(shown), ...rest } };
    },
  });
}

function viewOf({ addedOn, ...rest }: Member): z.output<typeof memberView> {
  return { ...rest, addedOn: isoTime(addedOn.getTime()) };
}
