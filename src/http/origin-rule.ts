import type { Caller } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';

/** Methods that change nothing (RFC 9110 section 9.2.1). */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * Decides whether a request that changes something comes from a page of ours: by `Sec-Fetch-Site` when it is present, else
 * by `Origin`. A request with neither was not made by a page. Origins in `CORS_ORIGINS` count as ours.
 */
export class OriginRule {
  readonly #own: string;
  readonly #others: ReadonlySet<string>;

  constructor(config: { readonly PUBLIC_URL: string; readonly CORS_ORIGINS: readonly string[] }) {
    this.#own = config.PUBLIC_URL;
    this.#others = new Set(config.CORS_ORIGINS);
  }

  /** Whether the request may change something, as far as its origin goes. */
  allows(caller: Pick<Caller, 'header'>): boolean {
    const origin = caller.header('origin');
    if (origin !== undefined && this.#others.has(origin)) return true;
    const site = caller.header('sec-fetch-site');
    if (site !== undefined) return site === 'same-origin';
    return origin === undefined || origin === this.#own;
  }

  /** Throws `cross-site-request` unless the rule allows the request. */
  require(caller: Pick<Caller, 'header'>): void {
    if (!this.allows(caller)) throw new Problem('cross-site-request');
  }

  /** Whether the origin is one of `CORS_ORIGINS`. */
  isListed(origin: string): boolean {
    return this.#others.has(origin);
  }
}
