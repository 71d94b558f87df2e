import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveSession } from '../kernel/actor.js';
import type { Checked, SessionCheck } from '../sessions/check.js';
import { verifyHeaders } from '../sessions/verify-headers.js';
import type { AccessLog } from './access-log.js';
import type { Exchange } from './exchange.js';
import { type Principal, refusalOf } from './principal.js';
import { type Answer, problemAnswer, toProblem } from './problem-handler.js';

/** What the fast path shares with the Express door. */
export interface FastPathParts {
  readonly principal: Principal;
  readonly check: Pick<SessionCheck, 'view' | 'actor'>;
  readonly headers: readonly string[];
  readonly log: AccessLog;
  /** Whether connections are to be closed after their answer. */
  readonly draining: () => boolean;
}

/** An answer that is given again and again. Its headers are whole but for the last value, the id of the request. */
interface HotAnswer {
  readonly status: number;
  readonly headers: string[];
  readonly body: string;
  /** `latin1` where that is the same bytes: Node then writes the text without looking at each character. */
  readonly encoding: 'latin1' | 'utf8';
}

type LiveCheck = Extract<Checked, { kind: 'live' }>;
/** Whether what a proxy says of the method is nothing or GET: what only reads may come from anywhere. */
function isPlain(method: string | string[] | undefined): boolean {
  return method === undefined || method === 'GET';
}

/**
 * Ends the response with one plain write. `end(body)` hands the socket an empty text behind the body, and two texts are
 * copied into a buffer first, which costs a tenth of a check.
 */
function finish(response: ServerResponse, body: string, encoding: 'latin1' | 'utf8'): void {
  if (body !== '') {
    response.cork();
    response.write(body, encoding);
    response.uncork();
  }
  response.end();
}

type HotPath = '/auth/session' | '/auth/verify';

/**
 * Answers `GET /auth/session` and `GET /auth/verify` in front of Express, with the same functions and so the same answers:
 * one check, one write. Requests with anything unusual about them are left to Express.
 */
export class FastPath {
  readonly #parts: FastPathParts;
  /** The answers of each path, for as long as the session is told to be the same. */
  readonly #answers: Readonly<Record<HotPath, WeakMap<LiveSession, HotAnswer>>> = {
    '/auth/session': new WeakMap(),
    '/auth/verify': new WeakMap(),
  };

  constructor(parts: FastPathParts) {
    this.#parts = parts;
  }

  /** Whether the request is a plain one to a hot route. The head must have been found sound before. */
  takes(request: IncomingMessage): boolean {
    const { url, headers } = request;
    if (request.method !== 'GET' || (url !== '/auth/session' && url !== '/auth/verify')) return false;
    return (
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined &&
      headers['expect'] === undefined &&
      headers.origin === undefined &&
      isPlain(headers['x-original-method']) &&
      isPlain(headers['x-forwarded-method'])
    );
  }

  /** Answers a request that `takes` has accepted. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> {
    const path: HotPath = request.url === '/auth/session' ? '/auth/session' : '/auth/verify';
    exchange.routePath = path;
    let answer: HotAnswer;
    try {
      const { principal } = this.#parts;
      answer = this.#answerOf(path, principal.found(exchange, await principal.ask(request)), exchange);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.slug === 'internal') this.#parts.log.fault(exchange, error);
      answer = this.#whole(problemAnswer(problem, exchange.requestId));
    }
    const { headers } = answer;
    headers[headers.length - 1] = exchange.requestId;
    const gone = response.destroyed;
    response.writeHead(answer.status, this.#parts.draining() ? [...headers, 'Connection', 'close'] : headers);
    finish(response, answer.body, answer.encoding);
    this.#parts.log.record(exchange, 'GET', answer.status, gone);
  }

  #answerOf(path: HotPath, checked: Checked, exchange: Exchange): HotAnswer {
    if (checked.kind !== 'live') return this.#whole(problemAnswer(refusalOf(checked), exchange.requestId));
    const known = this.#answers[path].get(checked.session);
    if (known !== undefined) return known;
    const answer = this.#whole(path === '/auth/session' ? this.#sessionAnswer(checked) : this.#verifyAnswer(checked));
    this.#answers[path].set(checked.session, answer);
    return answer;
  }

  #sessionAnswer({ session, snapshot }: LiveCheck): Answer {
    const body = this.#parts.check.view(session, snapshot);
    const length = String(Buffer.byteLength(body));
    return {
      status: 200,
      headers: ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', length],
      body,
    };
  }

  #verifyAnswer({ session, snapshot }: LiveCheck): Answer {
    const told = Object.entries(verifyHeaders(this.#parts.check.actor(session, snapshot)));
    return { status: 200, headers: [...told.flat(), 'Content-Length', '0'], body: '' };
  }

  #whole({ status, headers, body }: Answer): HotAnswer {
    return {
      status,
      headers: [...this.#parts.headers, ...headers, 'X-Request-Id', ''],
      body,
      encoding: Buffer.byteLength(body) === body.length ? 'latin1' : 'utf8',
    };
  }
}
