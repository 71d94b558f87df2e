import type { IncomingMessage } from 'node:http';
import type { Caller } from '../kernel/actor.js';
import { clientAddress, type TrustedProxies } from './client-address.js';
import { cookieName, readCookie } from './cookies.js';

/** A caller that reads the request only when it is asked. Cookies are named without their `__Host-` prefix. */
export class RequestCaller implements Caller {
  readonly requestId: string;
  readonly #request: IncomingMessage;
  readonly #trusted: TrustedProxies;
  readonly #secure: boolean;
  #address: string | null = null;

  constructor(request: IncomingMessage, requestId: string, trusted: TrustedProxies, secure: boolean) {
    this.requestId = requestId;
    this.#request = request;
    this.#trusted = trusted;
    this.#secure = secure;
  }

  /** The client's address in canonical form, as far as trusted proxies vouch for it; empty on a closed socket. */
  get address(): string {
    this.#address ??= clientAddress(this.#request, this.#trusted);
    return this.#address;
  }

  get userAgent(): string {
    return this.#request.headers['user-agent'] ?? '';
  }

  get gone(): boolean {
    return this.#request.socket.destroyed;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'string' ? value : value?.join(', ');
  }

  cookie(name: string): string | undefined {
    return readCookie(this.#request.headers.cookie, cookieName(name, this.#secure));
  }
}
