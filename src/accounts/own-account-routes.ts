import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress, line } from '../kernel/text.js';
import { versionNumber } from '../kernel/version.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';
import { linkToken } from './link-token.js';
import type { OwnAccount, OwnAccountView } from './own-account.js';
import { presentPassword } from './password-rules.js';
import { username } from './username.js';

const view = z.object({
  id: z.uuid(),
  email: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  verified: z.boolean(),
  roles: z.array(z.string()),
  hasPassword: z.boolean(),
  createdOn: z.iso.datetime(),
  lastLicenceUpdate: z.iso.datetime().nullable(),
  pendingEmail: z.string().nullable(),
  deletesAt: z.iso.datetime().nullable(),
  version: z.number().int(),
});
const confirmed = z.object({ changed: z.boolean(), waitingFor: z.enum(['old', 'new']).nullable() });

/** The routes of one's own account. */
export function ownAccountRoutes(own: OwnAccount): Route<RoutePermission>[] {
  return [show(own), change(own), signOutEverywhere(own), leave(own), changeEmail(own), confirmEmail(own), keep(own)];
}

function viewOf({ user, pendingEmail }: OwnAccountView) {
  const { id, email, username, name, verified, roles, hasPassword, version } = user;
  return {
    ...{ id, email, username, name, verified, roles, hasPassword },
    createdOn: isoTime(user.createdOn),
    lastLicenceUpdate: isoTime(user.lastLicenceUpdate),
    pendingEmail,
    deletesAt: isoTime(user.deletesAt),
    version,
  };
}

function show(own: OwnAccount) {
  return route({
    method: 'GET',
    path: '/auth/account',
    permission: 'session',
    summary: 'The own account',
    input: {},
    replies: { 200: view },
    problems: ['not-found'],
    async handle({ actor }) {
      return { status: 200, body: viewOf(await own.get(actor)) };
    },
  });
}

function change(own: OwnAccount) {
  return route({
    method: 'PATCH',
    path: '/auth/account',
    permission: 'session',
    summary: 'Change the own name or user name: the sessions learn of it. A user name wants a fresh sign-in',
    input: {
      body: z
        .strictObject({ name: line(200).nullable(), username: username.nullable(), version: versionNumber })
        .partial(),
    },
    replies: { 200: view, 202: pendingOf(view) },
    problems: ['not-found', 'already-exists', 'stale-version', 'step-up-required'],
    async handle({ body, actor, caller }) {
      const { result, reached } = await own.patch(actor, caller, body);
      return changeReply(reached, 200, viewOf(result));
    },
  });
}

function signOutEverywhere(own: OwnAccount) {
  return route({
    method: 'POST',
    path: '/auth/account/sign-out-everywhere',
    permission: 'session',
    summary: 'End every own session, this one too, and forget every remembered browser',
    input: {},
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ actor, caller }) {
      const { reached } = await own.signOutEverywhere(actor, caller);
      return { ...changeReply(reached, 204), session: 'drop' };
    },
  });
}

function leave(own: OwnAccount) {
  return route({
    method: 'DELETE',
    path: '/auth/account',
    permission: 'session',
    summary: 'Give the own account up: its sessions end, and it is removed after a time in which it can be taken back',
    input: { body: z.strictObject({ password: presentPassword.optional() }) },
    replies: { 204: null, 202: pendingReply },
    problems: ['invalid-credentials', 'too-many-attempts', 'step-up-required', 'not-found', 'busy'],
    async handle({ body, actor, caller }) {
      const { reached } = await own.leave(actor, caller, body.password);
      return { ...changeReply(reached, 204), session: 'drop' };
    },
  });
}

function changeEmail(own: OwnAccount) {
  return route({
    method: 'POST',
    path: '/auth/account/email',
    permission: 'session',
    stepUp: { maxAgeSeconds: 900 },
    summary: 'Ask for another address: links are sent to it and to the present one, and both have to be followed',
    input: { body: z.strictObject({ email: emailAddress, password: presentPassword.optional() }) },
    replies: { 202: z.strictObject({}) },
    problems: ['invalid-credentials', 'too-many-attempts', 'mail-not-set-up', 'not-found', 'busy'],
    async handle({ body, actor, caller }) {
      await own.changeEmail(actor, caller, body.email, body.password);
      return { status: 202, body: {} };
    },
  });
}

function confirmEmail(own: OwnAccount) {
  return route({
    method: 'POST',
    path: '/auth/account/email/confirm',
    permission: 'public',
    summary: 'Confirm a change of address with the link that was sent to one side; the second one makes the change',
    input: { body: z.strictObject({ token: linkToken }) },
    replies: { 200: confirmed, 202: pendingOf(confirmed) },
    problems: ['invalid-code', 'already-exists', 'store-unavailable'],
    async handle({ body, caller }) {
      const { result, reached } = await own.confirmEmail(body.token, caller);
      return changeReply(reached, 200, result);
    },
  });
}

function keep(own: OwnAccount) {
  return route({
    method: 'POST',
    path: '/auth/account/keep',
    permission: 'public',
    summary: 'Keep an account that was given up, with the link that was sent then',
    input: { body: z.strictObject({ token: linkToken }) },
    replies: { 204: null },
    problems: ['invalid-code', 'store-unavailable'],
    async handle({ body, caller }) {
      await own.keep(body.token, caller);
      return { status: 204 };
    },
  });
}
