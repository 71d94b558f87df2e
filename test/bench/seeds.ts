import { randomBytes, randomUUID } from 'node:crypto';
import { sign } from 'cookie-signature';
import Tokens from 'csrf';
import { createClient, type RedisClientOptions } from 'redis';
import { systemClock } from '../../src/kernel/clock.js';
import type { LicenceId } from '../../src/kernel/ids.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis } from '../../src/platform/redis.js';
import { ClientReader } from '../../src/sessions/client.js';
import { RedisSessionStore } from '../../src/sessions/redis-store.js';
import { sessionTimes } from '../../src/sessions/session.js';
import { type IssuedSessionId, licenceTag, SessionIds } from '../../src/sessions/session-id.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import type { Opening } from '../../src/sessions/store.js';
import { plainPolicy } from '../support/plain-policy.js';
import type { Guest } from './guests.js';

const csrfTokens = new Tokens();

export const idleSeconds = 3600;
const absoluteSeconds = 86_400;

/** Where the stores are and what the ids are signed with. */
export interface Stage {
  readonly redisUrl: string;
  readonly secret: string;
}

/** Options of the `redis` package for an URL, unix sockets included. */
export function redisOptions(url: string): RedisClientOptions {
  return url.startsWith('unix://') ? { socket: { path: url.slice('unix://'.length), tls: false } } : { url };
}

/** Signs everybody in at usher, through its own store. Answers the `Cookie` headers, in the guests' order. */
export function seedUsher(stage: Stage, guests: readonly Guest[], cookieName: string): Promise<string[]> {
  return seat(stage, guests, ({ signed }) => `${cookieName}=${encodeURIComponent(`s:${signed}`)}`);
}

async function seat(stage: Stage, guests: readonly Guest[], cookieOf: (issued: IssuedSessionId) => string) {
  const link = await connectRedis({ url: stage.redisUrl, log: createLog({ level: 'silent' }), clock: systemClock });
  const store = new RedisSessionStore({
    link,
    scripts: loadSessionScripts(),
    times: sessionTimes({ idleSeconds, absoluteSeconds }),
    now: () => performance.now(),
  });
  const ids = new SessionIds([stage.secret]);
  const clients = new ClientReader('browser');
  // Twice as many as there are guests: they are seeded for two contestants.
  const policy = plainPolicy({ seats: 2 * guests.length });
  const cookies: string[] = [];
  for (const guest of guests) {
    const tag = licenceTag(guest.licence.id as LicenceId);
    await store.pushPolicy(tag, policy);
    const issued = ids.issue(tag);
    const opened = await store.open({ ...openingOf(guest, clients), issued });
    if (opened.kind !== 'opened' || !(await store.confirm(issued)))
      throw new Error(`a guest was not seated: ${opened.kind}`);
    cookies.push(cookieOf(issued));
  }
  await link.close();
  return cookies;
}

function openingOf(guest: Guest, clients: ClientReader): Omit<Opening, 'issued'> {
  const { id, email, username, name } = guest;
  const person = { id, email, username, name, verified: true, roles: ['user'], permissions: [] };
  const secret = csrfTokens.secretSync();
  return {
    userId: id,
    epoch: 1,
    policyVersion: 1,
    delivery: 'cookie',
    fingerprint: clients.fingerprint(guest.userAgent),
    snapshot: { person: JSON.stringify(person), licence: JSON.stringify(guest.licence) },
    client: JSON.stringify({ userAgent: guest.userAgent, ip: '192.0.2.7', ...clients.describe(guest.userAgent) }),
    amr: ['pwd'],
    aal: 1,
    csrfSecret: secret,
    csrfToken: csrfTokens.create(secret),
    exchange: null,
    attemptId: randomUUID(),
  };
}

/** What the ordinary stack keeps of a session. */
export interface OrdinarySession {
  readonly cookie: object;
  readonly user: object;
  readonly licence: Guest['licence'];
  readonly createdAt: string;
}

export const ordinaryPrefix = 'ordinary:sess:';

/** The seats of a licence in the ordinary stack: session id → when it falls free. */
export function seatsKey(licenceId: string): string {
  return `ordinary:seats:${licenceId}`;
}

/** Signs everybody in at the ordinary stack, as express-session and connect-redis would have stored it. */
export async function seedOrdinary(stage: Stage, guests: readonly Guest[]): Promise<string[]> {
  const client = await createClient(redisOptions(stage.redisUrl)).connect();
  const cookies: string[] = [];
  for (const { licence, userAgent: _, ...person } of guests) {
    const id = randomBytes(24).toString('base64url');
    const user = { ...person, verified: true, roles: ['user'], permissions: [] };
    const cookie = { originalMaxAge: idleSeconds * 1000, httpOnly: true, path: '/', sameSite: 'lax' };
    const stored: OrdinarySession = { cookie, user, licence, createdAt: new Date().toISOString() };
    await client.set(ordinaryPrefix + id, JSON.stringify(stored), { expiration: { type: 'EX', value: idleSeconds } });
    await client.zAdd(seatsKey(licence.id), { score: Date.now() + idleSeconds * 1000, value: id });
    cookies.push(`sid=${encodeURIComponent(`s:${sign(id, stage.secret)}`)}`);
  }
  client.destroy();
  return cookies;
}

/** Signs everybody in at the floor: through the same store, so that it runs the same script on records of the same size. */
export function seedFloor(stage: Stage, guests: readonly Guest[]): Promise<string[]> {
  return seat(stage, guests, ({ tag, handle, verifier }) => `sid=${tag}.${handle}.${verifier}`);
}
