import { createHash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../platform/log.js';
import { inTransaction } from '../platform/postgres.js';
import type { Seal } from '../platform/seal.js';
import { type SigningKeyRow, signingKeyTable } from './signing-key-table.js';

/** How often a process looks for keys another one has made, in milliseconds. */
const everyMs = 30_000;
const dayMs = 86_400_000;
/** A key is published so long before it signs: whoever keeps the published ones for a while knows it in time. */
const aheadMs = 3_600_000;
/** A key is published so long after the next one has begun to sign: longer than any token lives, clocks that differ included. */
const behindMs = 900_000;
/** Any number that nothing else in the database uses for its own advisory lock: "usherk" in ASCII. */
const lock = 0x75736865726b;
const algorithm = 'EdDSA';
/** What is signed is good so much earlier than now: whoever looks at it next may have a clock that is behind. */
export const clocksDifferSeconds = 10;

type CryptoKey = Parameters<SignJWT['sign']>[0];

/** What the keys are made of. */
export interface SigningKeysParts {
  readonly dataSource: DataSource;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly log: Log;
  /** For so many days a key signs. */
  readonly keyDays: number;
}

/** What a token is checked for, besides its signature and its times. */
export interface Expected {
  readonly issuer: string;
  /** Its `typ`. */
  readonly type: string;
  /** One of them must be the one it is made out to. */
  readonly audiences: readonly string[];
}

/** A key as this process holds it. `privateKey` is null when it was sealed under another pepper. */
interface HeldKey {
  readonly kid: string;
  readonly x: string;
  readonly signsFromMs: number;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey | null;
}

/**
 * The Ed25519 keys that sign tokens, shared by all processes through Postgres and held in memory, so that signing and
 * verifying ask nobody. They rotate by themselves: one process makes the next key, the others learn of it within a minute,
 * it is published for an hour before it signs, and the one before stays published until all it signed has expired.
 */
export class SigningKeys {
  readonly #parts: SigningKeysParts;
  #keys: readonly HeldKey[] = [];
  #published = { text: '{"keys":[]}', etag: '""' };
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: SigningKeysParts) {
    this.#parts = parts;
  }

  /** Makes the first key when there is none, and looks after the keys from now on. Throws StoreUnavailable. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      this.#working = this.refresh().catch((err: unknown) => {
        this.#parts.log.warn({ err }, 'signing keys could not be looked after, those known stay in use');
      });
    }, everyMs);
  }

  /** Stops after what is under way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#working;
  }

  /** Learns the keys of other processes, makes the next one when it is time, and forgets those that are over. */
  async refresh(): Promise<void> {
    const rows = await inTransaction(this.#parts.dataSource, (tx) => this.#lookAfter(tx));
    const held = await Promise.all(rows.map((row) => this.#held(row)));
    this.#keys = held.toSorted((a, b) => b.signsFromMs - a.signsFromMs);
    const text = JSON.stringify({ keys: this.#keys.map(publicJwk) });
    this.#published = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
  }

  /** The public keys as the text of a JWK Set (RFC 7517 section 5), newest first, and its entity tag. */
  get published(): { readonly text: string; readonly etag: string } {
    return this.#published;
  }

  /** A JWT of these claims with the `typ` given. Throws when no key can sign: `start` has not been called. */
  async sign(claims: JWTPayload, type: string): Promise<string> {
    const now = this.#parts.clock.nowMs();
    const key = this.#keys.find(({ privateKey, signsFromMs }) => privateKey !== null && signsFromMs <= now);
    if (key === undefined || key.privateKey === null) throw new Error('There is no key to sign with');
    return new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: type, kid: key.kid }).sign(key.privateKey);
  }

  /**
   * The claims of a token that was signed here, is made out to one of these audiences and is good now; else null. Takes no algorithm but
   * EdDSA and no key but those published (ASVS 9.1.1 to 9.1.3, 9.2.1 to 9.2.3).
   */
  async verify(token: string, { issuer, type, audiences }: Expected): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#publicKey(kid), {
        algorithms: [algorithm],
        typ: type,
        issuer,
        audience: [...audiences],
        requiredClaims: ['sub', 'jti', 'sid', 'exp', 'iat'],
        currentDate: new Date(this.#parts.clock.nowMs()),
      });
      return payload;
    } catch {
      return null;
    }
  }

  #publicKey(kid: string | undefined): CryptoKey {
    const key = this.#keys.find((held) => held.kid === kid);
    if (key === undefined) throw new Error('No key has this name');
    return key.publicKey;
  }

  /** What is to be held from now on. Under a lock, so that of many processes one makes the next key. */
  async #lookAfter(tx: EntityManager): Promise<SigningKeyRow[]> {
    const now = this.#parts.clock.nowMs();
    const known = await this.#rows(tx);
    if (this.#nextSignsFrom(known, now) === null && overAt(known, now).length === 0) return known;
    await tx.query('SELECT pg_advisory_xact_lock($1)', [lock]);
    const rows = await this.#rows(tx);
    const over = overAt(rows, now);
    if (over.length > 0) await tx.delete(signingKeyTable, over);
    const left = rows.filter(({ kid }) => !over.includes(kid));
    const signsFrom = this.#nextSignsFrom(left, now);
    if (signsFrom === null) return left;
    const made = await this.#make(now, signsFrom);
    await tx.insert(signingKeyTable, made);
    this.#parts.log.info({ kid: made.kid, signsFrom: made.signsFrom }, 'a signing key was made');
    return [made, ...left];
  }

  #rows(tx: EntityManager): Promise<SigningKeyRow[]> {
    return tx.find(signingKeyTable, { order: { signsFrom: 'DESC' } });
  }

  /** When a key that is to be made now begins to sign; null when it is not yet time to make one. */
  #nextSignsFrom(rows: readonly SigningKeyRow[], now: number): number | null {
    const usable = rows.filter((row) => this.#opened(row) !== null).map(({ signsFrom }) => signsFrom.getTime());
    // Without one that can sign now, nothing can wait for an hour.
    if (!usable.some((signsFrom) => signsFrom <= now)) return now;
    const due = Math.max(...usable) + this.#parts.keyDays * dayMs;
    return now < due - aheadMs ? null : Math.max(due, now + aheadMs);
  }

  async #make(now: number, signsFromMs: number): Promise<SigningKeyRow> {
    const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    return {
      kid,
      publicPart: String(jwk.x),
      sealedPart: this.#parts.seal.seal(String(jwk.d), association(kid)),
      createdAt: new Date(now),
      signsFrom: new Date(signsFromMs),
    };
  }

  #opened({ kid, sealedPart }: SigningKeyRow): string | null {
    return this.#parts.seal.open(sealedPart, association(kid));
  }

  async #held(row: SigningKeyRow): Promise<HeldKey> {
    const known = this.#keys.find(({ kid }) => kid === row.kid);
    const signsFromMs = row.signsFrom.getTime();
    if (known !== undefined) return { ...known, signsFromMs };
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: row.publicPart };
    const d = this.#opened(row);
    if (d === null) this.#parts.log.warn({ kid: row.kid }, 'a signing key was sealed under another PASSWORD_PEPPER');
    const [publicKey, privateKey] = await Promise.all([imported(jwk), d === null ? null : imported({ ...jwk, d })]);
    return { kid: row.kid, x: row.publicPart, signsFromMs, publicKey, privateKey };
  }
}

function association(kid: string): string {
  return `signing key ${kid}`;
}

function imported(jwk: Parameters<typeof importJWK>[0]): Promise<CryptoKey> {
  return importJWK(jwk, algorithm) as Promise<CryptoKey>;
}

function publicJwk({ kid, x }: HeldKey) {
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: algorithm, use: 'sig' };
}

/** Those whose next one has signed for so long that nothing they signed can be good any more. Newest first. */
function overAt(rows: readonly SigningKeyRow[], now: number): string[] {
  return rows
    .filter((_, i) => (rows[i - 1]?.signsFrom.getTime() ?? Number.POSITIVE_INFINITY) + behindMs <= now)
    .map(({ kid }) => kid);
}
