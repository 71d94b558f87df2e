import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Route, route } from '../kernel/route.js';
import { line } from '../kernel/text.js';
import type { InvitationService } from './invitation-service.js';
import { newPassword } from './password-rules.js';
import { userView, viewOfUser } from './user-view.js';
import { username } from './username.js';

/** The routes by which somebody accepts an invitation. */
export function acceptanceRoutes(invitations: Pick<InvitationService, 'accept'>): Route<RoutePermission>[] {
  return [accept(invitations)];
}

function accept(invitations: Pick<InvitationService, 'accept'>) {
  return route({
    method: 'POST',
    path: '/auth/invitations/accept',
    permission: 'public',
    summary: 'Make the account and the membership an invitation is for. The link it came with works once',
    input: {
      body: z.strictObject({
        token: z.string().regex(/^[\w-]{43}$/, 'must be the token of an invitation'),
        password: newPassword,
        name: line(200).optional(),
        username: username.optional(),
      }),
    },
    replies: { 201: userView },
    problems: ['invalid-code', 'already-exists', 'busy', 'store-unavailable'],
    async handle({ body, caller }) {
      return { status: 201, body: viewOfUser(await invitations.accept(body, caller)) };
    },
  });
}
