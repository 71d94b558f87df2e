import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress } from '../kernel/text.js';
import { changeReply, pendingReply } from '../platform/pending.js';
import { linkToken } from './link-token.js';
import { newPassword } from './password-rules.js';
import type { Recovery } from './recovery.js';

/** The routes of the way back to an account. */
export function recoveryRoutes(recovery: Recovery): Route<RoutePermission>[] {
  return [forgot(recovery), reset(recovery), notMe(recovery)];
}

function forgot(recovery: Recovery) {
  return route({
    method: 'POST',
    path: '/auth/password/forgot',
    permission: 'public',
    summary: 'Ask for a link to a new password. The answer is alike whether or not the address has an account',
    input: { body: z.strictObject({ email: emailAddress }) },
    replies: { 202: z.strictObject({}) },
    problems: ['mail-not-set-up', 'too-many-attempts', 'store-unavailable'],
    async handle({ body, caller }) {
      await recovery.forgot(body.email, caller);
      return { status: 202, body: {} };
    },
  });
}

function reset(recovery: Recovery) {
  return route({
    method: 'POST',
    path: '/auth/password/reset',
    permission: 'public',
    summary: 'Choose a new password with the link that was sent: every session ends, and nobody is signed in by it',
    input: { body: z.strictObject({ token: linkToken, password: newPassword }) },
    replies: { 204: null, 202: pendingReply },
    problems: ['invalid-code', 'busy', 'store-unavailable'],
    async handle({ body, caller }) {
      return changeReply((await recovery.reset(body.token, body.password, caller)).reached, 204);
    },
  });
}

function notMe(recovery: Recovery) {
  return route({
    method: 'POST',
    path: '/auth/not-me',
    permission: 'public',
    summary:
      'Say that a change was made by somebody else: every session ends, no password is right until a new one is set',
    input: { body: z.strictObject({ token: linkToken }) },
    replies: { 204: null, 202: pendingReply },
    problems: ['invalid-code', 'store-unavailable'],
    async handle({ body, caller }) {
      return changeReply((await recovery.notMe(body.token, caller)).reached, 204);
    },
  });
}
