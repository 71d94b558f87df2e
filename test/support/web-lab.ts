import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { z } from 'zod';
import type { RoutePermission } from '../../src/access/permissions.js';
import { staffSessionRoutes } from '../../src/admin/session-routes.js';
import type { AppOptions } from '../../src/http/app.js';
import { Readiness, storeProbes } from '../../src/http/health.js';
import { createServer, type WebServer } from '../../src/http/server.js';
import type { Delivery } from '../../src/kernel/actor.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type LicenceId, newId, randomToken, type UserId } from '../../src/kernel/ids.js';
import { JsonText, type OpenedSession, type Route, route } from '../../src/kernel/route.js';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import type { RedisLink } from '../../src/platform/redis.js';
import { SessionCheck } from '../../src/sessions/check.js';
import { ClientReader } from '../../src/sessions/client.js';
import { RedisSessionStore } from '../../src/sessions/redis-store.js';
import { sessionRoutes } from '../../src/sessions/routes.js';
import { sessionTimes } from '../../src/sessions/session.js';
import { type IssuedSessionId, licenceTag, SessionIds, type SessionRef } from '../../src/sessions/session-id.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import { SessionService } from '../../src/sessions/session-service.js';
import type { Cause, SessionStore } from '../../src/sessions/store.js';
import { plainPolicy } from './plain-policy.js';

const secrets = ['a secret of the tests, long enough for a key'];

/** The browser every guest uses unless a test says otherwise. */
export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Somebody with a live session, as their browser or program knows it. */
export interface Visitor {
  readonly issued: IssuedSessionId;
  readonly userId: UserId;
  readonly licenceId: LicenceId;
  readonly csrfToken: string;
  /** The headers that carry the session. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** The web side on a real session store, with a directory that knows whom the test has let in. No Postgres. */
export class WebLab {
  readonly ids = new SessionIds(secrets);
  readonly store: RedisSessionStore;
  readonly check: SessionCheck;
  readonly service: SessionService;
  readonly lines: Record<string, unknown>[] = [];
  readonly later: { refs: readonly SessionRef[]; cause: Cause }[] = [];
  readonly disabled: UserId[] = [];
  /** What became of the last session that the test's sign-in route opened. */
  fate: 'delivered' | 'undelivered' | null = null;
  readonly #tags = new Map<UserId, string[]>();
  readonly #servers: WebServer[] = [];

  constructor(readonly link: RedisLink) {
    this.store = new RedisSessionStore({
      link,
      scripts: loadSessionScripts(),
      times: sessionTimes({ idleSeconds: 3600, absoluteSeconds: 86_400 }),
      now: () => performance.now(),
    });
    this.check = new SessionCheck({
      ids: this.ids,
      store: this.store,
      clients: new ClientReader('browser'),
      cookieName: 'sid',
      loadPolicy: async () => null,
    });
    this.service = new SessionService(this.store, {
      allTags: async () => [...new Set([...this.#tags.values()].flat())],
      tagsOf: async (userId) => this.#tags.get(userId) ?? [],
      tagsOfMany: async (userIds) => new Map(userIds.map((id) => [id, this.#tags.get(id) ?? []])),
      endLater: async (refs, cause) => void this.later.push({ refs, cause }),
    });
  }

  /** A licence with seats and nobody in it. */
  async licence(seats = 5): Promise<LicenceId> {
    const id = newId<LicenceId>();
    const policy = plainPolicy({ seats });
    await this.store.pushPolicy(licenceTag(id), policy);
    return id;
  }

  /** Seats somebody. */
  async visitor(
    over: {
      delivery?: Delivery;
      permissions?: string[];
      email?: string;
      userId?: UserId;
      licenceId?: LicenceId;
      userAgent?: string;
    } = {},
  ): Promise<Visitor> {
    const { delivery = 'cookie', permissions = [], userId = newId<UserId>(), userAgent = firefox } = over;
    const licenceId = over.licenceId ?? (await this.licence());
    const tag = licenceTag(licenceId);
    const issued = this.ids.issue(tag);
    const csrf = await import('csrf');
    const tokens = new csrf.default();
    const csrfSecret = tokens.secretSync();
    const csrfToken = tokens.create(csrfSecret);
    const email = over.email ?? `${userId}@example.org`;
    const person = { id: userId, email, username: null, name: 'Zoë', verified: true, roles: ['user'], permissions };
    const opened = await this.store.open({
      issued,
      userId,
      epoch: 1,
      policyVersion: 1,
      delivery,
      fingerprint: new ClientReader('browser').fingerprint(userAgent),
      snapshot: {
        person: JSON.stringify(person),
        licence: JSON.stringify({ id: licenceId, serial: 'A-1', name: 'Licence' }),
      },
      client: JSON.stringify({ userAgent, ip: '192.0.2.1', browser: 'Firefox', os: 'Linux' }),
      amr: ['pwd'],
      aal: 1,
      csrfSecret,
      csrfToken,
      exchange: null,
      attemptId: randomToken(8),
    });
    assert.equal(opened.kind, 'opened', JSON.stringify(opened));
    await this.store.confirm(issued);
    this.#tags.set(userId, [...(this.#tags.get(userId) ?? []), tag]);
    const carried: Record<string, string> =
      delivery === 'cookie'
        ? { cookie: `sid=${encodeURIComponent(`s:${issued.signed}`)}` }
        : { authorization: `Bearer ${issued.signed}` };
    return { issued, userId, licenceId, csrfToken, headers: { 'user-agent': userAgent, ...carried } };
  }

  /** Ends a session as something else than its owner would. */
  async end(visitor: Visitor, cause: Cause): Promise<void> {
    await this.store.close(visitor.issued.tag, { handles: [visitor.issued.handle] }, cause);
  }

  /** A server with the session routes, those of staff, `routes`, and a sign-in without password at `/test/sign-in`. */
  async serve(
    over: {
      fastPath?: boolean;
      config?: Partial<AppOptions['config']>;
      routes?: readonly Route<RoutePermission>[];
      store?: SessionStore;
      readiness?: Readiness;
      level?: 'debug' | 'info';
    } = {},
  ): Promise<Door> {
    const config = {
      PUBLIC_URL: 'http://127.0.0.1:3000',
      CORS_ORIGINS: [],
      TRUST_PROXY: null,
      SESSION_SECRETS: secrets,
      METRICS_TOKEN: null,
      secure: false,
      ...over.config,
    };
    const store = over.store ?? this.store;
    const server = createServer({
      config,
      log: createLog({ level: over.level ?? 'debug', destination: new Lines(this.lines) }),
      metrics: createMetrics(),
      check: this.check,
      store,
      readiness: over.readiness ?? new Readiness(storeProbes(this.store, systemClock)),
      fastPath: over.fastPath ?? true,
      routes: [
        ...sessionRoutes({
          check: this.check,
          service: this.service,
          store,
          forgetBrowser: async () => [],
        }),
        ...staffSessionRoutes({
          service: this.service,
          store: this.store,
          findUsers: async (text) => [...this.#tags.keys()].filter((id) => id.includes(text)),
          block: async (users) => {
            this.disabled.push(...users);
            return { blocked: users.length, pending: false };
          },
        }),
        this.#signIn(),
        this.#rotate(),
        ...(over.routes ?? []),
      ],
    });
    this.#servers.push(server);
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    assert.ok(typeof address === 'object');
    return new Door(server, address.port);
  }

  #signIn(): Route<RoutePermission> {
    return route({
      method: 'POST',
      path: '/test/sign-in',
      permission: 'public',
      summary: 'Opens a session for whoever asks',
      input: { body: z.object({ delivery: z.enum(['cookie', 'bearer']), pauseMs: z.number().default(0) }) },
      replies: { 200: null },
      handle: async ({ body, caller }) => {
        const { issued } = await this.visitor({ delivery: body.delivery, userAgent: caller.userAgent });
        const bind: OpenedSession = {
          id: issued.id,
          delivery: body.delivery,
          csrfSecret: 'not looked at here',
          delivered: () => {
            this.fate = 'delivered';
          },
          undelivered: () => {
            this.fate = 'undelivered';
          },
        };
        await new Promise((resolve) => setTimeout(resolve, body.pauseMs));
        const token = body.delivery === 'bearer' ? `{"sessionToken":"${issued.signed}"}` : '{}';
        return { status: 200, body: new JsonText(token), session: { bind } };
      },
    });
  }

  /** Gives the caller's session a new secret, as a change of the password does; with `?fail=1` the answer then fails. */
  #rotate(): Route<RoutePermission> {
    return route({
      method: 'POST',
      path: '/test/rotate',
      permission: 'session',
      summary: 'A new secret for the session',
      input: { query: z.object({ fail: z.literal('1').optional() }) },
      replies: { 204: null },
      handle: async ({ actor, query }) => {
        const { tag, handle, csrfSecret, delivery } = actor.session;
        const next = this.ids.issue(tag, handle);
        await this.store.rotate(actor.session, next);
        const bind: OpenedSession = {
          id: next.id,
          delivery,
          csrfSecret,
          delivered: () => {
            this.fate = 'delivered';
          },
          undelivered: () => {
            this.fate = 'undelivered';
          },
        };
        return { status: 204, session: { bind }, headers: query.fail === '1' ? { 'X-Bad': 'a\nb' } : {} };
      },
    });
  }

  /** Stops every server that was started here. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop(500)));
  }
}

/** One server's address. */
export class Door {
  constructor(
    readonly server: WebServer,
    readonly port: number,
  ) {}

  /** One request on a connection of its own. A body that is no string is sent as JSON. */
  ask(
    method: string,
    path: string,
    options: { headers?: Readonly<Record<string, string | string[]>>; body?: unknown } = {},
  ): Promise<Answered> {
    const { body } = options;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const headers = {
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...options.headers,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: this.port, method, path, headers, agent: false },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('error', reject);
          answer.on('end', () => {
            const received = Buffer.concat(parts).toString('utf8');
            const isJson = /json/.test(answer.headers['content-type'] ?? '') && received !== '';
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: received,
              json: isJson ? JSON.parse(received) : undefined,
            });
          });
        },
      );
      request.on('error', reject);
      request.end(text);
    });
  }

  /** Sends bytes as they are and answers everything that comes back until the server closes, or for `ms`. */
  raw(bytes: string, ms = 2_000): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
      let received = '';
      const timer = setTimeout(() => socket.destroy(), ms);
      socket.on('data', (part) => {
        received += part.toString('latin1');
      });
      socket.on('error', reject);
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(received);
      });
    });
  }
}

/** Keeps log lines as the objects they are. */
class Lines extends Writable {
  constructor(readonly lines: Record<string, unknown>[]) {
    super({ decodeStrings: false });
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    for (const line of text.split('\n')) if (line !== '') this.lines.push(JSON.parse(line));
    done();
  }
}
