import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * Hashes of codes that are too short to be hashed without a key: HMAC-SHA-256 with a key derived from `PASSWORD_PEPPER` for
 * one purpose (ASVS 6.5.2, 11.4.2). A stolen table without the pepper gives no code away.
 */
export class KeyedHash {
  readonly #key: KeyObject;

  constructor(pepper: string, purpose: string) {
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', pepper, '', `usher ${purpose} v1`, 32)));
  }

  /** The hash of a code that belongs to `bound` and to nothing else. */
  of(bound: string, code: string): string {
    return createHmac('sha256', this.#key).update(`${bound} ${code}`).digest('base64url');
  }

  /** Whether it is the hash of this code, compared in constant time. */
  matches(hash: string, bound: string, code: string): boolean {
    const [given, kept] = [Buffer.from(this.of(bound, code)), Buffer.from(hash)];
    return given.length === kept.length && timingSafeEqual(given, kept);
  }
}
