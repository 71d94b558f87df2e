import type { IncomingMessage } from 'node:http';
import { monotonicMs } from '../kernel/clock.js';
import { randomToken } from '../kernel/ids.js';
import type { OpenedSession } from '../kernel/route.js';
import type { Checked } from '../sessions/check.js';
import { RequestCaller } from './caller.js';
import type { TrustedProxies } from './client-address.js';

declare module 'http' {
  interface IncomingMessage {
    /** What this server knows of the request; set by the first of its handlers. */
    exchange?: Exchange;
  }
}

/** One request and its answer: what both doors, the log and the cookie layer share about it. */
export interface Exchange {
  readonly requestId: string;
  /** Monotonic, in milliseconds. */
  readonly startedAtMs: number;
  readonly caller: RequestCaller;
  /** The pattern of the route that answers, `-` while there is none. Never the raw URL, which may hold secrets. */
  routePath: string;
  /** What the one check of this request found; null when none has run. */
  checked: Checked | null;
  /** The session that this request has just opened and that its reply delivers as a cookie. */
  opened: OpenedSession | null;
}

/** Begins the exchange of each request, whichever door it comes through first. */
export class Exchanges {
  readonly #trusted: TrustedProxies;
  readonly #secure: boolean;
  readonly #prefix = randomToken(6);
  #begun = 0;

  constructor(trusted: TrustedProxies, secure: boolean) {
    this.#trusted = trusted;
    this.#secure = secure;
  }

  /** The exchange of the request, begun now unless it has been. Its id is random for the process and counted within it. */
  begin(request: IncomingMessage): Exchange {
    if (request.exchange !== undefined) return request.exchange;
    const requestId = this.nextId();
    request.exchange = {
      requestId,
      startedAtMs: monotonicMs(),
      caller: new RequestCaller(request, requestId, this.#trusted, this.#secure),
      routePath: '-',
      checked: null,
      opened: null,
    };
    return request.exchange;
  }

  /** An id for what never became a request. */
  nextId(): string {
    this.#begun += 1;
    return `${this.#prefix}-${this.#begun.toString(36).padStart(6, '0')}`;
  }
}

/** The exchange of a request. Throws when none has been begun. */
export function exchangeOf(request: IncomingMessage): Exchange {
  if (request.exchange === undefined) throw new Error('The request has not passed through Exchanges.begin');
  return request.exchange;
}
