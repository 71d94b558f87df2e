import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { appRoleName, mostRoles } from '../access/role-forms.js';
import type { InvitationService, InvitedLine, Invitee } from '../accounts/invitation-service.js';
import type { Changed } from '../audit/changes.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { type Reply, type Route, route } from '../kernel/route.js';
import { emailAddress, idParameter, searchText } from '../kernel/text.js';
import { longestList, memberRank, readMemberList } from '../licences/member-list.js';
import type { MemberRoles } from '../licences/member-roles.js';
import type { Member, MemberService } from '../licences/member-service.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';
import type { MemberUse } from '../usage/member-figures.js';
import { countOf, invitedLine, outcomes } from './invited-lines.js';
import { itsManagers, licenceInPath } from './of-licence.js';

/** What the routes of members work with. */
export interface MemberRouteParts {
  readonly members: MemberService;
  readonly memberRoles: Pick<MemberRoles, 'of' | 'set'>;
  readonly invitations: Pick<InvitationService, 'add' | 'foresee'>;
  readonly memberUse: Pick<MemberUse, 'of'>;
}

const membership = licenceInPath.extend({ userId: idParameter<UserId>() });
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
const listedMember = memberView.extend({
  /** Sessions in this licence at this moment; null while they cannot be counted. */
  liveSessions: z.number().int().nullable(),
  /** Into this licence, as far as that is kept. */
  lastSignInAt: z.iso.datetime().nullable(),
});
const addedLines = z.object({ added: z.number().int(), results: z.array(invitedLine) });
const addedList = z.object({
  added: z.number().int(),
  invited: z.number().int(),
  refused: z.number().int(),
  results: z.array(
    invitedLine.extend({
      line: z.number().int(),
      result: z.enum([...outcomes, 'refused']),
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
    /** Only tells what would become of each. */
    dryRun: z.boolean(),
  })
  .partial();

const memberPatch = z
  .strictObject({ rank: memberRank.nullable(), roles: z.array(appRoleName).max(mostRoles) })
  .partial();

/** The routes by which staff see and change who may sit in a licence. */
export function memberRoutes(parts: MemberRouteParts): Route<RoutePermission>[] {
  return [list(parts), add(parts), change(parts), remove(parts)];
}

function list({ members, memberRoles, memberUse }: MemberRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences/:id/members',
    permission: 'licence.read',
    managers: itsManagers,
    summary: 'The members of a licence, newest first, and what they do in it',
    input: { params: licenceInPath, query: z.strictObject({ ...pageQuery, q: searchText.optional() }) },
    replies: { 200: pageOf(listedMember) },
    problems: ['not-found'],
    async handle({ params, query }) {
      const { items, ...rest } = await members.list(params.id, pageRequest(query), query.q);
      const [views, useOf] = await Promise.all([
        viewsOf(params.id, items, memberRoles),
        memberUse.of(
          params.id,
          items.map(({ userId }) => userId),
        ),
      ]);
      const shown = views.map((view) => {
        const { liveSessions, lastSignInAt } = useOf(view.userId);
        return { ...view, liveSessions, lastSignInAt: isoTime(lastSignInAt) };
      });
      return { status: 200, body: { items: shown, ...rest } };
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
    input: { params: licenceInPath, body: newMembers },
    // JSON writes the end of a line as two characters, and some letters take several bytes.
    longestBody: 2 * longestList.characters,
    replies: {
      200: z.union([memberView, addedLines, addedList]),
      201: memberView,
      202: z.union([pendingOf(memberView), pendingOf(addedLines), pendingOf(addedList)]),
    },
    problems: ['not-found', 'mail-not-set-up'],
    async handle({ params, body, actor, caller, visible }) {
      const { userId, emails, csv, invite = false, dryRun = false } = body;
      if ([userId, emails, csv].filter((given) => given !== undefined).length !== 1) {
        throw invalid('', 'give one of userId, emails and csv');
      }
      const by = { actor, caller };
      if (userId !== undefined) {
        if (body.invite !== undefined) throw invalid('/invite', 'goes with emails or csv');
        if (body.dryRun !== undefined) throw invalid('/dryRun', 'goes with emails or csv');
        const { result, reached } = await members.add(params.id, userId, by, visible);
        const [view] = await viewsOf(params.id, [result.member], memberRoles);
        return changeReply(reached, result.added ? 201 : 200, view);
      }
      const into = { licenceId: params.id, visible };
      const bring: Bring = async (people) =>
        dryRun
          ? { result: await invitations.foresee(into, people, invite), reached: 'applied' }
          : invitations.add(into, people, invite, by);
      if (csv !== undefined) return addList(csv, bring);
      const { result, reached } = await bring((emails ?? []).map((email) => ({ email })));
      return changeReply(reached, 200, { added: countOf(result, 'added'), results: result });
    },
  });
}

/** Makes people members, or tells what would become of them. */
type Bring = (people: readonly Invitee[]) => Promise<Changed<InvitedLine[]>>;

async function addList(csv: string, bring: Bring): Promise<Reply> {
  const lines = await readMemberList(csv);
  const { result, reached } = await bring(lines.filter((line) => !('reason' in line)));
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
    managers: itsManagers,
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
      const reached = roles === undefined ? 'applied' : (await memberRoles.set(which, roles, by, visible)).reached;
      const member =
        rank === undefined
          ? await members.get(params.id, params.userId)
          : await members.setRank(which, rank, by, visible);
      const [view] = await viewsOf(params.id, [member], memberRoles);
      return changeReply(reached, 200, view);
    },
  });
}

function remove({ members }: MemberRouteParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/licences/:id/members/:userId',
    permission: 'member.write',
    managers: itsManagers,
    summary: 'End a membership, and the sessions of the member in the licence',
    input: { params: membership },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await members.remove(params.id, params.userId, { actor, caller })).reached, 204);
    },
  });
}

async function viewsOf(licenceId: LicenceId, members: readonly Member[], memberRoles: Pick<MemberRoles, 'of'>) {
  const users = members.map(({ userId }) => userId);
  const rolesOf = await memberRoles.of(licenceId, users);
  return members.map(({ addedOn, ...rest }) => ({
    ...rest,
    addedOn: isoTime(addedOn),
    roles: rolesOf(rest.userId),
  }));
}
