import type { z } from 'zod';
import type { Actor, Caller, Delivery } from './actor.js';
import type { ProblemSlug } from './problems.js';
import type { Named, Visibility } from './visibility.js';

/** The HTTP methods routes are written for. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The schemas of what a route takes. What is not named is not accepted: unknown body and query fields are refused. */
export interface RouteInput {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/**
 * What a handler is given. `actor` is null only where the route's permission is `public`; `visible` where it is that or
 * `session`: what is everybody's, or one's own, is not narrowed.
 */
export interface RouteRequest<Input extends RouteInput, Permission extends string> {
  readonly params: Parsed<Input['params']>;
  readonly query: Parsed<Input['query']>;
  readonly body: Parsed<Input['body']>;
  readonly actor: Permission extends 'public' ? null : Actor;
  readonly visible: Permission extends 'public' | 'session' ? null : Visibility;
  readonly caller: Caller;
}

/**
 * Lets those in who manage licences and lack the route's permission. A route that declares nothing is closed to them. What
 * the request names must lie within what they manage, or the answer is `not-found`, before the handler is asked.
 */
export interface ForManagers<Request> {
  names(request: Request): Named;
  /** The handler narrows its answer to `visible`. Without it the request must name something. */
  readonly narrowed?: true;
}

/**
 * What a route asks of the session beyond the permission (ASVS 7.5.1, 7.5.3): that the person was authenticated so recently,
 * or reached this level (NIST SP 800-63B AAL). Else `step-up-required`.
 */
export interface StepUp {
  readonly maxAgeSeconds?: number;
  readonly aal?: number;
}

/** A session that has just been opened and waits to be delivered with the reply. */
export interface OpenedSession {
  /** The unsigned session id: a secret, only for the reply. */
  readonly id: string;
  /** `cookie`: the reply sets the session cookie. `bearer`: the reply's body carries the token, no cookie is set. */
  readonly delivery: Delivery;
  readonly csrfSecret: string;
  /** Called once the reply has been handed to the network. */
  delivered(): void;
  /** Called when the client went away before it had the whole reply, or the reply failed. */
  undelivered(): void;
}

/** A cookie the reply sets, or clears when `value` is null. The name is without the `__Host-` prefix. */
export interface CookieInstruction {
  readonly name: 'device' | 'remember';
  readonly value: string | null;
  readonly maxAgeSeconds: number;
}

/** A reply body that is JSON text already: it is sent as it is, not stringified again. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** One server-sent event. Whoever comes back with the `id` of the last one it got (`Last-Event-ID`) is sent what it missed. */
export interface StreamedEvent {
  readonly name: string;
  readonly data: unknown;
  readonly id?: string;
}

/**
 * Sends events until `over` is aborted, or there is nothing more to send; then resolves, with the event that is to be the last
 * one if there is one: after `over` nothing else is sent.
 */
export type Streaming = (
  send: (event: StreamedEvent) => void,
  over: AbortSignal,
) => Promise<StreamedEvent | null | undefined>;

/**
 * What a handler answers. A string or a Buffer as body needs a `Content-Type` among the headers and is sent as it is; `stream` is sent
 * instead of a body, where the route `streams`. `session` is an instruction to the cookie layer: bind a new one, or drop the
 * present one.
 */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly stream?: Streaming;
  readonly headers?: Readonly<Record<string, string>>;
  readonly session?: { readonly bind: OpenedSession } | 'drop';
  readonly cookies?: readonly CookieInstruction[];
}

/** One route as a value: the router, the permission check, the OpenAPI document and the tests are all fed from it. */
export interface Route<Permission extends string = string> {
  readonly method: Method;
  /** Express path, e.g. `/admin/api/licences/:id`. */
  readonly path: string;
  /** `public`, `session` (any live session) or the name of a permission. Never left out. */
  readonly permission: Permission;
  // biome-ignore lint/suspicious/noExplicitAny: as below.
  readonly managers?: ForManagers<any>;
  readonly stepUp?: StepUp;
  readonly summary: string;
  readonly input: RouteInput;
  /** The success statuses and the schema of their bodies; null where there is none. */
  readonly replies: Readonly<Record<number, z.ZodType | null>>;
  readonly problems: readonly ProblemSlug[];
  /** The server-sent events of a route that answers with a stream, and what they carry. Streams never slide a session. */
  readonly streams?: Readonly<Record<string, z.ZodType>>;
  /** How many bytes a body may have where 64 KiB are too few. Read only after the permission was checked. */
  readonly longestBody?: number;
  /**
   * `form`: besides JSON a body may be an HTML form's, and faults are also told, as the RFCs of OAuth want it. `reports`: JSON by
   * the names that browsers give it who report what a page was kept from.
   */
  readonly accepts?: 'form' | 'reports';
  // biome-ignore lint/suspicious/noExplicitAny: one list holds routes of every input; `route()` checks each by itself.
  handle(request: any): Promise<Reply>;
  /** What a caller without a live session is answered instead of 401; null, or when it is left out: 401 as usual. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  withoutSession?(request: any): Reply | null | Promise<Reply>;
}

/** Declares a route. Its handler's request is typed by the schemas of `input` and by the permission. */
export function route<const Permission extends string, Input extends RouteInput>(declared: {
  method: Method;
  path: string;
  permission: Permission;
  managers?: ForManagers<Pick<RouteRequest<Input, Permission>, 'params' | 'query' | 'body'>>;
  stepUp?: StepUp;
  summary: string;
  input: Input;
  replies: Readonly<Record<number, z.ZodType | null>>;
  problems?: readonly ProblemSlug[];
  streams?: Readonly<Record<string, z.ZodType>>;
  longestBody?: number;
  accepts?: 'form' | 'reports';
  handle(request: RouteRequest<Input, Permission>): Promise<Reply>;
  withoutSession?(request: RouteRequest<Input, 'public'>): Reply | null | Promise<Reply>;
}): Route<Permission> {
  return { problems: [], ...declared };
}
