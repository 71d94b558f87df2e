import { type Example, given } from './example.js';

const user = {
  ...{ id: given.user, email: given.email, username: null, name: 'Anna', verified: true },
  ...{ roles: ['user'], permissions: [] },
};
const view = {
  user,
  licence: { id: given.licence, serial: '0123-4567-89AB-CDEF', name: 'Examples' },
  session: {
    ref: given.ref,
    createdAt: '2026-03-02T08:15:00.000Z',
    lastSeenAt: '2026-03-02T08:15:00.000Z',
    expiresAt: '2026-03-02T09:15:00.000Z',
    absoluteExpiresAt: '2026-03-03T08:15:00.000Z',
    amr: ['pwd'],
    aal: 1,
  },
  data: {},
  csrfToken: 'Zq3fJtX0-Q5b7cW1mYkD8RrT2vLnP4sHgE6aU',
} as const;
const login = { identifier: given.email, password: given.password };
const problem = (slug: string, status: number, title: string, detail: string) => ({
  ...{ type: `/problems/${slug}`, title, status, detail, instance: 'm3Xk2PzL' },
});

const full = {
  ...problem('no-seat-free', 409, 'No seat is free', 'All seats of the licence are taken.'),
  ...{ licenceId: given.licence, limit: 50, used: 50, nextFreeAt: '2026-03-02T08:31:00.000Z', reason: 'FULL' },
  ...{ options: ['wait'], ownSessions: [], ticket: given.token },
};

/** How people call what is about themselves. */
export const ownExamples: Readonly<Record<string, readonly Example[]>> = {
  'POST /auth/login': [
    { summary: 'With a password', body: login, answer: [200, view] },
    { summary: 'Into one of several licences', body: { ...login, licenceId: given.licence } },
    { summary: 'In a browser that may come back without the password', body: { ...login, remember: true } },
    { summary: 'A program, without cookies', body: { ...login, delivery: 'bearer' } },
    {
      summary: 'Giving up a session of one’s own where the house is full',
      body: { ...login, whenFull: { end: given.ref } },
    },
    { summary: 'While no seat is free', body: login, answer: [409, full] },
  ],
  'POST /auth/login/seat': [
    { summary: 'Once a seat may be free', body: { ticket: given.token } },
    { summary: 'In the place of an own session', body: { ticket: given.token, whenFull: { end: given.ref } } },
  ],
  'POST /auth/login/second-factor/begin': [
    { summary: 'Have a code sent', body: { challenge: given.token, method: 'email' } },
  ],
  'POST /auth/login/second-factor': [
    { summary: 'With the code of an app', body: { challenge: given.token, method: 'totp', code: '492039' } },
    { summary: 'With a recovery code', body: { challenge: given.token, method: 'recovery', code: 'K7QM-2XNP-94RD' } },
  ],
  'POST /auth/login/passkey': [
    {
      summary: 'With what the browser says',
      body: { token: given.token, response: { id: 'AUy7xR', type: 'public-key' } },
    },
  ],
  'POST /auth/resume': [{ summary: 'In a remembered browser', body: {} }],
  'GET /auth/session': [{ summary: 'Signed in', answer: [200, view] }],
  'GET /auth/seat': [
    { summary: 'How full it is', answer: [200, { licenceId: given.licence, limit: 50, used: 12, free: 38 }] },
  ],
  'PATCH /auth/session/data': [
    {
      summary: 'Keep one field and remove another',
      body: { theme: 'dark', draft: null },
      answer: [200, { theme: 'dark' }],
    },
  ],
  'POST /auth/step-up': [{ summary: 'With the password', body: { password: given.password } }],
  'POST /auth/set-up': [
    {
      summary: 'The first staff account',
      body: { token: given.token, email: 'admin@example.org', password: given.password },
    },
  ],
  'POST /auth/register': [
    {
      summary: 'Make an account',
      body: { email: 'ben@institute.example', password: 'seven grey herons by the lake', name: 'Ben' },
      answer: [202, {}],
    },
  ],
  'POST /auth/verify-email': [{ summary: 'With the token of the link', body: { token: given.token } }],
  'POST /auth/verify-email/resend': [{ summary: 'Send the link again', body: { email: given.email } }],
  'POST /auth/password/forgot': [{ summary: 'Send a link', body: { email: given.email } }],
  'POST /auth/password/reset': [
    { summary: 'With the token of the link', body: { token: given.token, password: 'seven grey herons by the lake' } },
  ],
  'POST /auth/password/change': [
    {
      summary: 'End the other sessions too',
      body: { currentPassword: given.password, newPassword: 'seven grey herons by the lake' },
    },
  ],
  'POST /auth/not-me': [{ summary: 'With the token of the letter', body: { token: given.token } }],
  'PATCH /auth/account': [{ summary: 'Another name', body: { name: 'Anna Berg', version: 1 } }],
  'DELETE /auth/account': [{ summary: 'With the password', body: { password: given.password } }],
  'POST /auth/account/email': [
    { summary: 'Move to another address', body: { email: 'anna.berg@institute.example', password: given.password } },
  ],
  'POST /auth/account/email/confirm': [{ summary: 'With the token of the link', body: { token: given.token } }],
  'POST /auth/account/keep': [{ summary: 'With the token of the letter', body: { token: given.token } }],
  'POST /auth/factors/totp': [{ summary: 'Begin with an app', body: { name: 'Phone' } }],
  'POST /auth/factors/totp/:id/confirm': [{ summary: 'The code it shows', body: { code: '492039' } }],
  'POST /auth/factors/passkeys': [
    {
      summary: 'What the browser has made',
      body: {
        token: given.token,
        name: 'Key',
        response: {
          ...{ id: 'AUy7xR', rawId: 'AUy7xR', type: 'public-key', clientExtensionResults: {} },
          response: { clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0', attestationObject: 'o2NmbXRkbm9uZQ' },
        },
      },
    },
  ],
  'PATCH /auth/factors/:id': [{ summary: 'Another name', body: { name: 'Phone at work' } }],
  'POST /auth/authorize': [
    {
      summary: 'Several questions at once',
      body: { checks: [{ permission: 'report:read' }, { permission: 'exam:grade', licenceId: given.licence }] },
      answer: [
        200,
        {
          results: [
            { permission: 'report:read', allowed: false },
            { permission: 'exam:grade', allowed: false },
          ],
        },
      ],
    },
  ],
  'POST /auth/token': [{ summary: 'For one service', body: { audience: given.audience } }],
  'POST /auth/token/verify': [
    { summary: 'An own token', body: { token: given.token }, answer: [200, { active: false }] },
  ],
  'POST /auth/token/introspect': [
    {
      summary: 'As the service it was made out to',
      body: { token: given.token, client_id: given.audience, client_secret: given.secret },
      answer: [200, { active: false }],
    },
  ],
  'POST /auth/token/revoke': [
    {
      summary: 'As the service it was made out to',
      body: { token: given.token, client_id: given.audience, client_secret: given.secret },
    },
  ],
  'POST /csp-reports': [
    {
      summary: 'What a browser tells of itself',
      body: { 'csp-report': { 'effective-directive': 'script-src', 'blocked-uri': 'inline' } },
    },
  ],
  'POST /auth/invitations/accept': [
    { summary: 'With the token of the letter', body: { token: given.token, password: given.password, name: 'Ben' } },
  ],
};
