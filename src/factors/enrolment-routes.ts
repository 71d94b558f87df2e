import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, line } from '../kernel/text.js';
import { changeReply, pendingOf } from '../platform/pending.js';
import type { Enrolment } from './enrolment.js';
import { factorView, viewOfFactor } from './factor-view.js';
import { registrationResponse } from './passkey-forms.js';

/** How fresh a sign-in must be to change factors (ASVS 7.5.1). */
export const freshForFactors = { maxAgeSeconds: 900 };

/** What a person calls a factor. */
export const factorName = line(60);

const one = z.strictObject({ id: idParameter<string>() });
const code = z
  .string()
  .trim()
  .regex(/^\d{6}$/, 'must be the six digits the app shows');
const made = { 201: factorView, 202: pendingOf(factorView) };
const recoveryCodes = z.object({ codes: z.array(z.string()) });

/** The routes by which people enrol factors. */
export function enrolmentRoutes(enrolment: Enrolment): Route<RoutePermission>[] {
  return [
    startTotp(enrolment),
    confirmTotp(enrolment),
    turnOnEmail(enrolment),
    startPasskey(enrolment),
    addPasskey(enrolment),
    makeRecoveryCodes(enrolment),
  ];
}

function startTotp(enrolment: Enrolment) {
  return route({
    method: 'POST',
    path: '/auth/factors/totp',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Begin with an authenticator app: its secret, also as a QR code. It counts once a code was shown',
    input: { body: z.strictObject({ name: factorName.optional() }) },
    replies: {
      201: z.object({
        id: z.uuid(),
        secret: z.string(),
        uri: z.string(),
        qr: z.string(),
        expiresAt: z.iso.datetime(),
      }),
    },
    async handle({ body, actor, caller }) {
      const started = await enrolment.startTotp(actor, caller, body.name ?? 'Authenticator app');
      return { status: 201, body: { ...started, expiresAt: isoTime(started.expiresAt) } };
    },
  });
}

function confirmTotp(enrolment: Enrolment) {
  return route({
    method: 'POST',
    path: '/auth/factors/totp/:id/confirm',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Show that the app works, with a code of it: from now on sign-in asks for one',
    input: { params: one, body: z.strictObject({ code }) },
    replies: { 200: factorView, 202: pendingOf(factorView) },
    problems: ['invalid-code', 'not-found'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await enrolment.confirmTotp(actor, caller, params.id, body.code);
      return changeReply(reached, 200, viewOfFactor(result));
    },
  });
}

function turnOnEmail(enrolment: Enrolment) {
  return route({
    method: 'POST',
    path: '/auth/factors/email',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Have codes sent to the own address at sign-in. Does nothing when they are already',
    input: {},
    replies: made,
    problems: ['mail-not-set-up', 'address-not-verified'],
    async handle({ actor, caller }) {
      const { result, reached } = await enrolment.turnOnEmail(actor, caller);
      return changeReply(reached, 201, viewOfFactor(result));
    },
  });
}

function startPasskey(enrolment: Enrolment) {
  return route({
    method: 'POST',
    path: '/auth/factors/passkeys/options',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Begin with a passkey: `options` are for the browser, `token` goes with its answer within five minutes',
    input: {},
    replies: { 200: z.object({ token: z.string(), options: z.record(z.string(), z.unknown()) }) },
    async handle({ actor }) {
      return { status: 200, body: await enrolment.startPasskey(actor) };
    },
  });
}

function addPasskey(enrolment: Enrolment) {
  return route({
    method: 'POST',
    path: '/auth/factors/passkeys',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Add the passkey the browser has made',
    input: {
      body: z.strictObject({
        token: z.string().regex(/^[\w-]{43}$/, 'must be the token that came with the options'),
        name: factorName.optional(),
        response: registrationResponse,
      }),
    },
    replies: made,
    problems: ['invalid-code', 'already-exists'],
    async handle({ body, actor, caller }) {
      const given = { ...body, name: body.name ?? 'Passkey' };
      const { result, reached } = await enrolment.addPasskey(actor, caller, given);
      return changeReply(reached, 201, viewOfFactor(result));
    },
  });
}

function makeRecoveryCodes(enrolment: Enrolment) {
  return route({
    method: 'POST',
    path: '/auth/factors/recovery-codes',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Ten new recovery codes in the place of the former. They are shown this once',
    input: {},
    replies: { 201: recoveryCodes, 202: pendingOf(recoveryCodes) },
    async handle({ actor, caller }) {
      const { result, reached } = await enrolment.makeRecoveryCodes(actor, caller);
      return changeReply(reached, 201, result);
    },
  });
}
