import type { Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { randomToken } from '../kernel/ids.js';
import type { OpenedSession } from '../kernel/route.js';
import type { SessionStore } from '../sessions/store.js';
import { cookieAttributes, cookieName } from './cookies.js';
import { csrfGuard } from './csrf.js';
import { exchangeOf } from './exchange.js';
import { ExpressSessionStore } from './express-session-store.js';

/** express-session over the session store: gives a request its session and a reply its cookie. */
export class CookieSessions {
  readonly #store: ExpressSessionStore;
  readonly #sessions: RequestHandler;
  readonly #csrf: RequestHandler = csrfGuard();

  constructor(options: {
    store: Pick<SessionStore, 'saveData' | 'close'>;
    secrets: readonly string[];
    secure: boolean;
  }) {
    this.#store = new ExpressSessionStore(options);
    this.#sessions = session({
      store: this.#store,
      name: cookieName('sid', options.secure),
      secret: [...options.secrets],
      // An id for somebody who has not signed in never leaves the server.
      genid: (request) => exchangeOf(request).opened?.id ?? randomToken(16),
      resave: false,
      saveUninitialized: false,
      rolling: false,
      cookie: { ...cookieAttributes(options.secure) },
    });
  }

  /** Refuses, as csurf does, a request of a live cookie session whose `X-CSRF-Token` is not the session's. */
  async requireToken(request: Request, response: Response): Promise<void> {
    await this.#attach(request, response);
    await run(this.#csrf, request, response);
  }

  /** Makes the reply carry the cookie of a session that has just been opened. Resolves when nothing can fail any more. */
  async bind(request: Request, response: Response, opened: OpenedSession): Promise<void> {
    exchangeOf(request).opened = opened;
    await this.#attach(request, response);
    await new Promise<void>((resolve, reject) => {
      request.session.regenerate((error?: unknown) => (error === undefined ? resolve() : reject(error)));
    });
    await new Promise<void>((resolve, reject) => {
      request.session.save((error?: unknown) => (error ? reject(error) : resolve()));
    });
  }

  async #attach(request: Request, response: Response): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#store.during(exchangeOf(request), () => {
        this.#sessions(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      });
    });
  }
}

function run(middleware: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    middleware(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
  });
}
