import { type ProblemBody, problemOf } from '../../../client/problem.js';
import { ApiProblem, unreachable } from './problem.js';

/** What a call takes besides its path. Query fields that are undefined, null or empty are left out. */
export interface Asked {
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The query of a call. */
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** How a call is made. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

let token: string | null = null;
/** When the person last did something, in the page's own time. */
let touchedAt = performance.now();
const awakeMs = 30_000;

for (const name of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  addEventListener(name, () => (touchedAt = performance.now()), { passive: true, capture: true });
}

/** Sets what unsafe calls are sent with. */
export function sendToken(csrfToken: string | null): void {
  token = csrfToken;
}

/**
 * Asks the server. What the page asks by itself, while nobody has touched it for a while, does not keep the session alive.
 * Whoever is not signed in any more is led to the sign-in page. Throws an `ApiProblem`.
 */
export async function ask<Reply>(method: Method, path: string, { query, body, signal }: Asked = {}): Promise<Reply> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET' && token !== null) headers['X-CSRF-Token'] = token;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method === 'GET' && performance.now() - touchedAt > awakeMs) headers['X-Background'] = '1';
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  const response = await fetch(addressOf(path, query), init).catch((error: unknown) => {
    throw error instanceof DOMException && error.name === 'AbortError' ? error : unreachable();
  });
  if (response.ok) return response.status === 204 ? (undefined as Reply) : ((await response.json()) as Reply);
  const problem = new ApiProblem((await problemOf(response)) ?? noProblem(response));
  if (isGone(problem)) await leave(problem);
  throw problem;
}

/** The address of a call with its query. */
export function addressOf(path: string, query: Query = {}): string {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') told.set(name, String(value));
  }
  return told.size === 0 ? path : `${path}?${told}`;
}

function isGone({ slug }: ApiProblem): boolean {
  return slug === 'not-signed-in' || slug === 'session-ended' || slug === 'different-client';
}

/** To the sign-in page, with the way back and the reason. Never resolves: the page is about to go. */
function leave({ body }: ApiProblem): Promise<never> {
  const { pathname, search } = location;
  const reason = typeof body['reason'] === 'string' ? body['reason'] : undefined;
  location.assign(addressOf('/sign-in', { return_to: `${pathname}${search}`, reason }));
  return new Promise(() => {});
}

/** Something between us and the server answered. */
function noProblem(response: Response): ProblemBody {
  const busy = response.status === 502 || response.status === 504;
  return {
    type: '/problems/unreachable',
    title: 'The server cannot be reached',
    status: busy ? 503 : response.status,
    detail: `The server cannot be reached: something on the way answered ${response.status}.`,
    instance: '',
  };
}
