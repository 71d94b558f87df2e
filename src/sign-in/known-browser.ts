import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { sign, unsign } from 'cookie-signature';
import { isUuid, randomToken, type UserId } from '../kernel/ids.js';
import type { CookieInstruction } from '../kernel/route.js';

/** The name of the cookie, without the `__Host-` prefix. */
export const deviceCookie = 'device';

/** How long a browser is known without another sign-in: 400 days, the most that browsers keep a cookie (RFC 6265bis). */
export const deviceSeconds = 400 * 86_400;

/** Whose browser it is. It is known for as long as the account has this password. */
export interface DeviceOwner {
  readonly id: UserId;
  readonly passwordHash: string | null;
}

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

  /** The device that the cookie names for this very user and password; null for every other cookie, and for none. */
  deviceOf(owner: DeviceOwner, cookie: string | undefined): string | null {
    const signed = this.#signed(owner.id, cookie);
    return signed !== null && signed.credential === credentialOf(owner, signed.key) ? signed.device : null;
  }

  /** Whether the cookie was this user's at any time, whatever the password was then. */
  wasOf(user: UserId, cookie: string | undefined): boolean {
    return this.#signed(user, cookie) !== null;
  }

  /** The cookie that makes this browser known to this user, under its present device name or a new one. */
  remember(owner: DeviceOwner, device: string | null): CookieInstruction {
    const about = [marker, owner.id, device ?? randomToken(16), credentialOf(owner, this.#newest)];
    return { name: deviceCookie, value: sign(about.join('.'), this.#newest), maxAgeSeconds: deviceSeconds };
  }

  #signed(user: UserId, cookie: string | undefined): { device: string; credential: string; key: KeyObject } | null {
    if (cookie === undefined || cookie.length > 200) return null;
    const key = this.#all.find((one) => unsign(cookie, one) !== false);
    const signed = key === undefined ? false : unsign(cookie, key);
    const [mark, owner, device, credential, ...rest] = (signed || '').split('.');
    if (key === undefined || mark !== marker || owner === undefined || rest.length > 0) return null;
    if (device === undefined || credential === undefined) return null;
    return isUuid(owner) && owner === user && deviceForm.test(device) ? { device, credential, key } : null;
  }
}

/** Tells one password of an account from the next, and nothing else about either. */
function credentialOf({ passwordHash }: DeviceOwner, key: KeyObject): string {
  return createHmac('sha256', key)
    .update(`device ${passwordHash ?? ''}`)
    .digest('base64url')
    .slice(0, 16);
}
