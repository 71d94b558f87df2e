import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import { Problem } from '../kernel/problem.js';
import type { Checked } from '../sessions/check.js';
import { mostDataBytes } from '../sessions/session.js';
import type { Credential } from '../sessions/session-id.js';
import type { SessionStore } from '../sessions/store.js';
import { cookieAttributes } from './cookies.js';
import { type Exchange, exchangeOf } from './exchange.js';
import { refusalOf } from './principal.js';

declare module 'express-session' {
  interface SessionData {
    csrfSecret?: string;
    /** The session's own data, by top-level field. */
    data?: Record<string, unknown>;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: express-session and connect-redis type their callbacks so.
type Callback = (error?: unknown, data?: any) => unknown;

/** What was read of a session, to tell later what has been changed. Null for one that has just been opened. */
type Held = { readonly credential: Credential; readonly data: ReadonlyMap<string, string> } | null;

/** Stands where connect-redis expects its client: whatever is not overridden fails here instead of reaching Redis. */
const noClient = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new Error(`The session store may not be reached around its port (${String(name)})`);
    },
  },
);

/**
 * Lets express-session work on a store that has no `set` and no `delete`. Records come from the check that has run already,
 * never from a second read; only sessions that live are changed, only sign-in opens them, and the seat is freed by `close`.
 * What would walk the keyspace is refused.
 */
export class ExpressSessionStore extends RedisStore {
  readonly #store: Pick<SessionStore, 'saveData' | 'close'>;
  readonly #secure: boolean;
  readonly #held = new WeakMap<object, Held>();
  #current: Exchange | null = null;
  /** Put here by express-session: gives a request a new session with the id `genid` names. */
  declare generate: (request: Request) => void;

  constructor(options: {
    store: Pick<SessionStore, 'saveData' | 'close'>;
    secure: boolean;
  }) {
    super({ client: noClient });
    this.#store = options.store;
    this.#secure = options.secure;
  }

  /** Runs `start`, in whose synchronous part express-session asks for the record of this request and of no other. */
  during(exchange: Exchange, start: () => void): void {
    this.#current = exchange;
    try {
      start();
    } finally {
      this.#current = null;
    }
  }

  /** The record the check found; null when it found none, or another one than the id names. */
  override async get(sid: string, callback?: Callback): Promise<unknown> {
    const exchange = this.#current;
    if (exchange === null) return fail(new Error('A session is read once, at the start of its request'), callback);
    const live = liveCookie(exchange.checked);
    if (live === null || !sid.startsWith(`${live.session.ref}.`)) return done(null, callback);
    let data: Record<string, unknown>;
    try {
      data = Object.fromEntries([...live.session.data].map(([name, text]) => [name, JSON.parse(text)]));
    } catch (error) {
      // Damaged in Redis: nobody waits for this promise, so that rejecting would end the process.
      return fail(error, callback);
    }
    return done({ cookie: cookieAttributes(this.#secure), csrfSecret: live.session.csrfSecret, data }, callback);
  }

  /** Saves the fields of the session's own data that have changed. Throws a Problem when it has ended or grown too large. */
  override async set(_sid: string, session: SessionData, callback?: Callback): Promise<unknown> {
    const held = this.#held.get(session);
    if (held === undefined) return fail(new Error('Nothing is stored for somebody who has not signed in'), callback);
    if (held === null) return done(undefined, callback);
    const changes = changed(held.data, session.data ?? {});
    if (changes.size === 0) return done(undefined, callback);
    try {
      const outcome = await this.#store.saveData(held.credential, changes, mostDataBytes);
      if (outcome.kind === 'saved') return done(undefined, callback);
      if (outcome.kind === 'too-large') throw new Problem('payload-too-large');
      throw refusalOf(outcome.kind === 'ended' ? outcome : { kind: 'anonymous' });
    } catch (error) {
      return fail(error, callback);
    }
  }

  /** Sliding is the check's business. Answers at once, so that the response leaves in one piece. */
  override touch(_sid: string, _session: SessionData, callback?: Callback): Promise<unknown> {
    return done(undefined, callback);
  }

  /** Ends the session of an id whose signature has been verified. */
  override async destroy(sid: string, callback?: Callback): Promise<unknown> {
    const [tag = '', handle = ''] = sid.split('.');
    try {
      await this.#store.close(tag, { handles: [handle] }, { reason: 'signed-out' });
    } catch (error) {
      return fail(error, callback);
    }
    return done(undefined, callback);
  }

  /** Makes the express session of the session that sign-in has just opened. It has ended the one before it by itself. */
  override regenerate(request: Request, callback: (error?: unknown) => unknown): void {
    const { opened } = exchangeOf(request);
    if (opened === null) {
      callback(new Error('A session is opened by sign-in, not by express-session'));
      return;
    }
    this.generate(request);
    request.session.csrfSecret = opened.csrfSecret;
    this.#held.set(request.session, null);
    callback();
  }

  override createSession(request: Request, record: SessionData): Session & SessionData {
    const live = liveCookie(exchangeOf(request).checked);
    const session = super.createSession(request, record);
    if (live !== null) this.#held.set(session, { credential: live.credential, data: live.session.data });
    return session;
  }

  override load(_sid: string, callback: (error: unknown) => unknown): void {
    callback(new Error('A session is read once, at the start of its request'));
  }

  override all(callback?: Callback): Promise<unknown> {
    return fail(new Error('Sessions are listed by SessionStore.list'), callback);
  }

  override ids(callback?: Callback): Promise<unknown> {
    return fail(new Error('Sessions are listed by SessionStore.list'), callback);
  }

  override length(callback?: Callback): Promise<unknown> {
    return fail(new Error('Sessions are counted by SessionStore.total'), callback);
  }

  override clear(callback?: Callback): Promise<unknown> {
    return fail(new Error('Sessions are ended by SessionStore.close'), callback);
  }
}

function liveCookie(checked: Checked | null): Extract<Checked, { kind: 'live' }> | null {
  return checked?.kind === 'live' && checked.session.delivery === 'cookie' ? checked : null;
}

/** The fields whose JSON text differs from what was read; null for those that are gone. */
function changed(before: ReadonlyMap<string, string>, now: Record<string, unknown>): Map<string, string | null> {
  const changes = new Map<string, string | null>();
  for (const name of before.keys()) if (!Object.hasOwn(now, name)) changes.set(name, null);
  for (const [name, value] of Object.entries(now)) {
    // What JSON cannot say, such as undefined, is gone.
    const text: string | undefined = JSON.stringify(value);
    if (text !== before.get(name)) changes.set(name, text ?? null);
  }
  return changes;
}

async function done(data: unknown, callback: Callback | undefined): Promise<unknown> {
  callback?.(null, data);
  return data;
}

async function fail(error: unknown, callback: Callback | undefined): Promise<unknown> {
  if (callback === undefined) throw error;
  callback(error);
  return undefined;
}
