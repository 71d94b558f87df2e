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
}

/** How many wrong passwords each kind of bucket admits within the window (ASVS 6.3.1; NIST SP 800-63B-4 allows 100). */
export const throttleLimits = { account: 10, address: 100, browser: 10 } as const satisfies Record<
  Bucket['kind'],
  number
>;

/** How long a wrong password counts, in milliseconds. */
export const throttleWindowMs = 15 * 60_000;

/** How long the place of a guess is held whose server died before it said how it went, in milliseconds. */
export const throttleLeaseMs = 30_000;

/** How a guess turned out. `unknown`: it was not evaluated. */
export type GuessOutcome = 'right' | 'wrong' | 'unknown';

/** Whether a guess may be evaluated. `wait`: guesses in flight could still fill the bucket, ask again shortly. */
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

  constructor(link: RedisLink, secret: string, scripts: ThrottleScripts = throttleScripts()) {
    this.#link = link;
    this.#secret = secret;
    this.#scripts = scripts;
  }

  /** The bucket of an account that exists, however its owner spelled the name. */
  accountBucket(user: UserId): Bucket {
    return this.#bucket('account', `user:${user}`);
  }

  /** The bucket of a name that no account has; spellings that could not name different accounts share one. */
  nameBucket(identifier: string): Bucket {
    return this.#bucket('account', `name:${identifierKey(identifier)}`);
  }

  /** The bucket of a client address: IPv6 by /64, an IPv4-mapped address as IPv4. */
  addressBucket(address: string): Bucket {
    return this.#bucket('address', networkOf(address));
  }

  /** The bucket of a known browser. */
  browserBucket(device: string): Bucket {
    return this.#bucket('browser', device);
  }

  /** A new name for one guess. */
  newGuess(): string {
    return randomToken(12);
  }

  /** Seconds until these buckets admit a guess, 0 when they do now. Writes nothing. */
  async look(buckets: readonly Bucket[]): Promise<number> {
    const waits = await Promise.all(
      buckets.map((bucket) =>
        this.#scripts.look.run(this.#link, keyOf(bucket), [`${throttleLimits[bucket.kind]}`, `${throttleWindowMs}`]),
      ),
    );
    return Math.ceil(Math.max(0, ...waits.map(Number)) / 1000);
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
        ]),
      ),
    );
    return stood.every((answer) => Number(answer) === 1);
  }

  async #reserveOne(bucket: Bucket, guess: string): Promise<Admission> {
    const limit = throttleLimits[bucket.kind];
    const answer = await this.#scripts.reserve.run(this.#link, keyOf(bucket), [
      guess,
      `${limit}`,
      `${throttleWindowMs}`,
      `${throttleLeaseMs}`,
    ]);
    const [kind, waitMs] = Array.isArray(answer) ? answer : [];
    if (kind === 'held' || kind === 'wait') return { kind };
    return { kind: 'refused', retryAfterSeconds: Math.max(1, Math.ceil(Number(waitMs) / 1000)) };
  }

  #bucket(kind: Bucket['kind'], about: string): Bucket {
    const name = createHmac('sha256', this.#secret)
      .update(`throttle ${kind} ${about}`)
      .digest('base64url')
      .slice(0, 32);
    return { kind, name };
  }
}

/** The only place that spells a key of the throttle. */
function keyOf(bucket: Bucket): string {
  return `usher:throttle:{${bucket.kind}:${bucket.name}}`;
}

/** One name per network that a client can move about in by itself. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'no address';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex');
}
