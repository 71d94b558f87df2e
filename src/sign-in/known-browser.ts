import { createSecretKey, type KeyObject } from 'node:crypto';
import { sign, unsign } from 'cookie-signature';
import { isUuid, randomToken, type UserId } from '../kernel/ids.js';
import type { CookieInstruction } from '../kernel/route.js';

/** The name of the cookie, without the `__Host-` prefix. */
export const deviceCookie = 'device';

/** How long a browser is known without another sign-in: 400 days, the most that browsers keep a cookie (RFC 6265bis). */
export const deviceSeconds = 400 * 86_400;

const deviceForm = /^[A-Za-z0-9_-]{22}$/;
/** Never a tag, so that no value of this cookie could pass for a session id, which is signed with the same secrets. */
const marker = 'd';

/**
 * Recognises browsers that a user has signed in from before. Their wrong passwords are counted apart, so that nobody else
 * can lock the owner out of them. It is no credential: it opens nothing, and its guesses are bounded too.
 */
export class KnownBrowsers {
  readonly #newest: KeyObject;
  readonly #all: readonly KeyObject[];

  constructor(secrets: readonly string[]) {
    this.#all = secrets.map((secret) => createSecretKey(Buffer.from(secret, 'utf8')));
    const newest = this.#all[0];
    if (newest === undefined) throw new Error('KnownBrowsers needs at least one secret');
    this.#newest = newest;
  }

  /** The device that the cookie names for this very user; null for every other cookie, and for none. */
  deviceOf(user: UserId, cookie: string | undefined): string | null {
    if (cookie === undefined || cookie.length > 200) return null;
    const signed = this.#all.map((key) => unsign(cookie, key)).find((value) => value !== false);
    const [mark, owner, device, ...rest] = (signed || '').split('.');
    if (mark !== marker || owner === undefined || device === undefined || rest.length > 0) return null;
    return isUuid(owner) && owner === user && deviceForm.test(device) ? device : null;
  }

  /** The cookie that makes this browser known to this user, under its present device name or a new one. */
  remember(user: UserId, device: string | null): CookieInstruction {
    const value = sign(`${marker}.${user}.${device ?? randomToken(16)}`, this.#newest);
    return { name: deviceCookie, value, maxAgeSeconds: deviceSeconds };
  }
}
