import { probeProof } from '../../src/http/proxy-probe.js';
import { systemClock } from '../../src/kernel/clock.js';
import { audience, client } from './audience.js';
import { testSettings } from './whole-server.js';
import { type Institute, password } from './world.js';

/** One valid call of a route, and the status it is answered with. */
export interface RouteCall {
  readonly status: number;
  /** The path with its parameters filled in. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What a call can name: an institute, a session of its member, a token of a set-up link, an invitation. */
export interface Subject extends Institute {
  readonly ref: string;
  readonly token: string;
  /** Of somebody who waited for a seat in another licence, which has one now. */
  readonly ticket: string;
  /** An invitation to the licence, and the token that was sent with it. */
  readonly invitation: { readonly id: string; readonly token: string };
  /** The browser the member is remembered in. */
  readonly browserId?: string;
  /** Of the member; left out where nobody asks for factors. */
  readonly factors?: SubjectFactors;
}

/** What a member has begun to enrol, and has enrolled. */
export interface SubjectFactors {
  readonly id: string;
  readonly app: { readonly id: string; readonly code: string };
  readonly passkey: { readonly token: string; readonly response: object };
}

/** Has the form of a token, of a ticket, and is none. */
export const noToken = 'A'.repeat(43);

/** For those who need none. */
export const noInvitation: Subject['invitation'] = {
  id: '00000000-0000-4000-8000-000000000000',
  token: noToken,
};

const noId = noInvitation.id;
const factorsOf = ({ factors }: Subject): SubjectFactors =>
  factors ?? { id: noId, app: { id: noId, code: '123456' }, passkey: { token: noToken, response: noPasskey } };
const noPasskey = {
  ...{ id: 'AA', rawId: 'AA', type: 'public-key', clientExtensionResults: {} },
  response: { clientDataJSON: 'AA', attestationObject: 'AA' },
};

const time = '2030-01-01T00:00:00Z';
const page = { limit: '3' };
const traits = { ip: '127.', browser: 'fire', os: 'lin', idleForSeconds: '0', olderThanSeconds: '0' };
const licence = ({ licenceId }: Subject) => `/admin/api/licences/${licenceId}`;
const user = ({ outsider }: Subject) => `/admin/api/users/${outsider.id}`;

const own: Record<string, (subject: Subject) => RouteCall> = {
  'GET /auth/session': () => ({ status: 200, path: '/auth/session' }),
  'GET /auth/events': () => ({ status: 200, path: '/auth/events', query: { seconds: '0' } }),
  'GET /auth/verify': () => ({ status: 200, path: '/auth/verify', query: { redirect: '1' } }),
  'GET /auth/proxy-probe': () => ({
    status: 200,
    path: '/auth/proxy-probe',
    query: { proof: probeProof([testSettings.SESSION_SECRETS], systemClock) },
  }),
  'POST /auth/logout': () => ({ status: 204, path: '/auth/logout' }),
  'GET /auth/session/data': () => ({ status: 200, path: '/auth/session/data' }),
  'PATCH /auth/session/data': () => ({
    status: 200,
    path: '/auth/session/data',
    body: { theme: 'dark', tabs: [1, { open: true }], gone: null },
  }),
  'GET /auth/sessions': () => ({ status: 200, path: '/auth/sessions' }),
  'DELETE /auth/sessions/:ref': ({ ref }) => ({ status: 204, path: `/auth/sessions/${ref}` }),
  'POST /auth/sessions/end-others': () => ({ status: 200, path: '/auth/sessions/end-others' }),
  'POST /csp-reports': () => ({
    status: 204,
    path: '/csp-reports',
    body: { 'csp-report': { 'effective-directive': 'script-src', 'blocked-uri': 'inline' } },
  }),
  'GET /auth/seat': () => ({ status: 200, path: '/auth/seat' }),
  'POST /auth/login': ({ member, licenceId }) => ({
    status: 200,
    path: '/auth/login',
    body: { ...member.login, licenceId, remember: false, delivery: 'cookie', whenFull: {} },
  }),
  'POST /auth/login/seat': ({ ref, ticket }) => ({
    status: 200,
    path: '/auth/login/seat',
    body: { ticket, whenFull: { end: ref } },
  }),
  // Well-formed, and nobody's: what is right is shown where there are factors.
  'POST /auth/login/second-factor': () => ({
    status: 401,
    path: '/auth/login/second-factor',
    body: { challenge: noToken, method: 'totp', code: '123456' },
  }),
  'POST /auth/login/second-factor/begin': () => ({
    status: 401,
    path: '/auth/login/second-factor/begin',
    body: { challenge: noToken, method: 'email' },
  }),
  'POST /auth/login/passkey/options': () => ({ status: 200, path: '/auth/login/passkey/options', body: {} }),
  'POST /auth/login/passkey': ({ licenceId }) => ({
    status: 401,
    path: '/auth/login/passkey',
    body: { token: noToken, response: { id: 'x' }, licenceId, remember: false, delivery: 'cookie', whenFull: {} },
  }),
  'POST /auth/step-up': () => ({ status: 200, path: '/auth/step-up', body: { password } }),
  'POST /auth/password/change': () => ({
    status: 204,
    path: '/auth/password/change',
    body: { currentPassword: password, newPassword: 'another horse battery' },
  }),
  'POST /auth/set-up': ({ token }) => ({
    status: 201,
    path: '/auth/set-up',
    body: { token, email: 'second@example.org', password, name: 'Zoë' },
  }),
};

const accounts: Record<string, (subject: Subject) => RouteCall> = {
  'GET /auth/account': () => ({ status: 200, path: '/auth/account' }),
  'PATCH /auth/account': ({ member }) => ({
    status: 200,
    path: '/auth/account',
    body: { name: 'Zoë', username: `z${member.id}`, version: 1 },
  }),
  'POST /auth/account/sign-out-everywhere': () => ({ status: 204, path: '/auth/account/sign-out-everywhere' }),
  'DELETE /auth/account': () => ({ status: 204, path: '/auth/account', body: { password } }),
  'POST /auth/account/email': ({ member }) => ({
    status: 202,
    path: '/auth/account/email',
    body: { email: `other-${member.email}`, password },
  }),
  'POST /auth/register': ({ outsider }) => ({
    status: 202,
    path: '/auth/register',
    body: { email: `registers-${outsider.email}`, password: 'seven grey herons by the lake', name: 'Zoë' },
  }),
  'POST /auth/verify-email/resend': ({ outsider }) => ({
    status: 202,
    path: '/auth/verify-email/resend',
    body: { email: outsider.email },
  }),
  'POST /auth/password/forgot': ({ outsider }) => ({
    status: 202,
    path: '/auth/password/forgot',
    body: { email: outsider.email },
  }),
  // Well-formed, and nobody's: what is right is shown where the links are sent.
  'POST /auth/verify-email': () => ({ status: 401, path: '/auth/verify-email', body: { token: noToken } }),
  'POST /auth/password/reset': () => ({
    status: 401,
    path: '/auth/password/reset',
    body: { token: noToken, password: 'seven grey herons by the lake' },
  }),
  'POST /auth/not-me': () => ({ status: 401, path: '/auth/not-me', body: { token: noToken } }),
  'POST /auth/account/email/confirm': () => ({
    status: 401,
    path: '/auth/account/email/confirm',
    body: { token: noToken },
  }),
  'POST /auth/account/keep': () => ({ status: 401, path: '/auth/account/keep', body: { token: noToken } }),
  ...Object.fromEntries(
    [
      '/auth/verify-email',
      '/auth/password/reset',
      '/auth/not-me',
      '/auth/account/email/confirm',
      '/auth/account/keep',
    ].map((path) => [`GET ${path}`, () => ({ status: 200, path })]),
  ),
  'GET /auth/factors': () => ({ status: 200, path: '/auth/factors' }),
  'POST /auth/factors/totp': () => ({ status: 201, path: '/auth/factors/totp', body: { name: 'Phone' } }),
  'POST /auth/factors/totp/:id/confirm': (subject) => ({
    status: 200,
    path: `/auth/factors/totp/${factorsOf(subject).app.id}/confirm`,
    body: { code: factorsOf(subject).app.code },
  }),
  'POST /auth/factors/email': () => ({ status: 201, path: '/auth/factors/email' }),
  'POST /auth/factors/recovery-codes': () => ({ status: 201, path: '/auth/factors/recovery-codes' }),
  'POST /auth/factors/passkeys/options': () => ({ status: 200, path: '/auth/factors/passkeys/options' }),
  'POST /auth/factors/passkeys': (subject) => ({
    status: 201,
    path: '/auth/factors/passkeys',
    body: { name: 'Key', ...factorsOf(subject).passkey },
  }),
  'PATCH /auth/factors/:id': (subject) => ({
    status: 200,
    path: `/auth/factors/${factorsOf(subject).id}`,
    body: { name: 'Phone' },
  }),
  'DELETE /auth/factors/:id': (subject) => ({ status: 204, path: `/auth/factors/${factorsOf(subject).id}` }),
};

/** Roles that a test makes where it wants these routes to find them. */
export const routeRoles = { shown: 'route:shown', changed: 'route:changed', deleted: 'route:deleted' } as const;

const roles: Record<string, (subject: Subject) => RouteCall> = {
  'POST /auth/authorize': ({ licenceId }) => ({
    status: 200,
    path: '/auth/authorize',
    body: { checks: [{ permission: 'report:read' }, { permission: 'user.read', licenceId }] },
  }),
  'GET /admin/api/permissions': () => ({ status: 200, path: '/admin/api/permissions' }),
  'GET /admin/api/settings': () => ({ status: 200, path: '/admin/api/settings' }),
  'GET /admin/api/roles': () => ({ status: 200, path: '/admin/api/roles', query: page }),
  'POST /admin/api/roles': ({ outsider }) => ({
    status: 201,
    path: '/admin/api/roles',
    body: {
      name: `route:r${outsider.id}`,
      description: 'Writes reports',
      permissions: ['report:*', 'exam:read'],
      managersMayGive: false,
    },
  }),
  'GET /admin/api/roles/:name': () => ({ status: 200, path: `/admin/api/roles/${routeRoles.shown}` }),
  'PATCH /admin/api/roles/:name': () => ({
    status: 200,
    path: `/admin/api/roles/${routeRoles.changed}`,
    body: { description: null, permissions: ['report:read'], managersMayGive: true, version: 1 },
  }),
  'DELETE /admin/api/roles/:name': () => ({ status: 204, path: `/admin/api/roles/${routeRoles.deleted}` }),
};

const staff: Record<string, (subject: Subject) => RouteCall> = {
  'GET /admin/api/users/:id/licences': (subject) => ({ status: 200, path: `${user(subject)}/licences` }),
  'GET /admin/api/users/:id/factors': (subject) => ({ status: 200, path: `${user(subject)}/factors` }),
  'DELETE /admin/api/users/:id/factors': (subject) => ({ status: 204, path: `${user(subject)}/factors` }),
  'DELETE /admin/api/users/:id/factors/:factorId': (subject) => ({
    status: 204,
    path: `/admin/api/users/${subject.member.id}/factors/${factorsOf(subject).id}`,
  }),
  'GET /admin/api/sessions': ({ licenceId, member }) => ({
    status: 200,
    path: '/admin/api/sessions',
    query: { ...page, licenceId, userId: member.id, q: 'example', ...traits, sort: 'idlest', count: 'no' },
  }),
  'GET /admin/api/sessions/clients': ({ licenceId }) => ({
    status: 200,
    path: '/admin/api/sessions/clients',
    query: { licenceId },
  }),
  'DELETE /admin/api/sessions/:ref': ({ ref }) => ({
    status: 200,
    path: `/admin/api/sessions/${ref}`,
    query: { message: 'Please sign in again' },
  }),
  'POST /admin/api/sessions/end': ({ licenceId, member }) => ({
    status: 200,
    path: '/admin/api/sessions/end',
    body: {
      filter: { licenceId, userId: member.id, q: 'example', ip: '127.', idleForSeconds: 0, olderThanSeconds: 0 },
      message: 'Maintenance',
      block: false,
      dryRun: false,
      atMost: 5,
    },
  }),
  'GET /admin/api/sign-ins': ({ licenceId, member }) => ({
    status: 200,
    path: '/admin/api/sign-ins',
    query: { ...page, licenceId, userId: member.id, from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00+01:00' },
  }),
  'GET /admin/api/audit/actions': () => ({ status: 200, path: '/admin/api/audit/actions' }),
  'GET /admin/api/audit': ({ licenceId }) => ({
    status: 200,
    path: '/admin/api/audit',
    query: {
      ...page,
      action: 'licence.created',
      targetType: 'licence',
      targetId: licenceId,
      from: '2020-01-01T00:00:00Z',
    },
  }),
  'GET /admin/api/events': () => ({ status: 200, path: '/admin/api/events', query: { after: '0', seconds: '0' } }),
  'GET /admin/api/overview': () => ({ status: 200, path: '/admin/api/overview' }),
  'GET /admin/api/owners': () => ({ status: 200, path: '/admin/api/owners', query: { ...page, q: 'Inst' } }),
  'POST /admin/api/owners': () => ({
    status: 201,
    path: '/admin/api/owners',
    body: {
      name: 'Zoë',
      surname: 'Müller',
      email: 'zoe@example.org',
      comments: 'two\nlines',
      affiliation: 'Institute',
      extra: { room: '12' },
    },
  }),
  'GET /admin/api/owners/:id': ({ ownerId }) => ({ status: 200, path: `/admin/api/owners/${ownerId}` }),
  'PATCH /admin/api/owners/:id': ({ ownerId }) => ({
    status: 200,
    path: `/admin/api/owners/${ownerId}`,
    body: { affiliation: null, extra: { floor: '3' }, version: 1 },
  }),
  'DELETE /admin/api/owners/:id': ({ bareOwnerId }) => ({ status: 204, path: `/admin/api/owners/${bareOwnerId}` }),
  'GET /admin/api/users': ({ licenceId }) => ({
    status: 200,
    path: '/admin/api/users',
    query: {
      ...{ ...page, q: 'example', role: 'user', licenceId, disabled: 'false', verified: 'true', hasPassword: 'true' },
      ...{ createdFrom: '2020-01-01T00:00:00Z', createdTo: time, sort: 'email', order: 'asc' },
    },
  }),
  'POST /admin/api/users': ({ outsider }) => ({
    status: 201,
    path: '/admin/api/users',
    body: {
      email: `new-${outsider.email}`,
      username: `u${outsider.id}`,
      name: 'New',
      password,
      roles: ['user'],
      verified: false,
    },
  }),
  'GET /admin/api/users/:id': (subject) => ({ status: 200, path: user(subject) }),
  'PATCH /admin/api/users/:id': (subject) => ({
    status: 200,
    path: user(subject),
    body: { name: 'Renamed', username: null, roles: ['user'], verified: true, version: 1 },
  }),
  'DELETE /admin/api/users/:id': (subject) => ({ status: 204, path: user(subject) }),
  'POST /admin/api/users/:id/reset': (subject) => ({ status: 200, path: `${user(subject)}/reset` }),
  'POST /admin/api/users/:id/disable': (subject) => ({ status: 200, path: `${user(subject)}/disable` }),
  'POST /admin/api/users/:id/enable': (subject) => ({ status: 200, path: `${user(subject)}/enable` }),
};

const licences: Record<string, (subject: Subject) => RouteCall> = {
  'GET /admin/api/licences': ({ ownerId }) => ({
    status: 200,
    path: '/admin/api/licences',
    query: { ...page, ownerId, serial: '7zzz-zzzz-zzzz-zzz1', q: 'Lic' },
  }),
  'POST /admin/api/licences': ({ ownerId }) => ({
    status: 201,
    path: '/admin/api/licences',
    body: {
      ownerId,
      name: 'Another',
      seats: 3,
      validFrom: '2020-01-01T00:00:00Z',
      validTo: time,
      policy: { whenFull: ['refuse'] },
    },
  }),
  'GET /admin/api/licences/:id': (subject) => ({ status: 200, path: licence(subject) }),
  'PATCH /admin/api/licences/:id': (subject) => ({
    status: 200,
    path: licence(subject),
    body: { name: 'Renamed', seats: 12, whenLowered: 'drain', validTo: null, version: 1 },
  }),
  'DELETE /admin/api/licences/:id': (subject) => ({ status: 204, path: licence(subject) }),
  'POST /admin/api/licences/:id/suspend': (subject) => ({
    status: 200,
    path: `${licence(subject)}/suspend`,
    body: { mode: 'drain', version: 1 },
  }),
  'POST /admin/api/licences/:id/reinstate': (subject) => ({ status: 200, path: `${licence(subject)}/reinstate` }),
  'POST /admin/api/licences/:id/renew': (subject) => ({
    status: 200,
    path: `${licence(subject)}/renew`,
    body: { durationDays: 30 },
  }),
  'GET /admin/api/licences/:id/members': (subject) => ({
    status: 200,
    path: `${licence(subject)}/members`,
    query: page,
  }),
  'POST /admin/api/licences/:id/members': (subject) => ({
    status: 200,
    path: `${licence(subject)}/members`,
    body: { emails: [subject.outsider.email, 'nobody@example.org'], invite: false },
  }),
  'PATCH /admin/api/licences/:id/members/:userId': (subject) => ({
    status: 200,
    path: `${licence(subject)}/members/${subject.member.id}`,
    body: { rank: 1 },
  }),
  'GET /admin/api/licences/:id/invitations': (subject) => ({
    status: 200,
    path: `${licence(subject)}/invitations`,
    query: page,
  }),
  'POST /admin/api/licences/:id/invitations': (subject) => ({
    status: 200,
    path: `${licence(subject)}/invitations`,
    body: { emails: [`new-${subject.outsider.email}`, subject.outsider.email], name: 'Zoë' },
  }),
  'DELETE /admin/api/licences/:id/invitations/:invitationId': (subject) => ({
    status: 204,
    path: `${licence(subject)}/invitations/${subject.invitation.id}`,
  }),
  'DELETE /admin/api/licences/:id/members/:userId': (subject) => ({
    status: 204,
    path: `${licence(subject)}/members/${subject.member.id}`,
  }),
  'GET /admin/api/licences/:id/managers': (subject) => ({
    status: 200,
    path: `${licence(subject)}/managers`,
    query: page,
  }),
  'POST /admin/api/licences/:id/managers': (subject) => ({
    status: 201,
    path: `${licence(subject)}/managers`,
    body: { userId: subject.member.id },
  }),
  'DELETE /admin/api/licences/:id/managers/:userId': (subject) => ({
    status: 204,
    path: `${licence(subject)}/managers/${subject.chief.id}`,
  }),
  'GET /admin/api/owners/:id/managers': ({ ownerId }) => ({
    status: 200,
    path: `/admin/api/owners/${ownerId}/managers`,
    query: page,
  }),
  'POST /admin/api/owners/:id/managers': ({ ownerId, member }) => ({
    status: 201,
    path: `/admin/api/owners/${ownerId}/managers`,
    body: { userId: member.id },
  }),
  'DELETE /admin/api/owners/:id/managers/:userId': ({ ownerId, chief }) => ({
    status: 204,
    path: `/admin/api/owners/${ownerId}/managers/${chief.id}`,
  }),
  'GET /admin/api/scope': () => ({ status: 200, path: '/admin/api/scope' }),
  'GET /admin/api/licences/:id/advice': (subject) => ({
    status: 200,
    path: `${licence(subject)}/advice`,
    query: { days: '30' },
  }),
  'POST /admin/api/licences/:id/policy/preview': (subject) => ({
    status: 200,
    path: `${licence(subject)}/policy/preview`,
    body: { seats: 50, policy: { whenFull: [{ step: 'reclaim-idle', idleMinutes: 20 }, 'end-own', 'refuse'] } },
  }),
  'GET /admin/api/licences/:id/usage': (subject) => ({
    status: 200,
    path: `${licence(subject)}/usage`,
    query: { from: '2020-01-01T00:00:00Z', to: '2020-03-01T00:00:00+01:00', bucket: 'day', format: 'json' },
  }),
  'GET /admin/api/licences/:id/denials': (subject) => ({
    status: 200,
    path: `${licence(subject)}/denials`,
    query: { ...page, from: '2020-01-01T00:00:00Z', to: time, bucket: 'month', format: 'json' },
  }),
  'GET /admin/api/explain': ({ licenceId, member }) => ({
    status: 200,
    path: '/admin/api/explain',
    query: { user: member.email, at: '2026-01-01T00:00:00Z', licenceId },
  }),
  'GET /admin/api/licences/:id/seats': (subject) => ({
    status: 200,
    path: `${licence(subject)}/seats`,
    query: { ...page, ...traits, q: 'example' },
  }),
};

const tokens: Record<string, (subject: Subject) => RouteCall> = {
  'POST /auth/token': () => ({
    status: 200,
    path: '/auth/token',
    body: { audience: audience.name, once: true, lifetimeSeconds: 60 },
  }),
  'POST /auth/token/verify': () => ({ status: 200, path: '/auth/token/verify', body: { token: noToken } }),
  'POST /auth/token/introspect': () => ({
    status: 200,
    path: '/auth/token/introspect',
    body: { token: noToken, token_type_hint: 'access_token', ...client(audience) },
  }),
  'POST /auth/token/revoke': () => ({
    status: 200,
    path: '/auth/token/revoke',
    body: { token: noToken, ...client(audience) },
  }),
  'GET /.well-known/jwks.json': () => ({ status: 200, path: '/.well-known/jwks.json' }),
  'GET /admin/api/tokens': ({ member }) => ({
    status: 200,
    path: '/admin/api/tokens',
    query: { ...page, userId: member.id, audience: audience.name },
  }),
  'DELETE /admin/api/tokens/:jti': ({ invitation }) => ({ status: 200, path: `/admin/api/tokens/${invitation.id}` }),
};

const browsers: Record<string, (subject: Subject) => RouteCall> = {
  // Whoever is signed in is told so.
  'POST /auth/resume': ({ licenceId }) => ({
    status: 200,
    path: '/auth/resume',
    body: { licenceId, whenFull: {} },
  }),
  'GET /auth/browsers': () => ({ status: 200, path: '/auth/browsers' }),
  'DELETE /auth/browsers': () => ({ status: 200, path: '/auth/browsers' }),
  'DELETE /auth/browsers/:id': ({ browserId = noInvitation.id }) => ({
    status: 204,
    path: `/auth/browsers/${browserId}`,
  }),
  'GET /admin/api/users/:id/browsers': ({ member }) => ({
    status: 200,
    path: `/admin/api/users/${member.id}/browsers`,
  }),
  'DELETE /admin/api/users/:id/browsers': ({ member }) => ({
    status: 200,
    path: `/admin/api/users/${member.id}/browsers`,
  }),
  'DELETE /admin/api/users/:id/browsers/:browserId': ({ member, browserId = noInvitation.id }) => ({
    status: 204,
    path: `/admin/api/users/${member.id}/browsers/${browserId}`,
  }),
};

const open: Record<string, (subject: Subject) => RouteCall> = {
  'GET /auth/set-up': () => ({ status: 200, path: '/auth/set-up' }),
  'POST /auth/invitations/accept': ({ invitation, outsider }) => ({
    status: 201,
    path: '/auth/invitations/accept',
    body: { token: invitation.token, password, name: 'Zoë', username: `i${outsider.id}` },
  }),
  'GET /invitation': () => ({ status: 200, path: '/invitation' }),
  'GET /sign-in': () => ({ status: 200, path: '/sign-in?return_to=%2Fapp' }),
  'GET /register': () => ({ status: 200, path: '/register' }),
  'GET /signed-out': () => ({ status: 200, path: '/signed-out?reason=idle' }),
  'GET /admin': () => ({ status: 308, path: '/admin' }),
  'GET /admin/': () => ({ status: 200, path: '/admin/' }),
  'GET /admin/:page': () => ({ status: 200, path: '/admin/sessions' }),
  ...Object.fromEntries(
    ['sessions', 'licences', 'owners', 'people', 'roles', 'audit', 'settings'].flatMap((name) => [
      [`GET /admin/${name}/:id`, () => ({ status: 200, path: `/admin/${name}/1` })],
      [`GET /admin/${name}/:id/:part`, () => ({ status: 200, path: `/admin/${name}/1/report` })],
    ]),
  ),
  'GET /brand.css': () => ({ status: 200, path: '/brand.css' }),
  'GET /brand/logo': () => ({ status: 200, path: '/brand/logo' }),
  'GET /forgot': () => ({ status: 200, path: '/forgot' }),
  'GET /account': () => ({ status: 200, path: '/account' }),
  'GET /account/:part': () => ({ status: 200, path: '/account/devices' }),
  'GET /hosted/assets/:file': () => ({ status: 404, path: '/hosted/assets/nothing.js' }),
  'GET /admin/assets/:file': () => ({ status: 404, path: '/admin/assets/nothing.js' }),
  'GET /health/live': () => ({ status: 200, path: '/health/live' }),
  'GET /health/ready': () => ({ status: 200, path: '/health/ready' }),
  'GET /metrics': () => ({ status: 200, path: '/metrics' }),
  'GET /docs': () => ({ status: 200, path: '/docs' }),
  'GET /docs/ui.js': () => ({ status: 200, path: '/docs/ui.js' }),
  'GET /docs/ui.css': () => ({ status: 200, path: '/docs/ui.css' }),
  'GET /docs/init.js': () => ({ status: 200, path: '/docs/init.js' }),
  'GET /redoc': () => ({ status: 200, path: '/redoc' }),
  'GET /redoc/ui.js': () => ({ status: 200, path: '/redoc/ui.js' }),
  'GET /redoc/init.js': () => ({ status: 200, path: '/redoc/init.js' }),
  'GET /manual': () => ({ status: 200, path: '/manual' }),
  'GET /manual/:page': () => ({ status: 200, path: '/manual/tokens' }),
  'GET /manual/pictures/:file': () => ({ status: 404, path: '/manual/pictures/nothing.webp' }),
  'GET /manual/style.css': () => ({ status: 200, path: '/manual/style.css' }),
  'GET /problems/:slug': () => ({ status: 200, path: '/problems/no-seat-free' }),
  'GET /openapi.json': () => ({ status: 200, path: '/openapi.json' }),
};

/** A valid call of each route, by method and path. */
export const routeCalls: Readonly<Record<string, (subject: Subject) => RouteCall>> = {
  ...own,
  ...accounts,
  ...roles,
  ...staff,
  ...licences,
  ...tokens,
  ...browsers,
  ...open,
};

/** Path and query of a call. */
export function targetOf({ path, query }: RouteCall): string {
  return query === undefined ? path : `${path}?${new URLSearchParams(query)}`;
}
