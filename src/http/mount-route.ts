import type { Express, Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { RoutePermission } from '../access/permissions.js';
import type { RouteGuard } from '../access/route-guard.js';
import type { StepUpGuard } from '../access/step-up-guard.js';
import { invalid, Problem } from '../kernel/problem.js';
import type { Reply, Route } from '../kernel/route.js';
import type { Checked, SessionCheck } from '../sessions/check.js';
import { bodyTypes, formType } from './body-types.js';
import type { CookieSessions } from './cookie-sessions.js';
import type { EventStreams, StreamHolder } from './event-streams.js';
import { exchangeOf } from './exchange.js';
import { InputReader } from './input.js';
import { isSafe, type OriginRule } from './origin-rule.js';
import { type Principal, refusalOf } from './principal.js';
import { toProblem } from './problem-handler.js';
import type { ReplyWriter } from './reply-writer.js';
import { announcesBody } from './request-head.js';

type Live = Extract<Checked, { kind: 'live' }>;

/** What every mounted route works with. */
export interface RouteParts {
  readonly principal: Principal;
  readonly check: Pick<SessionCheck, 'actor'>;
  readonly guard: RouteGuard;
  readonly stepUps: StepUpGuard;
  readonly sessions: CookieSessions;
  readonly origins: OriginRule;
  readonly replies: ReplyWriter;
  readonly streams: EventStreams;
}

const jsonOf = (limit: number) => express.json({ limit, inflate: false, strict: true, type: () => true });
const parseJson = jsonOf(65_536);
const parseForm = express.urlencoded({
  limit: 65_536,
  inflate: false,
  extended: false,
  parameterLimit: 50,
  type: () => true,
});

/**
 * Puts a route into Express: who calls, may they, does it come from our pages, is the input sound; only then the handler.
 * Whatever is thrown on the way goes to the problem handler.
 */
export function mountRoute(app: Express, route: Route<RoutePermission>, parts: RouteParts): void {
  const mounted = new MountedRoute(route, parts);
  const handler: RequestHandler = (request, response, next) => {
    mounted.answer(request, response).catch(next);
  };
  switch (route.method) {
    case 'GET':
      app.get(route.path, handler);
      break;
    case 'POST':
      app.post(route.path, handler);
      break;
    case 'PATCH':
      app.patch(route.path, handler);
      break;
    case 'DELETE':
      app.delete(route.path, handler);
      break;
  }
}

class MountedRoute {
  readonly #route: Route<RoutePermission>;
  readonly #parts: RouteParts;
  readonly #input: InputReader;
  readonly #parse: RequestHandler;

  constructor(route: Route<RoutePermission>, parts: RouteParts) {
    this.#route = route;
    this.#parts = parts;
    this.#input = new InputReader(route.input);
    this.#parse = route.longestBody === undefined ? parseJson : jsonOf(route.longestBody);
  }

  async answer(request: Request, response: Response): Promise<void> {
    exchangeOf(request).routePath = this.#route.path;
    const reply = await this.#reply(request, response).catch((error) => {
      throw this.#route.accepts === 'form' ? asToldToOAuth(error) : error;
    });
    if (reply.stream === undefined || request.method === 'HEAD') {
      await this.#parts.replies.send(request, response, reply);
      return;
    }
    exchangeOf(request).streams = true;
    await this.#parts.streams.run(response, this.#holderOf(request), reply.stream);
  }

  /** A stream belongs to a live session: routes that are open to everybody have none. */
  #holderOf(request: Request): StreamHolder {
    const { checked } = exchangeOf(request);
    if (checked?.kind !== 'live') throw new Error('only a live session may have a stream');
    const { person, session } = this.#parts.check.actor(checked.session, checked.snapshot);
    // What is one's own looks after the session itself.
    const stillMay = this.#route.permission === 'session' ? null : () => this.#stillMay(request);
    return { ref: session.ref, userId: person.id, stillMay };
  }

  /** Whether whoever holds a stream still has the session and the permission it was opened with. */
  async #stillMay(request: Request): Promise<boolean> {
    const checked = await this.#parts.principal.ask(request, true);
    if (checked.kind !== 'live') return false;
    await this.#parts.guard.visibleTo(this.#parts.check.actor(checked.session, checked.snapshot), this.#route);
    return true;
  }

  async #reply(request: Request, response: Response): Promise<Reply> {
    const { caller } = exchangeOf(request);
    if (this.#route.permission === 'public') {
      this.#refuseOtherSites(request, 'json');
      return this.#route.handle({ ...(await this.#read(request, response)), actor: null, visible: null, caller });
    }
    const checked = await this.#parts.principal.of(request, this.#route.streams === undefined ? undefined : true);
    if (checked.kind !== 'live') return this.#withoutSession(request, response, checked);
    const actor = this.#parts.check.actor(checked.session, checked.snapshot);
    await this.#refuseForgery(request, response, checked);
    const visible = await this.#parts.guard.visibleTo(actor, this.#route);
    await this.#parts.stepUps.require(actor, this.#route.stepUp);
    const input = await this.#read(request, response);
    await this.#parts.guard.requireVisible(visible, this.#route, input);
    return this.#route.handle({ ...input, actor, visible, caller });
  }

  /** Some routes have an answer for those who are not signed in; to the others it is said why they are not. */
  async #withoutSession(request: Request, response: Response, checked: Exclude<Checked, Live>): Promise<Reply> {
    const refusal = refusalOf(checked);
    if (this.#route.withoutSession === undefined || checked.kind === 'other-client') throw refusal;
    this.#refuseOtherSites(request, 'any');
    const input = await this.#read(request, response);
    const reply = await this.#route.withoutSession({
      ...input,
      actor: null,
      visible: null,
      caller: exchangeOf(request).caller,
    });
    if (reply === null) throw refusal;
    return reply;
  }

  #refuseOtherSites(request: Request, content: 'json' | 'any'): void {
    if (isSafe(request.method)) return;
    this.#parts.origins.require(exchangeOf(request).caller);
    // A form or a script of another site cannot send this type without asking first.
    if (content === 'json' && this.#parserOf(request) === null) throw wrongType(this.#route);
  }

  /** What reads the body of a request of this type; null for a type the route does not take. */
  #parserOf(request: Request): RequestHandler | null {
    const type = typeOf(request);
    if (!bodyTypes(this.#route).includes(type)) return null;
    return type === formType ? parseForm : this.#parse;
  }

  async #refuseForgery(request: Request, response: Response, live: Live): Promise<void> {
    if (isSafe(request.method) || live.session.delivery === 'bearer') return;
    this.#parts.origins.require(exchangeOf(request).caller);
    await this.#parts.sessions.requireToken(request, response);
  }

  async #read(request: Request, response: Response) {
    if (announcesBody(request)) {
      if (isSafe(request.method)) throw invalid('', 'must be left out: this method takes no body');
      const parse = this.#parserOf(request);
      if (parse === null) throw wrongType(this.#route);
      await new Promise<void>((resolve, reject) => {
        parse(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      });
    }
    const form = typeOf(request) === formType;
    return this.#input.read({ params: request.params, url: request.url, body: request.body, form });
  }
}

/** The media type of a body, without its parameters; empty when there is none. */
function typeOf({ headers }: Request): string {
  return /^([^;\s]*)[ \t]*(?:;|$)/.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? '';
}

/** Clients of OAuth look for `error` (RFC 6749, 5.2). */
function asToldToOAuth(error: unknown): Problem {
  const problem = toProblem(error);
  return problem.slug === 'invalid-request'
    ? new Problem('invalid-request', { errors: [], ...problem.members, error: 'invalid_request' })
    : problem;
}

function wrongType(route: Route<RoutePermission>): Problem {
  return invalid('header:content-type', `must be ${bodyTypes(route).join(' or ')}`);
}
