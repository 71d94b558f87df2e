import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { InvitationService } from '../accounts/invitation-service.js';
import type { InvitationRow } from '../accounts/invitation-table.js';
import { type Clock, isoTime } from '../kernel/clock.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress, idParameter, line } from '../kernel/text.js';
import { changeReply, pendingOf } from '../platform/pending.js';
import { countOf, invitedLine } from './invited-lines.js';
import { itsManagers, licenceInPath } from './of-licence.js';

/** What the routes of invitations work with. */
export interface InvitationRouteParts {
  readonly invitations: Pick<InvitationService, 'add' | 'list' | 'revoke'>;
  readonly clock: Clock;
}

const invitationView = z.object({
  id: z.uuid(),
  email: z.string(),
  /** The name the new account gets unless its holder gives another one. */
  name: z.string().nullable(),
  rank: z.number().int().nullable(),
  state: z.enum(['open', 'used', 'expired']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  usedAt: z.iso.datetime().nullable(),
  /** The id of whoever invited; null for the server itself. */
  invitedBy: z.string().nullable(),
});
const invited = z.object({
  invited: z.number().int(),
  added: z.number().int(),
  results: z.array(invitedLine),
});

/** The routes by which staff invite people to a licence who have no account yet. */
export function invitationRoutes(parts: InvitationRouteParts): Route<RoutePermission>[] {
  return [list(parts), make(parts), revoke(parts)];
}

function list({ invitations, clock }: InvitationRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences/:id/invitations',
    permission: 'licence.read',
    managers: itsManagers,
    summary: 'The invitations to a licence, newest first; those that were revoked are gone',
    input: { params: licenceInPath, query: z.strictObject(pageQuery) },
    replies: { 200: pageOf(invitationView) },
    problems: ['not-found'],
    async handle({ params, query }) {
      const { items, ...rest } = await invitations.list(params.id, pageRequest(query));
      const now = clock.nowMs();
      return { status: 200, body: { items: items.map((row) => viewOf(row, now)), ...rest } };
    },
  });
}

function make({ invitations }: InvitationRouteParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/invitations',
    permission: 'member.write',
    managers: itsManagers,
    summary: 'Invite people by mail; who has an account becomes a member at once. A new link replaces an earlier one',
    input: {
      params: licenceInPath,
      body: z.strictObject({ emails: z.array(emailAddress).min(1).max(500), name: line(200).optional() }),
    },
    replies: { 200: invited, 202: pendingOf(invited) },
    problems: ['not-found', 'mail-not-set-up'],
    async handle({ params, body, actor, caller, visible }) {
      const people = body.emails.map((email) => ({ email, name: body.name }));
      const into = { licenceId: params.id, visible };
      const { result, reached } = await invitations.add(into, people, true, { actor, caller });
      const counts = { invited: countOf(result, 'invited'), added: countOf(result, 'added') };
      return changeReply(reached, 200, { ...counts, results: result });
    },
  });
}

function revoke({ invitations }: InvitationRouteParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/licences/:id/invitations/:invitationId',
    permission: 'member.write',
    managers: itsManagers,
    summary: 'Take an invitation back that has not been used: its link is worth nothing any more',
    input: { params: licenceInPath.extend({ invitationId: idParameter<string>() }) },
    replies: { 204: null },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      await invitations.revoke(params.id, params.invitationId, { actor, caller });
      return { status: 204 };
    },
  });
}

function viewOf(row: InvitationRow, nowMs: number): z.output<typeof invitationView> {
  const { id, email, name, rank, createdAt, expiresAt, usedAt, invitedBy } = row;
  const waiting = expiresAt.getTime() > nowMs ? 'open' : 'expired';
  return {
    id,
    email,
    name,
    rank,
    state: usedAt === null ? waiting : 'used',
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    usedAt: isoTime(usedAt),
    invitedBy,
  };
}
