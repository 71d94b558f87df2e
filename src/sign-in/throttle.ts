import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { identifierKey } from '../accounts/identifier.js';
import { randomToken, type UserId } from '../kernel/ids.js';
import { projectFile } from '../platform/project-file.js';
import type { RedisLink } from '../platform/redis.js';
import { loadScript, type RedisScript } from '../platform/redis-script.js';

/** Where wrong guesses are counted: one account, one address, or one browser that its owner has signed in from before. */
export interface Bucket {
  readonly kind: 'account' | 'address' | 'browser';
  /** An HMAC of what the bucket is about: no name, address or mistyped password can be read from Redis. */
  readonly name: string;
  /** An HMAC of what is guessed at: a new password starts anew. Left out, failures in a row are not counted. */
  readonly password?: string;
  /** How long failures in a row are remembered, in milliseconds. */
  readonly keepMs: number;
}

/** How many wrong passwords a kind of bucket admits within the window. */
export type ThrottleLimits = Readonly<Record<Bucket['kind'], number>>;

/** What is admitted unless the settings say otherwise (ASVS 6.3.1). */
export const throttleLimits = { account: 10, address: 100, browser: 10 } as const satisfies ThrottleLimits;

/** How long a wrong password counts, in milliseconds; longer each time that a bucket has been filled in a row. */
export const throttleWindowMs = 15 * 60_000;

/** How long it counts at most. */
export const longestWindowMs = 12 * 3_600_000;

/** So many wrong passwords in a row make a password unusable until it is set anew (NIST SP 800-63B-4, 3.2.2). */
export const mostInRow = 100;

const dayMs = 86_400_000;
/**
 * As long as a browser is known: whoever guesses slowly must not be forgotten. Names that no account has are kept as long,
 * or a later wait would tell which names exist; they share so many places, some 250 bytes each, that invented names
 * take a quarter of a gigabyte of Redis at most. Two of them in one place is one chance in a million.
 */
const keptMs = 400 * dayMs;
const namePlaces = 2 ** 20;

/** How long the place of a guess is held whose server died before it said how it went, in milliseconds. */
export const throttleLeaseMs = 30_000;

/** How a guess turned out. `unknown`: it was not evaluated. */
export type GuessOutcome = 'right' | 'wrong' | 'unknown';

/**
 * Whether a guess may be evaluated. `wait`: guesses in flight could still fill the bucket, ask again shortly. Infinity seconds:
 * not before the password is new.
 */
export type Admission =
  | { readonly kind: 'held' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number };

/** The three scripts of the throttle. */
export interface ThrottleScripts {
  readonly look: RedisScript;
  readonly reserve: RedisScript;
  readonly settle: RedisScript;
}

/** Loads the scripts of the throttle. Tests give `includes` to shift the clock. */
export function throttleScripts(includes: Readonly<Record<string, string>> = {}): ThrottleScripts {
  const script = (name: string) => loadScript(projectFile(`src/sign-in/scripts/${name}.lua`), { includes });
  return { look: script('look'), reserve: script('reserve'), settle: script('settle') };
}

/**
 * Counts wrong passwords, exactly, however many servers ask at once: a guess takes its place before it is evaluated and
 * says afterwards how it went. Each bucket is one slot of a cluster and one script call. All methods throw
 * StoreUnavailable when Redis does not answer.
 */
export class SignInThrottle {
  readonly #link: RedisLink;
  readonly #secret: string;
  readonly #scripts: ThrottleScripts;
  readonly #limits: ThrottleLimits;

  constructor(
    link: RedisLink,
    secret: string,
    scripts: ThrottleScripts = throttleScripts(),
    limits: ThrottleLimits = throttleLimits,
  ) {
    this.#link = link;
    this.#secret = secret;
    this.#scripts = scripts;
    this.#limits = limits;
  }

  /** The bucket of an account that exists, however its owner spelled the name. */
  accountBucket(user: UserId): Bucket {
    return this.#bucket('account', `user:${user}`, keptMs);
  }

  /**
   * The bucket of a name that no account has, alike in everything to that of an account; spellings that could not name
   * different accounts share one (ASVS 6.3.8).
   */
  nameBucket(identifier: string): Bucket {
    const place = this.#digest(`name ${identifierKey(identifier)}`).readUInt32BE() % namePlaces;
    return this.#bucket('account', `name:${place}`, keptMs);
  }

  /** The bucket of a client address: IPv6 by /64, an IPv4-mapped address as IPv4. */
  addressBucket(address: string): Bucket {
    return this.#bucket('address', networkOf(address), 0);
  }

  /** The bucket of a known browser. */
  browserBucket(device: string): Bucket {
    return this.#bucket('browser', device, keptMs);
  }

  /** These buckets, for guesses at the password with this hash. Those of addresses count whatever is guessed at. */
  about(buckets: readonly Bucket[], stored: string | null): Bucket[] {
    const password = this.#hmac(`password ${stored ?? ''}`).slice(0, 16);
    return buckets.map((bucket) => (bucket.kind === 'address' ? bucket : { ...bucket, password }));
  }

  /** A new name for one guess. */
  newGuess(): string {
    return randomToken(12);
  }

  /** Seconds until these buckets admit a guess, 0 when they do now, Infinity when not before the password is new. Writes nothing. */
  async look(buckets: readonly Bucket[]): Promise<number> {
    const waits = await Promise.all(
      buckets.map((bucket) =>
        this.#scripts.look.run(this.#link, keyOf(bucket), [
          `${this.#limits[bucket.kind]}`,
          bucket.password ?? '',
          `${mostInRow}`,
        ]),
      ),
    );
    return Math.max(0, ...waits.map((ms) => secondsOf(Number(ms))));
  }

  /** Takes a place for `guess` in all buckets or in none. What is `held` must be settled. */
  async reserve(buckets: readonly Bucket[], guess: string): Promise<Admission> {
    for (const [index, bucket] of buckets.entries()) {
      const admission = await this.#reserveOne(bucket, guess);
      if (admission.kind === 'held') continue;
      await this.settle(buckets.slice(0, index), guess, 'unknown');
      return admission;
    }
    return { kind: 'held' };
  }

  /**
   * Says how a guess went. A right one forgives earlier failures of the account or browser, never those of the address.
   * False when a lease had lapsed: another guess may have had the place, so the outcome must not be told.
   */
  async settle(buckets: readonly Bucket[], guess: string, outcome: GuessOutcome): Promise<boolean> {
    const stood = await Promise.all(
      buckets.map((bucket) =>
        this.#scripts.settle.run(this.#link, keyOf(bucket), [
          guess,
          outcome,
          `${throttleWindowMs}`,
          bucket.kind === 'address' ? '0' : '1',
          bucket.password ?? '',
          `${this.#limits[bucket.kind]}`,
          `${longestWindowMs}`,
          `${bucket.keepMs}`,
        ]),
      ),
    );
    return stood.every((answer) => Number(answer) === 1);
  }

  async #reserveOne(bucket: Bucket, guess: string): Promise<Admission> {
    const answer = await this.#scripts.reserve.run(this.#link, keyOf(bucket), [
      guess,
      `${this.#limits[bucket.kind]}`,
      `${throttleLeaseMs}`,
      bucket.password ?? '',
      `${mostInRow}`,
    ]);
    const [kind, waitMs] = Array.isArray(answer) ? answer : [];
    if (kind === 'held' || kind === 'wait') return { kind };
    return { kind: 'refused', retryAfterSeconds: Math.max(1, secondsOf(Number(waitMs))) };
  }

  #bucket(kind: Bucket['kind'], about: string, keepMs: number): Bucket {
    return { kind, name: this.#hmac(`throttle ${kind} ${about}`).slice(0, 32), keepMs };
  }

  #hmac(text: string): string {
    return this.#digest(text).toString('base64url');
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#secret).update(text).digest();
  }
}

/** Infinity for a wait that no time ends. */
function secondsOf(waitMs: number): number {
  return waitMs < 0 ? Number.POSITIVE_INFINITY : Math.ceil(waitMs / 1000);
}

/** The only place that spells a key of the throttle. */
function keyOf(bucket: Bucket): string {
  return `usher:throttle:{${bucket.kind}:${bucket.name}}`;
}

/** One name per network that a client can move about in by itself. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'no address';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex');
}
