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
export class Exchange {
  /** Monotonic, in milliseconds. */
  readonly startedAtMs = monotonicMs();
  /** The pattern of the route that answers, `-` while there is none. Never the raw URL, which may hold secrets. */
  routePath = '-';
  /** What the one check of this request found; null when none has run. */
  checked: Checked | null = null;
  /** Whether the answer is a stream: that its reader leaves is how it ends. */
  streams = false;
  /** The session that this request has just opened and that its reply delivers as a cookie. */
  opened: OpenedSession | null = null;
  #caller: RequestCaller | null = null;

  constructor(
    readonly requestId: string,
    private readonly callers: Pick<Exchanges, 'callerOf'>,
    private readonly request: IncomingMessage,
  ) {}

  /** Where the request comes from. Made when it is first asked for: a check need not know. */
  get caller(): RequestCaller {
    this.#caller ??= this.callers.callerOf(this.request, this.requestId);
    return this.#caller;
  }
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
    request.exchange ??= new Exchange(this.nextId(), this, request);
    return request.exchange;
  }

  /** Where a request comes from. */
  callerOf(request: IncomingMessage, requestId: string): RequestCaller {
    return new RequestCaller(request, requestId, this.#trusted, this.#secure);
  }

  /** An id for what never became a request. */
  nextId(): string {
    this.#begun += 1;
    return `${this.#prefix}-${this.#begun}`;
  }
}

/** The exchange of a request. Throws when none has been begun. */
export function exchangeOf(request: IncomingMessage): Exchange {
  if (request.exchange === undefined) throw new Error('The request has not passed through Exchanges.begin');
  return request.exchange;
}
