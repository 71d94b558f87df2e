import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { Caller } from '../kernel/actor.js';
import { isoTime } from '../kernel/clock.js';
import { invalid, Problem } from '../kernel/problem.js';
import { JsonText, type Route, route } from '../kernel/route.js';
import { line } from '../kernel/text.js';
import type { Audiences } from './audiences.js';
import type { SigningKeys } from './signing-keys.js';
import { longestLifeSeconds, type TokenClaims, type TokenService } from './token-service.js';

/** What the routes of tokens work with. */
export interface TokenRouteParts {
  readonly tokens: TokenService;
  readonly audiences: Pick<Audiences, 'proven'>;
  readonly keys: Pick<SigningKeys, 'published'>;
}

/** For so long may whoever verifies tokens keep the published keys: much shorter than they are published before they sign. */
const keysMaxAgeSeconds = 300;

const shownToken = z.string().min(1).max(8192);
/** What callers with an audience's secret send, by the names of RFC 7662 and RFC 7009. */
const asked = z.strictObject({
  token: shownToken,
  token_type_hint: z.string().max(100).optional(),
  client_id: z.string().max(200).optional(),
  client_secret: z.string().max(200).optional(),
});
const seconds = z.number().int();
const told = z.object({
  active: z.boolean(),
  token_type: z.literal('Bearer').optional(),
  iss: z.string().optional(),
  sub: z.string().optional(),
  aud: z.string().optional(),
  client_id: z.string().optional(),
  jti: z.string().optional(),
  sid: z.string().optional(),
  iat: seconds.optional(),
  nbf: seconds.optional(),
  exp: seconds.optional(),
  auth_time: seconds.optional(),
  amr: z.array(z.string()).optional(),
  acr: z.string().optional(),
  roles: z.array(z.string()).optional(),
  permissions: z.array(z.string()).optional(),
  licence: z.string().optional(),
  once: z.literal(true).optional(),
});
const jwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

/** The routes by which a session becomes a token, and by which applications ask about tokens. */
export function tokenRoutes(parts: TokenRouteParts): Route<RoutePermission>[] {
  return [exchange(parts), look(parts), introspect(parts), revoke(parts), showKeys(parts)];
}

function exchange({ tokens }: TokenRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/token',
    permission: 'session',
    summary: 'Exchange the session for a short-lived JWT for one application (RFC 9068)',
    input: {
      body: z.strictObject({
        audience: line(200),
        once: z.boolean().optional(),
        lifetimeSeconds: z.number().int().min(1).max(longestLifeSeconds).optional(),
      }),
    },
    replies: {
      200: z.object({
        token: z.string(),
        tokenType: z.literal('Bearer'),
        expiresAt: z.iso.datetime(),
        jti: z.string(),
      }),
    },
    problems: ['too-many-attempts'],
    handle: async ({ body, actor }) => {
      const { token, jti, expiresAtMs } = await tokens.issue(actor, body);
      return { status: 200, body: { token, tokenType: 'Bearer', expiresAt: isoTime(expiresAtMs), jti } };
    },
  });
}

function look({ tokens }: TokenRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/token/verify',
    permission: 'session',
    summary: "Whether one's own token is good at this moment. Uses nothing up",
    input: { body: z.strictObject({ token: shownToken }) },
    replies: { 200: told },
    handle: async ({ body, actor }) => ({ status: 200, body: answerOf(await tokens.look(actor, body.token)) }),
  });
}

function introspect({ tokens, audiences }: TokenRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/token/introspect',
    permission: 'public',
    accepts: 'form',
    summary: 'For applications with their secret: whether a token made out to them is good at this moment (RFC 7662)',
    input: { body: asked },
    replies: { 200: told },
    problems: ['invalid-client', 'store-unavailable'],
    handle: async ({ body, caller }) => {
      const audience = provenBy(audiences, body, caller);
      return { status: 200, body: answerOf(await tokens.introspect(body.token, audience)) };
    },
  });
}

function revoke({ tokens, audiences }: TokenRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/token/revoke',
    permission: 'public',
    accepts: 'form',
    summary: 'For applications with their secret: end a token made out to them (RFC 7009). 200 also when there is none',
    input: { body: asked },
    replies: { 200: z.strictObject({}) },
    problems: ['invalid-client', 'store-unavailable'],
    handle: async ({ body, caller }) => {
      const audience = provenBy(audiences, body, caller);
      await tokens.revokeOwn(body.token, audience, { actor: null, caller });
      return { status: 200, body: {} };
    },
  });
}

function showKeys({ keys }: TokenRouteParts) {
  return route({
    method: 'GET',
    path: '/.well-known/jwks.json',
    permission: 'public',
    summary: 'The public keys that tokens are verified with (RFC 7517). A new one is here an hour before it signs',
    input: {},
    replies: { 200: z.object({ keys: z.array(jwk) }), 304: null },
    handle: async ({ caller }) => {
      const { text, etag } = keys.published;
      const headers = { 'Cache-Control': `public, max-age=${keysMaxAgeSeconds}`, ETag: etag };
      if (isKnown(caller.header('if-none-match'), etag)) return { status: 304, headers };
      return { status: 200, headers, body: new JsonText(text) };
    },
  });
}

/** Whether the caller has what would be sent (RFC 9110 section 13.1.2). */
function isKnown(header: string | undefined, etag: string): boolean {
  const known = header?.split(',').map((part) => part.trim().replace(/^W\//, ''));
  return known !== undefined && (known.includes(etag) || known.includes('*'));
}

/** The application that asks. Throws `invalid-client` when it does not prove to be one. */
function provenBy(audiences: Pick<Audiences, 'proven'>, body: z.output<typeof asked>, caller: Caller): string {
  const { client_id: clientId, client_secret: clientSecret } = body;
  const authorization = caller.header('authorization');
  if (authorization !== undefined && clientSecret !== undefined) {
    throw invalid('/client_secret', 'must be left out where the Authorization header has it');
  }
  const proven = audiences.proven({ authorization, clientId, clientSecret });
  if (proven === null) throw new Problem('invalid-client', { error: 'invalid_client' });
  if (clientId !== undefined && clientId !== proven)
    throw invalid('/client_id', 'must be left out, or be the application that the Authorization header names');
  return proven;
}

function answerOf(claims: TokenClaims | null): Record<string, unknown> {
  return claims === null ? { active: false } : { active: true, token_type: 'Bearer', ...claims };
}
