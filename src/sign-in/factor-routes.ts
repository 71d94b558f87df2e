import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { presentPassword } from '../accounts/password-rules.js';
import { factorMethods } from '../factors/second-factors.js';
import type { LicenceId } from '../kernel/ids.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter } from '../kernel/text.js';
import { sessionView } from '../sessions/reply-schemas.js';
import type { PasskeySignIn } from './passkey-sign-in.js';
import type { SecondFactorStep } from './second-factor-step.js';
import { seatProblems, signedIn, wish } from './sign-in-schemas.js';
import type { StepUp } from './step-up.js';

/** What these routes work with. */
export interface FactorRouteParts {
  readonly secondFactors: Pick<SecondFactorStep, 'begin' | 'answer'>;
  readonly passkeys: Pick<PasskeySignIn, 'options' | 'signIn'>;
  readonly stepUp: Pick<StepUp, 'withPassword' | 'withPasskey' | 'withFactor'>;
}

const secret = z.string().regex(/^[\w-]{43}$/, 'must be as it was given');
const method = z.enum(factorMethods);
/** What an authenticator says (WebAuthn, `PublicKeyCredential.toJSON()`); looked at by whoever verifies it. */
const assertion = z.record(z.string().max(100), z.unknown());

const answer = z
  .strictObject({
    challenge: secret,
    method,
    code: z.string().trim().min(1).max(64).optional(),
    response: assertion.optional(),
  })
  .refine((given) => (given.method === 'passkey' ? given.response !== undefined : given.code !== undefined), {
    error: 'must hold a code, or for a passkey the response of the authenticator',
    path: ['code'],
  });

const shownPasskey = { token: secret, response: assertion };

/** The routes of second factors and passkeys at sign-in, and of stepping up. */
export function factorSignInRoutes(parts: FactorRouteParts): Route<RoutePermission>[] {
  return [begin(parts), secondFactor(parts), passkeyOptions(parts), passkey(parts), stepUp(parts)];
}

function begin({ secondFactors }: FactorRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/login/second-factor/begin',
    permission: 'public',
    summary: 'Start a method for a challenge: have a code sent, or get the options of a passkey',
    input: { body: z.strictObject({ challenge: secret, method }) },
    replies: { 200: z.record(z.string(), z.unknown()) },
    problems: ['invalid-code', 'too-many-attempts', 'mail-not-set-up', 'store-unavailable'],
    async handle({ body, caller }) {
      return { status: 200, body: await secondFactors.begin(body.challenge, body.method, caller) };
    },
  });
}

function secondFactor({ secondFactors }: FactorRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/login/second-factor',
    permission: 'public',
    summary: 'Answer the challenge of a sign-in, and take a seat',
    input: { body: answer.safeExtend({ licenceId: idParameter<LicenceId>().optional() }) },
    replies: { 200: signedIn.extend({ recoveryCodesLeft: z.number().int().optional() }) },
    problems: [...seatProblems, 'invalid-code', 'too-many-attempts', 'licence-choice-required'],
    handle: ({ body, caller }) => secondFactors.answer(body, caller),
  });
}

function passkeyOptions({ passkeys }: FactorRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/login/passkey/options',
    permission: 'public',
    summary: 'Begin a sign-in with a passkey alone: options for the browser, and a token to come back with',
    input: { body: z.strictObject({}).optional() },
    replies: { 200: z.object({ token: z.string(), options: z.record(z.string(), z.unknown()) }) },
    problems: ['too-many-attempts', 'store-unavailable'],
    async handle({ caller }) {
      return { status: 200, body: await passkeys.options(caller) };
    },
  });
}

function passkey({ passkeys }: FactorRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/login/passkey',
    permission: 'public',
    summary: 'Sign in with a passkey alone, and take a seat',
    input: { body: z.strictObject({ ...shownPasskey, ...wish }) },
    replies: { 200: signedIn },
    problems: [...seatProblems, 'too-many-attempts', 'licence-choice-required'],
    handle: ({ body, caller }) => passkeys.signIn(body, caller),
  });
}

function stepUp({ stepUp }: FactorRouteParts) {
  const byPassword = z.strictObject({ password: presentPassword });
  const byPasskey = z.strictObject(shownPasskey);
  return route({
    method: 'POST',
    path: '/auth/step-up',
    permission: 'session',
    summary:
      'Be authenticated again: with the password and what it asks for then, or with a passkey. The session stays',
    input: { body: z.union([byPassword, byPasskey, answer]) },
    replies: { 200: sessionView.extend({ sessionToken: z.string().optional() }) },
    problems: ['invalid-credentials', 'invalid-code', 'second-factor-required', 'too-many-attempts', 'busy'],
    handle: ({ body, actor, caller }) => {
      if ('password' in body) return stepUp.withPassword(actor, caller, body.password);
      if ('token' in body) return stepUp.withPasskey(actor, body);
      return stepUp.withFactor(actor, caller, body);
    },
  });
}
