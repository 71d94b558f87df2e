import { isOwn } from './browser.js';
import { nowMs } from './clock.js';
import { problemOf, slugOf } from './problem.js';

/** How often, and how long at most in seconds, a busy server is asked again. */
const mostTries = 5;
const longestWait = 30;

/** Sends requests of this origin with the session's token, and asks a busy server again. Others are sent as they are. */
export class Requests {
  /** The server's clock less ours, in milliseconds. */
  skewMs = 0;
  readonly #token: () => string | null | undefined;

  constructor(token: () => string | null | undefined) {
    this.#token = token;
  }

  /** Answers whatever comes back. */
  async send(input: string | URL, init: RequestInit): Promise<Response> {
    if (!isOwn(input)) return fetch(input, init);
    for (let tries = 1; ; tries += 1) {
      const headers = new Headers(init.headers);
      const token = this.#token();
      if (token && !/^(?:GET|HEAD)$/.test(init.method ?? 'GET')) headers.set('X-CSRF-Token', token);
      const response = await fetch(input, { ...init, headers });
      const date = Date.parse(response.headers.get('date') ?? '');
      if (date) this.skewMs = date - nowMs();
      if (response.status !== 503 || tries === mostTries) return response;
      const problem = await problemOf(response);
      if (!problem || slugOf(problem) !== 'busy') return response;
      const seconds = Number(response.headers.get('retry-after')) || 1;
      // Not all at the same moment again.
      await pause(Math.min(seconds, longestWait) * (1000 + 500 * Math.random()));
    }
  }
}

/** What is sent with a JSON body. */
export function sent(body: unknown): RequestInit {
  return { headers: { 'Content-Type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) };
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
