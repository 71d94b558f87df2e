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

type HotPath = '/auth/session' | '/auth/verify';

/**
 * Answers `GET /auth/session` and `GET /auth/verify` in front of Express, with the same functions and so the same answers:
 * one check, one write. Requests with anything unusual about them are left to Express.
 */
export class FastPath {
  readonly #parts: FastPathParts;
  /** The headers that answer `GET /auth/verify`, for as long as the session is told to be the same. */
  readonly #verified = new WeakMap<LiveSession, readonly string[]>();

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
      headers['x-original-method'] === undefined &&
      headers['x-forwarded-method'] === undefined
    );
  }

  /** Answers a request that `takes` has accepted. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> {
    const path: HotPath = request.url === '/auth/session' ? '/auth/session' : '/auth/verify';
    exchange.routePath = path;
    let answer: Answer;
    try {
      answer = this.#answerOf(path, await this.#parts.principal.of(request), exchange);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.slug === 'internal') this.#parts.log.fault(exchange, error);
      answer = problemAnswer(problem, exchange.requestId);
    }
    const headers = [...this.#parts.headers, 'X-Request-Id', exchange.requestId, ...answer.headers];
    if (this.#parts.draining()) headers.push('Connection', 'close');
    const gone = response.destroyed;
    response.writeHead(answer.status, headers);
    response.end(answer.body);
    this.#parts.log.record(exchange, 'GET', answer.status, gone);
  }

  #answerOf(path: HotPath, checked: Checked, exchange: Exchange): Answer {
    const { check } = this.#parts;
    if (checked.kind !== 'live') return problemAnswer(refusalOf(checked), exchange.requestId);
    if (path === '/auth/verify') {
      let headers = this.#verified.get(checked.session);
      if (headers === undefined) {
        const told = Object.entries(verifyHeaders(check.actor(checked.session, checked.snapshot)));
        headers = [...told.flat(), 'Content-Length', '0'];
        this.#verified.set(checked.session, headers);
      }
      return { status: 200, headers, body: '' };
    }
    const body = check.view(checked.session, checked.snapshot);
    const length = String(Buffer.byteLength(body));
    return {
      status: 200,
      headers: ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', length],
      body,
    };
  }
}
