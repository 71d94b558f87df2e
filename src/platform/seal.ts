import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
/** Of the nonce and of the tag, in bytes (NIST SP 800-38D). */
const nonceBytes = 12;
const tagBytes = 16;
const mark = 'v1.';

/**
 * Encrypts what Postgres must hold and a stolen table must not give away: AES-256-GCM with a key derived from
 * `PASSWORD_PEPPER` by HKDF-SHA-256 (ASVS 11.3.2, 13.3.1). What is sealed opens only with what it was associated with, so
 * that it cannot be moved to another row.
 */
export class Seal {
  readonly #key: KeyObject;

  constructor(pepper: string) {
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', pepper, '', 'usher seal v1', 32)));
  }

  /** The text sealed, differently each time; `associated` says whose it is and is not kept with it. */
  seal(text: string, associated: string): string {
    const nonce = randomBytes(nonceBytes);
    const sealing = createCipheriv(cipher, this.#key, nonce).setAAD(Buffer.from(associated, 'utf8'));
    const hidden = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()]);
    return mark + Buffer.concat([nonce, hidden, sealing.getAuthTag()]).toString('base64url');
  }

  /** What was sealed; null when it was changed, belongs to something else, or was sealed under another pepper. */
  open(sealed: string, associated: string): string | null {
    const bytes = Buffer.from(sealed.slice(mark.length), 'base64url');
    if (!sealed.startsWith(mark) || bytes.length < nonceBytes + tagBytes) return null;
    const opening = createDecipheriv(cipher, this.#key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    opening.setAAD(Buffer.from(associated, 'utf8')).setAuthTag(bytes.subarray(-tagBytes));
    try {
      const hidden = bytes.subarray(nonceBytes, -tagBytes);
      return Buffer.concat([opening.update(hidden), opening.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}
