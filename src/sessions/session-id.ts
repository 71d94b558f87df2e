import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { sign, unsign } from 'cookie-signature';
import { isUuid, type LicenceId, randomToken, type UserId } from '../kernel/ids.js';
import { Recent } from '../kernel/recent.js';

/** How many fixed tags accounts without a licence are spread over. */
export const seatlessTagCount = 64;

const handleForm = /^[A-Za-z0-9_-]{22}$/;
const secretForm = /^[A-Za-z0-9_-]{43}$/;
const seatlessForm = /^s(?:[0-5][0-9]|6[0-3])$/;
/** Tag (36) + handle (22) + secret (43) + signature (43) + three dots; anything longer was not made here. */
const longestSigned = 160;

/** A session's public name: safe in lists, logs and URLs; nobody can sign in with it. */
export interface SessionRef {
  readonly tag: string;
  readonly handle: string;
}

/** A session id whose signature has been verified. */
export interface Credential extends SessionRef {
  /**
   * What Redis keeps of the secret: the signature, an HMAC-SHA-256 over the id. It is one-way in the secret and has been
   * computed anyway, so a check needs no second hash (ASVS 7.2.2).
   */
  readonly verifier: string;
  /** Whether the tag is a licence's. */
  readonly seated: boolean;
  /** Where the store may remember what it was told of the session; a field, because a map would cost every check. */
  remembered: object | null;
}

/** A session id as it leaves the server. */
export interface IssuedSessionId extends Credential {
  readonly id: string;
  readonly signed: string;
}

/** The tag of a licence: its id. */
export function licenceTag(licence: LicenceId): string {
  return licence;
}

/** One of the 64 fixed tags, for a user who sits without a licence. */
export function seatlessTag(user: UserId): string {
  const slot = createHash('sha256').update(user).digest().readUInt8(0) % seatlessTagCount;
  return `s${String(slot).padStart(2, '0')}`;
}

/** Every seatless tag. */
export function seatlessTags(): string[] {
  return Array.from({ length: seatlessTagCount }, (_, slot) => `s${String(slot).padStart(2, '0')}`);
}

/** The licence a tag belongs to, or null for a seatless one. */
export function licenceOfTag(tag: string): LicenceId | null {
  return isUuid(tag) ? (tag as LicenceId) : null;
}

/** Whether the text has the form of a tag. Asked before any key is built from it. */
export function isTag(text: string): boolean {
  return isUuid(text) || seatlessForm.test(text);
}

/** `<tag>.<handle>`. */
export function formatRef(ref: SessionRef): string {
  return `${ref.tag}.${ref.handle}`;
}

/** The parts of a ref, or null when the text is none. */
export function parseRef(text: string): SessionRef | null {
  const [tag, handle, ...rest] = text.split('.');
  if (tag === undefined || handle === undefined || rest.length > 0) return null;
  return isTag(tag) && handleForm.test(handle) ? { tag, handle } : null;
}

/** The handles of sessions, in their order, by the tag in which they are. */
export function handlesByTag(refs: Iterable<SessionRef>): Map<string, string[]> {
  const handles = new Map<string, string[]>();
  for (const { tag, handle } of refs) {
    const those = handles.get(tag);
    if (those === undefined) handles.set(tag, [handle]);
    else those.push(handle);
  }
  return handles;
}

/**
 * Makes and verifies session ids: `<tag>.<handle>.<secret>` with 128 and 256 random bits, signed with the newest of
 * `secrets`, verified with any (ASVS 7.2.3). Verified ids are remembered in a bounded map, so that the signature of a busy
 * session is computed once; whether the session lives is asked of Redis every time.
 */
export class SessionIds {
  readonly #keys: readonly KeyObject[];
  readonly #verified = new Recent<string, Credential>(20_000);

  constructor(secrets: readonly string[]) {
    if (secrets.length === 0) throw new Error('SessionIds needs at least one secret');
    this.#keys = secrets.map((secret) => createSecretKey(Buffer.from(secret, 'utf8')));
  }

  /** A new id under `tag`; with `handle`, a new secret for the session of that handle. */
  issue(tag: string, handle: string = randomToken(16)): IssuedSessionId {
    const id = `${tag}.${handle}.${randomToken(32)}`;
    const signed = sign(id, this.#keys[0] as KeyObject);
    return { tag, handle, id, signed, verifier: signed.slice(id.length + 1), seated: isUuid(tag), remembered: null };
  }

  /** The credential in a signed id, or null when it is malformed or was not signed here. Never throws. */
  verify(signed: string): Credential | null {
    const known = this.#verified.get(signed);
    if (known !== undefined) return known;
    if (signed.length > longestSigned) return null;
    const [tag, handle, secret, signature, ...rest] = signed.split('.');
    if (tag === undefined || handle === undefined || secret === undefined || signature === undefined || rest.length > 0)
      return null;
    if (!isTag(tag) || !handleForm.test(handle) || !secretForm.test(secret)) return null;
    for (const key of this.#keys) {
      if (unsign(signed, key) !== false) {
        const credential = { tag, handle, verifier: signature, seated: isUuid(tag), remembered: null };
        this.#verified.set(signed, credential);
        return credential;
      }
    }
    return null;
  }
}
