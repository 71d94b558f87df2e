import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { RoutePermission } from '../access/permissions.js';
import { noScopes, RouteGuard, type Scopes } from '../access/route-guard.js';
import { StepUpGuard, type StepUpMethods } from '../access/step-up-guard.js';
import type { Config } from '../config/config.js';
import { systemClock } from '../kernel/clock.js';
import { Problem } from '../kernel/problem.js';
import type { Route } from '../kernel/route.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { SessionCheck } from '../sessions/check.js';
import type { SessionStore } from '../sessions/store.js';
import { type AssertionOf, Verification } from '../sessions/verification.js';
import { verifyRoute } from '../sessions/verify-routes.js';
import { AccessLog } from './access-log.js';
import { trustedProxies } from './client-address.js';
import { CookieSessions } from './cookie-sessions.js';
import { cookieName } from './cookies.js';
import { cors } from './cors.js';
import { cspReportRoutes } from './csp-reports.js';
import { docsRoutes } from './docs-pages.js';
import { EventStreams } from './event-streams.js';
import { Exchanges, exchangeOf } from './exchange.js';
import { healthRoutes, type Readiness } from './health.js';
import { manualRoutes } from './manual-pages.js';
import { mountRoute } from './mount-route.js';
import { openApiRoute } from './openapi.js';
import { OriginRule } from './origin-rule.js';
import { docsPermission } from './package-file.js';
import { Principal } from './principal.js';
import { problemAnswer, toProblem } from './problem-handler.js';
import { problemPages } from './problem-pages.js';
import { probeRoute } from './proxy-probe.js';
import { ReplyWriter } from './reply-writer.js';
import { faultOfHead } from './request-head.js';
import { securityHeaders } from './security-headers.js';

/** What the web side is made of. */
export interface AppOptions {
  readonly config: Pick<
    Config,
    'PUBLIC_URL' | 'CORS_ORIGINS' | 'TRUST_PROXY' | 'SESSION_SECRETS' | 'METRICS_TOKEN' | 'secure'
  > &
    Partial<Pick<Config, 'DOCS_ACCESS'>>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly check: Pick<SessionCheck, 'check' | 'view' | 'actor'>;
  readonly store: Pick<SessionStore, 'saveData' | 'close'>;
  readonly readiness: Readiness;
  /** Who manages which licences. Left out: nobody does. */
  readonly scopes?: Scopes;
  /** By what somebody may authenticate again. Left out: by the password. */
  readonly stepUpMethods?: StepUpMethods;
  /** Signs what reverse proxies are told. Left out: nothing is signed. */
  readonly assertionOf?: AssertionOf;
  /** Every route but those that this side brings itself: health, metrics, verify, problems, OpenAPI. */
  readonly routes: readonly Route<RoutePermission>[];
}

/** What both doors share. */
export interface Doors {
  readonly app: Express;
  readonly exchanges: Exchanges;
  readonly principal: Principal;
  readonly verification: Verification;
  readonly accessLog: AccessLog;
  readonly headers: readonly string[];
  /** Every route there is. */
  readonly routes: readonly Route<RoutePermission>[];
}

/** The Express application and what the fast path in front of it shares with it. Throws when two routes are the same. */
export function createApp(options: AppOptions): Doors {
  const { config, metrics, check, store, readiness } = options;
  const { secure } = config;
  const exchanges = new Exchanges(trustedProxies(config.TRUST_PROXY), secure);
  const accessLog = new AccessLog(options.log, metrics);
  const principal = new Principal(check, metrics);
  const origins = new OriginRule(config);
  const headers = securityHeaders(secure);
  const sessions = new CookieSessions({ store, secrets: config.SESSION_SECRETS, secure });
  const app = express();
  configure(app, secure);
  app.use(entrance({ exchanges, accessLog, headers }));
  app.use(cors(origins));
  const stepUps = new StepUpGuard(systemClock, options.stepUpMethods ?? (async () => ['password']));
  const verification = new Verification({
    stepUps,
    assertionOf: options.assertionOf ?? (async () => ''),
    allowsOrigin: (caller) => origins.allows(caller),
  });
  const replies = new ReplyWriter(sessions, secure, readiness);
  const reading = docsPermission[config.DOCS_ACCESS ?? 'public'];
  const routes: Route<RoutePermission>[] = [
    ...options.routes,
    verifyRoute({ verification, publicUrl: config.PUBLIC_URL }),
    probeRoute(config.SESSION_SECRETS, systemClock),
    ...cspReportRoutes({ log: options.log, metrics, clock: systemClock }),
    ...healthRoutes({ readiness, metrics, metricsToken: config.METRICS_TOKEN }),
    problemPages,
    ...docsRoutes(reading),
    ...manualRoutes(reading),
  ];
  routes.push(openApiRoute(routes, { url: config.PUBLIC_URL, cookie: cookieName('sid', secure) }, reading));
  const guard = new RouteGuard(options.scopes ?? noScopes);
  const streams = new EventStreams(readiness.stopping);
  const parts = { principal, check, guard, stepUps, sessions, origins, replies, streams };
  for (const route of inOrder(routes)) mountRoute(app, route, parts);
  nameAllowedMethods(app, routes);
  app.use(() => {
    throw new Problem('not-found');
  });
  app.use(problemHandler(accessLog, readiness));
  return { app, exchanges, principal, verification, accessLog, headers, routes };
}

function configure(app: Express, secure: boolean): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  // PUBLIC_URL says how the server is reached; a header of a client never does.
  Object.defineProperty(app.request, 'protocol', { configurable: true, value: secure ? 'https' : 'http' });
  Object.defineProperty(app.request, 'secure', { configurable: true, value: secure });
}

/** The first thing every request meets: its id, the headers of every answer, the log line, and a sound head. */
function entrance(parts: Pick<Doors, 'exchanges' | 'accessLog' | 'headers'>) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const exchange = parts.exchanges.begin(request);
    const { headers } = parts;
    for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] ?? '', headers[i + 1] ?? '');
    response.setHeader('X-Request-Id', exchange.requestId);
    response.once('close', () => {
      parts.accessLog.record(
        exchange,
        request.method,
        response.statusCode,
        !response.writableFinished && !exchange.streams,
      );
    });
    next(faultOfHead(request) ?? undefined);
  };
}

/** Fixed paths before those with parameters, so that `/x/end` is never taken for an `/x/:ref`. */
function inOrder(routes: readonly Route<RoutePermission>[]): Route<RoutePermission>[] {
  const names = new Set<string>();
  for (const { method, path } of routes) {
    const name = `${method} ${path.replace(/:\w+/g, ':')}`;
    if (names.has(name)) throw new Error(`Two routes answer ${name}`);
    names.add(name);
  }
  const rank = (route: Route<RoutePermission>) => route.path.replaceAll(':', '\uffff');
  return routes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

/** A known path asked by another method is not found either, but the answer names the methods there are. */
function nameAllowedMethods(app: Express, routes: readonly Route<RoutePermission>[]): void {
  for (const { method, path } of routes) {
    // Not `app.all`, which makes one entry for each of the many methods there are.
    app.route(path).all((_request, response, next) => {
      response.append('Allow', method === 'GET' ? 'GET, HEAD' : method);
      next();
    });
  }
}

function problemHandler(accessLog: AccessLog, readiness: Pick<Readiness, 'draining'>) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const exchange = exchangeOf(request);
    const problem = toProblem(error);
    if (problem.slug === 'internal') accessLog.fault(exchange, error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A failed request sets no cookie, and express-session must not add one on the way out.
    response.removeHeader('Set-Cookie');
    Reflect.deleteProperty(request, 'session');
    if (readiness.draining) response.setHeader('Connection', 'close');
    const answer = problemAnswer(problem, exchange.requestId);
    for (let i = 0; i < answer.headers.length; i += 2) {
      response.setHeader(answer.headers[i] ?? '', answer.headers[i + 1] ?? '');
    }
    response.statusCode = answer.status;
    response.end(answer.body);
  };
}
