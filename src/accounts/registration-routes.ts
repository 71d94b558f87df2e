import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress, line } from '../kernel/text.js';
import { linkToken } from './link-token.js';
import { newPassword, presentPassword } from './password-rules.js';
import type { Registration } from './registration.js';

/** The routes by which people make accounts for themselves, and confirm addresses. */
export function registrationRoutes(registration: Registration): Route<RoutePermission>[] {
  return [register(registration), verify(registration), resend(registration)];
}

function register(registration: Registration) {
  return route({
    method: 'POST',
    path: '/auth/register',
    permission: 'public',
    summary: 'Ask for an account: a link is sent to the address, and nothing exists before it is followed',
    input: { body: z.strictObject({ email: emailAddress, password: newPassword, name: line(200).optional() }) },
    replies: { 202: z.strictObject({}) },
    problems: ['registration-closed', 'mail-not-set-up', 'too-many-attempts', 'busy', 'store-unavailable'],
    async handle({ body, caller }) {
      await registration.register(body, caller);
      return { status: 202, body: {} };
    },
  });
}

function verify(registration: Registration) {
  return route({
    method: 'POST',
    path: '/auth/verify-email',
    permission: 'public',
    summary:
      'Confirm an address with the link that was sent to it. An account that waits for that is made with the password chosen for it',
    input: { body: z.strictObject({ token: linkToken, password: presentPassword.optional() }) },
    replies: { 200: z.object({ email: z.string() }) },
    problems: ['invalid-code', 'invalid-credentials', 'already-exists', 'busy', 'store-unavailable'],
    async handle({ body, caller }) {
      return { status: 200, body: { email: await registration.verify(body.token, body.password, caller) } };
    },
  });
}

function resend(registration: Registration) {
  return route({
    method: 'POST',
    path: '/auth/verify-email/resend',
    permission: 'public',
    summary: 'Ask for the link that confirms an address once more',
    input: { body: z.strictObject({ email: emailAddress }) },
    replies: { 202: z.strictObject({}) },
    problems: ['mail-not-set-up', 'too-many-attempts', 'store-unavailable'],
    async handle({ body, caller }) {
      await registration.resend(body.email, caller);
      return { status: 202, body: {} };
    },
  });
}
