import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveSession } from '../kernel/actor.js';
import { monotonicMs } from '../kernel/clock.js';
import { Recent } from '../kernel/recent.js';
import type { Checked, SessionCheck } from '../sessions/check.js';
import type { Verification } from '../sessions/verification.js';
import { rulesIn, type VerifyRules } from '../sessions/verify-rules.js';
import type { AccessLog } from './access-log.js';
import type { Exchange } from './exchange.js';
import { type Principal, refusalOf } from './principal.js';
import { type Answer, problemAnswer, toProblem } from './problem-handler.js';

/** What the fast path shares with the Express door. */
export interface FastPathParts {
  readonly principal: Principal;
  readonly verification: Verification;
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

/** An answer that holds a signed assertion, and until when that is given again: it is good for some time longer. */
interface VerifyAnswer extends HotAnswer {
  readonly untilMs: number;
}

/** How long one answer to a proxy is given again, in milliseconds. */
const assertedMs = 10_000;
/** Longer addresses are parsed each time: what is remembered must stay small. */
const longestKnown = 300;
const sessionPath = '/auth/session';
const verifyPath = '/auth/verify';
const noRules: VerifyRules = {};
/** No rules either: it changes what those without a session are answered. */
const redirectAlone: VerifyRules = { redirect: '1' };

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

/**
 * Answers `GET /auth/session` and `GET /auth/verify` in front of Express, with the same functions and so the same answers:
 * one check, one write. Requests with anything unusual about them are left to Express.
 */
export class FastPath {
  readonly #parts: FastPathParts;
  /** The answers to each session, for as long as it is told to be the same. */
  readonly #views = new WeakMap<LiveSession, HotAnswer>();
  readonly #verified = new WeakMap<LiveSession, VerifyAnswer>();
  readonly #rules = new Recent<string, { readonly rules: VerifyRules | null }>(1_000);

  constructor(parts: FastPathParts) {
    this.#parts = parts;
  }

  /** Whether the request is a plain one to a hot route. The head must have been found sound before. */
  takes(request: IncomingMessage): boolean {
    const { url = '', headers } = request;
    if (request.method !== 'GET' || (url !== sessionPath && this.#rulesOf(url) === null)) return false;
    return (
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined &&
      headers['expect'] === undefined &&
      headers.origin === undefined &&
      headers['sec-websocket-key'] === undefined &&
      isPlain(headers['x-original-method']) &&
      isPlain(headers['x-forwarded-method'])
    );
  }

  /**
   * Answers a request that `takes` has accepted; `left` when it has not, since whoever has no session may be sent to a page.
   * What was found of the session is kept in the exchange then. Never rejects.
   */
  async answer(request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<'answered' | 'left'> {
    const { url = '' } = request;
    exchange.routePath = url === sessionPath ? sessionPath : verifyPath;
    let answer: HotAnswer;
    try {
      const { principal } = this.#parts;
      const rules = url === sessionPath ? null : (this.#rulesOf(url) ?? noRules);
      const checked = principal.found(exchange, await principal.ask(request));
      if (checked.kind !== 'live') {
        if (rules?.redirect !== undefined) return 'left';
        throw refusalOf(checked);
      }
      answer = rules === null ? this.#sessionAnswer(checked) : await this.#verifyAnswer(checked, rules);
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
    return 'answered';
  }

  #sessionAnswer({ session, snapshot }: LiveCheck): HotAnswer {
    const known = this.#views.get(session);
    if (known !== undefined) return known;
    const body = this.#parts.check.view(session, snapshot);
    const length = String(Buffer.byteLength(body));
    const headers = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', length];
    const answer = this.#whole({ status: 200, headers, body });
    this.#views.set(session, answer);
    return answer;
  }

  async #verifyAnswer({ session, snapshot }: LiveCheck, rules: VerifyRules): Promise<HotAnswer> {
    const { verification, check } = this.#parts;
    if (rules !== noRules && rules !== redirectAlone) verification.require(check.actor(session, snapshot), rules);
    const known = this.#verified.get(session);
    if (known !== undefined && known.untilMs > monotonicMs()) return known;
    const told = Object.entries(await verification.headers(check.actor(session, snapshot)));
    const answer = this.#whole({ status: 200, headers: [...told.flat(), 'Content-Length', '0'], body: '' });
    this.#verified.set(session, { ...answer, untilMs: monotonicMs() + assertedMs });
    return answer;
  }

  /** The rules of a proxy's question; null when it is something else, or is better left to Express. */
  #rulesOf(url: string): VerifyRules | null {
    if (url === verifyPath) return noRules;
    if (url === `${verifyPath}?redirect=1`) return redirectAlone;
    if (!url.startsWith(`${verifyPath}?`)) return null;
    const known = this.#rules.get(url);
    if (known !== undefined) return known.rules;
    const found = rulesIn(url);
    // Nobody passes then.
    const rules = found?.refused === undefined ? found : null;
    if (url.length <= longestKnown) this.#rules.set(url, { rules });
    return rules;
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
