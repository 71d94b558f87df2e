import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';

/** Whom a request comes from, as Usher has signed it. */
export interface Person {
  /** The user's id. */
  readonly id: string;
  /** The session's ref, safe in logs. */
  readonly session: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** The id of the licence the session sits in, or null. */
  readonly licence: string | null;
  /** Everything that was signed. */
  readonly claims: JWTPayload;
}

/** Who signs: `usher` is where this program finds Usher, `origin` its PUBLIC_URL, in whose name it signs. */
export interface Signer {
  readonly usher: string;
  readonly origin: string;
}

/** What a route puts in front of its handler. Refusals are Usher's own problems, which `usher/client` understands. */
export interface Guards {
  /** 401 without a live session. */
  readonly requireSession: RequestHandler;
  /** 403 besides for whoever has none of these permissions; `report:*` is all actions on reports. */
  requirePermission(...anyOf: string[]): RequestHandler;
  /** 403 besides for whoever has none of these roles. */
  requireRole(...anyOf: string[]): RequestHandler;
}

type Lacked = { readonly permission: string } | { readonly role: string };

/** Clocks may differ by so much. */
const clockTolerance = 10;
/** As long as `Cache-Control` of the keys allows. */
const cacheMaxAge = 300_000;
const timeoutDuration = 3_000;
const people = new WeakMap<Request, Person>();

/** For what comes through a reverse proxy that has asked Usher: the assertion it hands on. The other headers are not believed. */
export function fromProxy({ usher, origin }: Signer): Guards {
  const expected = { issuer: origin, audience: origin, typ: 'auth-assertion+jwt' };
  return new Door(usher, expected, (request) => request.get('x-auth-assertion'));
}

/** For programs and pages elsewhere: access tokens (`POST /auth/token`) made out to `audience`, as `Authorization: Bearer`. */
export function fromToken({ usher, origin, audience }: Signer & { readonly audience: string }): Guards {
  const bearer = (request: Request) => /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
  return new Door(usher, { issuer: origin, audience, typ: 'at+jwt' }, bearer, 'Bearer');
}

/** Whom a guarded request comes from. Throws where no guard stands in front: that is a fault of the program. */
export function personOf(request: Request): Person {
  const person = people.get(request);
  if (person === undefined) throw new Error('No guard of usher/express stands in front of this handler');
  return person;
}

class Door implements Guards {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #expected: JWTVerifyOptions;
  readonly #shown: (request: Request) => string | undefined;
  readonly #scheme: string | null;

  constructor(
    usher: string,
    expected: JWTVerifyOptions,
    shown: (request: Request) => string | undefined,
    scheme: string | null = null,
  ) {
    this.#shown = shown;
    this.#scheme = scheme;
    const base = usher.endsWith('/') ? usher : `${usher}/`;
    this.#keys = createRemoteJWKSet(new URL('.well-known/jwks.json', base), { cacheMaxAge, timeoutDuration });
    this.#expected = { algorithms: ['EdDSA'], clockTolerance, requiredClaims: ['sub', 'sid', 'exp'], ...expected };
  }

  readonly requireSession: RequestHandler = (request, response, next) =>
    this.#enter(request, response, next, () => null);

  requirePermission(...anyOf: string[]): RequestHandler {
    const lacked = ({ permissions }: Person) =>
      anyOf.some((one) => grants(permissions, one)) ? null : { permission: anyOf.join(',') };
    return (request, response, next) => this.#enter(request, response, next, lacked);
  }

  requireRole(...anyOf: string[]): RequestHandler {
    const lacked = ({ roles }: Person) => (anyOf.some((one) => roles.includes(one)) ? null : { role: anyOf.join(',') });
    return (request, response, next) => this.#enter(request, response, next, lacked);
  }

  async #enter(
    request: Request,
    response: Response,
    next: NextFunction,
    lackedBy: (person: Person) => Lacked | null,
  ): Promise<void> {
    const person = await this.#verified(this.#shown(request) ?? '');
    if (person === 'keyless') return refuse(response, away);
    if (person === null) {
      if (this.#scheme !== null) response.set('WWW-Authenticate', this.#scheme);
      return refuse(response, nobody);
    }
    const lacked = lackedBy(person);
    if (lacked !== null) return refuse(response, { ...forbidden, ...lacked });
    people.set(request, person);
    next();
  }

  /** Null for whatever Usher has not signed for us; `keyless` when that cannot be told, which says nothing about the person. */
  async #verified(token: string): Promise<Person | null | 'keyless'> {
    try {
      return personIn((await jwtVerify(token, this.#keys, this.#expected)).payload);
    } catch (error) {
      return isKeyless(error) ? 'keyless' : null;
    }
  }
}

function personIn(claims: JWTPayload): Person {
  const { sub = '', sid, licence } = claims;
  return {
    id: sub,
    session: String(sid),
    roles: textsIn(claims['roles']),
    permissions: textsIn(claims['permissions']),
    licence: typeof licence === 'string' ? licence : null,
    claims,
  };
}

function textsIn(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];
}

/** As Usher itself decides: `report:*` grants every action on reports and `*:*` all of an application's. */
function grants(held: readonly string[], asked: string): boolean {
  if (asked.includes('*')) return false;
  if (held.includes(asked)) return true;
  const colon = asked.indexOf(':');
  return colon !== -1 && (held.includes(`${asked.slice(0, colon)}:*`) || held.includes('*:*'));
}

function isKeyless(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}

const nobody = {
  type: '/problems/not-signed-in',
  title: 'Not signed in',
  status: 401,
  detail: 'The request does not come from a live session: sign in.',
};
const forbidden = {
  type: '/problems/forbidden',
  title: 'Not allowed',
  status: 403,
  detail: 'You lack what this needs: ask somebody who may grant it.',
};
const away = {
  type: '/problems/store-unavailable',
  title: 'Sessions cannot be checked',
  status: 503,
  detail: 'Send the request again in a moment.',
  retryAfterSeconds: 1,
};

function refuse(response: Response, problem: typeof nobody | typeof forbidden | typeof away): void {
  if (problem.status === 503) response.set('Retry-After', '1');
  response
    .status(problem.status)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}
