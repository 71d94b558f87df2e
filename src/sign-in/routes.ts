import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, isoInstant } from '../kernel/text.js';
import type { ClientReader } from '../sessions/client.js';
import type { SignIn } from './sign-in.js';
import type { SignInEntry, SignInLog } from './sign-in-log.js';
import { seatProblems, seatWish, signedIn, wish } from './sign-in-schemas.js';

const longestPassword = 1024;

const credentials = z.strictObject({
  identifier: z.string().min(1).max(254),
  password: z
    .string()
    .min(1)
    // Code units first, so that a huge text is not taken apart only to be refused.
    .refine(
      (text) => text.length <= 2 * longestPassword && [...text].length <= longestPassword,
      `must have at most ${longestPassword} characters`,
    ),
  ...wish,
});

const ticketAndWish = z.strictObject({ ticket: z.string().min(1).max(100), ...seatWish });

const signInEntry = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  userId: z.string().nullable(),
  licenceId: z.string().nullable(),
  ip: z.string(),
  userAgent: z.string(),
  browser: z.string(),
  os: z.string(),
  outcome: z.string(),
  ref: z.string().nullable(),
});

/** What these routes work with. */
export interface SignInRouteParts {
  readonly signIn: SignIn;
  readonly signIns: SignInLog;
  readonly clients: Pick<ClientReader, 'describe'>;
}

/** The routes of sign-in and of its log. */
export function signInRoutes(parts: SignInRouteParts): Route<RoutePermission>[] {
  return [signIn(parts), takeSeat(parts), listSignIns(parts)];
}

function signIn({ signIn }: SignInRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/login',
    permission: 'public',
    summary: 'Sign in and take a seat',
    input: { body: credentials },
    replies: { 200: signedIn },
    problems: [...seatProblems, 'second-factor-required', 'too-many-attempts', 'licence-choice-required'],
    handle: ({ body, caller }) => signIn.signIn(body, caller),
  });
}

function takeSeat({ signIn }: SignInRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/login/seat',
    permission: 'public',
    summary: 'Take a seat with the ticket of a sign-in that found none; good for one try, within ten minutes',
    input: { body: ticketAndWish },
    replies: { 200: signedIn },
    problems: seatProblems,
    handle: ({ body, caller }) => signIn.takeSeat(body, caller),
  });
}

function listSignIns({ signIns, clients }: SignInRouteParts) {
  return route({
    method: 'GET',
    path: '/admin/api/sign-ins',
    permission: 'sign-in.read',
    summary: 'Who signed in or tried to: when, from where, how it ended',
    input: {
      query: z.strictObject({
        userId: idParameter<UserId>().optional(),
        licenceId: idParameter<LicenceId>().optional(),
        from: isoInstant.optional(),
        to: isoInstant.optional(),
        ...pageQuery,
      }),
    },
    replies: { 200: pageOf(signInEntry) },
    async handle({ query }) {
      const { items, ...rest } = await signIns.list(query, pageRequest(query));
      return {
        status: 200,
        body: { items: items.map((entry) => entryView(entry, clients.describe(entry.userAgent))), ...rest },
      };
    },
  });
}

function entryView({ atMs, address, ...entry }: SignInEntry, { browser, os }: ReturnType<ClientReader['describe']>) {
  return { ...entry, at: isoTime(atMs), ip: address, browser, os };
}
