/** One entry of the catalogue of refusals and failures (RFC 9457). */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What happened, for the person who reads `/problems/<slug>`. */
  readonly what: string;
  /** How to mend it. */
  readonly mend: string;
}

/** Every problem this server can answer with. Slugs and statuses are part of the contract with clients. */
export const problems = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    what: 'A field, query parameter or header is missing, unknown or has a value that is not allowed.',
    mend: 'Each entry of `errors` names a place (`pointer`) and the rule it breaks. Mend them all and send again.',
  },
  'not-signed-in': {
    status: 401,
    title: 'Not signed in',
    what: 'The request carries no session, or one this server does not know.',
    mend: 'Sign in with `POST /auth/login` and send the cookie or the bearer token it gives.',
  },
  'session-ended': {
    status: 401,
    title: 'The session has ended',
    what: 'The session was real and has ended. `reason` says how; `message` carries what staff wrote, if anything.',
    mend: 'Sign in again.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'The name or the password is wrong',
    what: 'No account matches this name and password. The answer is the same whether or not the account exists.',
    mend: 'Check both and try again.',
  },
  'invalid-code': {
    status: 401,
    title: 'The code is wrong or has been used',
    what: 'The one-time code does not match, has expired or has been used before.',
    mend: 'Ask for a new code.',
  },
  'second-factor-required': {
    status: 401,
    title: 'A second factor is required',
    what: 'The password is right and the account asks for a second factor.',
    mend: 'Answer the `challenge` with one of `methods` before `expiresAt`.',
  },
  'step-up-required': {
    status: 401,
    title: 'A fresh sign-in is required',
    what: 'This action asks for a sign-in that is at most `maxAgeSeconds` old, and of the level `aal` where that is given.',
    mend: 'Send `POST /auth/step-up` with one of `methods`, and repeat the action. The session stays the same.',
  },
  'invalid-client': {
    status: 401,
    title: 'The application is not known or its secret is wrong',
    what: 'Only applications named in the settings may ask about tokens, each with its secret.',
    mend: 'Send the name and the secret of `TOKEN_AUDIENCES` by HTTP Basic, or as `client_id` and `client_secret`.',
  },
  'different-client': {
    status: 403,
    title: 'The session belongs to another client',
    what: 'The session id was presented by a client other than the one that signed in. The session has been ended.',
    mend: 'Sign in again. If it was not you, change your password.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    what: 'The signed-in person lacks the permission named in `permission`; where a reverse proxy asks, one of the roles in `role`, or a seat in one of the licences in `licence`.',
    mend: 'Ask somebody who may grant it.',
  },
  'registration-closed': {
    status: 403,
    title: 'No accounts are made here',
    what: 'People do not make accounts for themselves on this server.',
    mend: 'Ask the people who run this service, or whoever manages your licence, for an account.',
  },
  'cross-site-request': {
    status: 403,
    title: 'The request comes from another site',
    what: 'A request that changes something came from another origin, or without a valid `X-CSRF-Token`.',
    mend: 'Send it from the same origin, with the `csrfToken` that sign-in and `GET /auth/session` return.',
  },
  'licence-suspended': {
    status: 403,
    title: 'The licence is suspended',
    what: 'The licence has been suspended; nobody may sign in with it.',
    mend: 'Ask the owner of the licence.',
  },
  'licence-expired': {
    status: 403,
    title: 'The licence has expired',
    what: 'The end of the licence lies in the past.',
    mend: 'Ask the owner of the licence to renew it.',
  },
  'licence-not-started': {
    status: 403,
    title: 'The licence has not started',
    what: 'The beginning of the licence lies in the future.',
    mend: 'Wait until then, or ask the owner of the licence.',
  },
  'no-licence': {
    status: 403,
    title: 'No licence to sit in',
    what: 'The account is a member of no licence, or not of the one that was named.',
    mend: 'Ask the owner of a licence to add the account to it.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    what: 'There is nothing here, or nothing that the caller may see.',
    mend: 'Check the address.',
  },
  'no-seat-free': {
    status: 409,
    title: 'No seat is free',
    what: 'All `limit` seats of the licence are taken (`reason` `FULL`), or you have as many sessions there as one person may have (`USER_MAX`). `nextFreeAt` is when the next seat falls free if nobody signs out.',
    mend: 'Wait and try again with `ticket`, which spares the password for ten minutes, or do one of `options`: `end-own` ends one of `ownSessions`.',
  },
  'licence-choice-required': {
    status: 409,
    title: 'Which licence?',
    what: 'The account is a member of several licences and the request names none.',
    mend: 'Send one of `licences` as `licenceId`.',
  },
  'already-exists': {
    status: 409,
    title: 'Exists already',
    what: 'The value at `pointer` is taken.',
    mend: 'Choose another one.',
  },
  'stale-version': {
    status: 409,
    title: 'Changed by somebody else',
    what: 'The record has changed since it was read.',
    mend: 'Read it again and repeat the change.',
  },
  'last-factor': {
    status: 409,
    title: 'The last second factor must stay',
    what: 'A role or a licence of the account asks for a second factor, and this is the last one.',
    mend: 'Enrol another one first, then remove this one.',
  },
  'address-not-verified': {
    status: 409,
    title: 'The e-mail address is not verified',
    what: 'Codes can only be sent to an address that has been shown to belong to the account.',
    mend: 'Follow the link of the message that verifies the address, and try again.',
  },
  'mail-not-set-up': {
    status: 409,
    title: 'This server sends no mail',
    what: 'The request needs a message to be sent, and no way to send mail has been set up.',
    mend: 'Set `SMTP_URL`, or `MAIL_DIR`, and start the server again.',
  },
  'payload-too-large': {
    status: 413,
    title: 'Too large',
    what: 'The body, or the session data it would make, is larger than allowed.',
    mend: 'Send less.',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many attempts',
    what: 'Too many wrong passwords or codes.',
    mend: 'Wait for `retryAfterSeconds` and try again.',
  },
  'too-many-streams': {
    status: 429,
    title: 'Too many event streams',
    what: 'This session, its person, or this server has as many event streams open as it may have.',
    mend: 'Close one that is not needed, or try again after `retryAfterSeconds`.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    what: 'A fault of this server. It has been logged under the id in `instance`.',
    mend: 'Report the id to the people who run this server.',
  },
  'store-unavailable': {
    status: 503,
    title: 'The session store cannot be reached',
    what: 'Redis or Postgres did not answer in time. Nothing was changed.',
    mend: 'Try again after `retryAfterSeconds`.',
  },
  busy: {
    status: 503,
    title: 'Busy',
    what: 'More sign-ins are waiting than can be answered in a reasonable time.',
    mend: 'Try again after `retryAfterSeconds`.',
  },
} as const satisfies Record<string, ProblemKind>;

/** The name of a problem in the catalogue; `/problems/<slug>` explains it. */
export type ProblemSlug = keyof typeof problems;
