import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { Actor } from '../kernel/actor.js';
import { type Reply, type Route, route } from '../kernel/route.js';
import { emailAddress, line } from '../kernel/text.js';
import { changeReply, pendingReply } from '../platform/pending.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { Rotation } from '../sessions/rotation.js';
import type { IssuedSessionId } from '../sessions/session-id.js';
import type { CredentialChange } from './credential-change.js';
import type { FirstAdmin } from './first-admin.js';
import { newPassword, presentPassword } from './password-rules.js';
import { setUpPagePath } from './set-up-page.js';
import { userView, viewOfUser } from './user-view.js';

/** What the routes of one's own account work with. */
export interface AccountRouteParts {
  readonly credentials: Pick<CredentialChange, 'changeOwn'>;
  readonly firstAdmin: Pick<FirstAdmin, 'setUp'>;
  readonly rotation: Rotation;
}

/** The routes of one's own account, and of the first one. */
export function accountRoutes(parts: AccountRouteParts): Route<RoutePermission>[] {
  return [changePassword(parts), setUp(parts)];
}

function changePassword(parts: AccountRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/password/change',
    permission: 'session',
    summary:
      'Change the own password: this session stays and gets a new secret, every other one ends unless `endOthers` is false',
    input: {
      body: z.strictObject({ currentPassword: presentPassword, newPassword, endOthers: z.boolean().default(true) }),
    },
    replies: { 204: null, 200: z.object({ sessionToken: z.string() }), 202: pendingReply },
    problems: ['invalid-credentials', 'too-many-attempts', 'busy', 'session-ended'],
    async handle({ body, actor, caller }) {
      const { currentPassword: present, newPassword: next, endOthers } = body;
      const changed = await parts.credentials.changeOwn(actor, caller, { present, next, endOthers });
      if (changed.reached === 'pending') return changeReply('pending', 204);
      return rotated(parts, actor);
    },
  });
}

/**
 * Gives the session a new secret (ASVS 7.2.4). The password has been changed whatever happens here: when Redis is away in
 * this moment the session keeps its secret.
 */
async function rotated({ rotation }: AccountRouteParts, { session }: Actor): Promise<Reply> {
  let next: IssuedSessionId;
  try {
    next = await rotation.rotate(session);
  } catch (error) {
    if (error instanceof StoreUnavailable) return { status: 204 };
    throw error;
  }
  if (session.delivery === 'bearer') return { status: 200, body: { sessionToken: next.signed } };
  return { status: 204, ...rotation.cookieOf(session, next) };
}

function setUp({ firstAdmin }: AccountRouteParts) {
  return route({
    method: 'POST',
    path: setUpPagePath,
    permission: 'public',
    summary: 'Make the first staff account, with the one-time link that the first start printed',
    input: {
      body: z.strictObject({
        token: z.string().regex(/^[\w-]{43}$/, 'must be the token of a set-up link'),
        email: emailAddress,
        password: newPassword,
        name: line(200).optional(),
      }),
    },
    replies: { 201: userView },
    problems: ['invalid-code', 'already-exists', 'busy', 'store-unavailable'],
    async handle({ body, caller }) {
      return { status: 201, body: viewOfUser(await firstAdmin.setUp(body, caller)) };
    },
  });
}
