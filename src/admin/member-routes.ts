import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { appRoleName, mostRoles } from '../access/role-forms.js';
import type { InvitationService, InvitedLine } from '../accounts/invitation-service.js';
import type { By } from '../audit/audit-log.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { type Reply, type Route, route } from '../kernel/route.js';
import { emailAddress, idParameter } from '../kernel/text.js';
import type { Visibility } from '../kernel/visibility.js';
import { longestList, memberRank, readMemberList } from '../licences/member-list.js';
import type { MemberRoles } from '../licences/member-roles.js';
import type { Member, MemberService } from '../licences/member-service.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';

/** What the routes of members work with. */
export interface MemberRouteParts {
  readonly members: MemberService;
  readonly memberRoles: Pick<MemberRoles, 'of' | 'set'>;
  readonly invitations: Pick<InvitationService, 'add'>;
}

const one = z.strictObject({ id: idParameter<LicenceId>() });
const membership = z.strictObject({ id: idParameter<LicenceId>(), userId: idParameter<UserId>() });
const memberView = z.object({
  userId: z.uuid(),
  email: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  disabled: z.boolean(),
  addedOn: z.iso.datetime(),
  /** When this licence is tried for the member who names none, the smallest first; null: it is not. */
  rank: z.number().int().nullable(),
  /** The roles of applications the member has in this licence. */
  roles: z.array(z.string()),
});
const outcome = z.enum(['added', 'already-member', 'no-such-user', 'cannot-be-added', 'invited', 'invited-lately']);
const addedLines = z.object({
  added: z.number().int(),
  results: z.array(
    z.object({
      email: z.string(),
      result: outcome,
      userId: z.uuid().nullable(),
    }),
  ),
});
const addedList = z.object({
  added: z.number().int(),
  invited: z.number().int(),
  refused: z.number().int(),
  results: z.array(
    z.object({
      line: z.number().int(),
      email: z.string(),
      result: z.enum([...outcome.options, 'refused']),
      userId: z.uuid().nullable(),
      /** Why a line was refused. */
      reason: z.string().optional(),
    }),
  ),
});
const newMembers = z
  .strictObject({
    userId: idParameter<UserId>(),
    emails: z.array(emailAddress).min(1).max(500),
    csv: z.string().min(1).max(longestList.characters),
    /** Whether those without an account are invited by mail. */
    invite: z.boolean(),
  })
  .partial();

const memberPatch = z
  .strictObject({ rank: memberRank.nullable(), roles: z.array(appRoleName).max(mostRoles) })
  .partial();

/** The routes by which staff see and change who may sit in a licence. */
export function memberRoutes(parts: MemberRouteParts): Route<RoutePermission>[] {
  return [list(parts), add(parts), change(parts), remove(parts)];
}

function list({ members, memberRoles }: MemberRouteParts) {
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
      return { status: 200, body: { items: await viewsOf(params.id, items, memberRoles), ...rest } };
    },
  });
}

function add({ members, memberRoles, invitations }: MemberRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/members',
    permission: 'member.write',
    // By id managers add whom they see already; by address, whoever has told them theirs.
    managers: { names: ({ params, body }) => ({ licence: params.id, member: body.userId }) },
    summary: 'Make one user a member, or those with these addresses, or those in a CSV text; says what became of each',
    input: { params: one, body: newMembers },
    // JSON writes the end of a line as two characters, and some letters take several bytes.
    longestBody: 2 * longestList.characters,
    replies: {
      200: z.union([memberView, addedLines, addedList]),
      201: memberView,
      202: z.union([pendingOf(memberView), pendingOf(addedLines), pendingOf(addedList)]),
    },
    problems: ['not-found', 'mail-not-set-up'],
    async handle({ params, body, actor, caller, visible }) {
      const { userId, emails, csv, invite = false } = body;
      if ([userId, emails, csv].filter((given) => given !== undefined).length !== 1) {
        throw invalid('', 'give one of userId, emails and csv');
      }
      const by = { actor, caller };
      if (userId !== undefined) {
        if (body.invite !== undefined) throw invalid('/invite', 'goes with emails or csv');
        const { result, reached } = await members.add(params.id, userId, by, visible);
        const [view] = await viewsOf(params.id, [result.member], memberRoles);
        return changeReply(reached, result.added ? 201 : 200, view);
      }
      const into = { licenceId: params.id, visible };
      if (csv !== undefined) return addList({ into, csv, invite, by }, invitations);
      const people = (emails ?? []).map((email) => ({ email }));
      const { result, reached } = await invitations.add(into, people, invite, by);
      return changeReply(reached, 200, { added: countOf(result, 'added'), results: result });
    },
  });
}

async function addList(
  asked: { into: { licenceId: LicenceId; visible: Visibility }; csv: string; invite: boolean; by: By },
  invitations: Pick<InvitationService, 'add'>,
): Promise<Reply> {
  const lines = await readMemberList(asked.csv);
  const good = lines.filter((line) => !('reason' in line));
  const { result, reached } = await invitations.add(asked.into, good, asked.invite, asked.by);
  const told = result.values();
  const results = lines.map((line) => {
    if ('reason' in line) return { ...line, result: 'refused' as const, userId: null };
    const { email, result, userId } = told.next().value as InvitedLine;
    return { line: line.line, email, result, userId };
  });
  return changeReply(reached, 200, {
    added: countOf(results, 'added'),
    invited: countOf(results, 'invited'),
    refused: countOf(results, 'refused'),
    results,
  });
}

function change({ members, memberRoles }: MemberRouteParts) {
  return route({
    method: 'PATCH',
    path: '/admin/api/licences/:id/members/:userId',
    permission: 'member.write',
    managers: { names: ({ params }) => ({ licence: params.id }) },
    summary:
      'Give a member exactly these roles in the licence, or the licence its place in the order of use of the member',
    input: { params: membership, body: memberPatch },
    replies: { 200: memberView, 202: pendingOf(memberView) },
    problems: ['not-found'],
    async handle({ params, body, actor, caller, visible }) {
      const { rank, roles } = body;
      if ((rank === undefined) === (roles === undefined)) throw invalid('', 'give one of rank and roles');
      const which = { licenceId: params.id, userId: params.userId };
      const by = { actor, caller };
      if (rank !== undefined) await members.setRank(which, rank, by, visible);
      const reached = roles === undefined ? 'applied' : (await memberRoles.set(which, roles, by, visible)).reached;
      const [view] = await viewsOf(params.id, [await members.get(params.id, params.userId)], memberRoles);
      return changeReply(reached, 200, view);
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
    input: { params: membership },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await members.remove(params.id, params.userId, { actor, caller })).reached, 204);
    },
  });
}

async function viewsOf(
  licenceId: LicenceId,
  members: readonly Member[],
  memberRoles: Pick<MemberRoles, 'of'>,
): Promise<z.output<typeof memberView>[]> {
  const users = members.map(({ userId }) => userId);
  const rolesOf = await memberRoles.of(licenceId, users);
  return members.map(({ addedOn, ...rest }) => ({
    ...rest,
    addedOn: isoTime(addedOn.getTime()),
    roles: rolesOf(rest.userId),
  }));
}

function countOf(results: readonly { readonly result: string }[], wanted: string): number {
  return results.filter(({ result }) => result === wanted).length;
}
