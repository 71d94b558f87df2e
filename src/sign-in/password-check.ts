import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../kernel/clock.js';
import { Problem } from '../kernel/problem.js';
import type { PasswordHasher } from '../platform/password-hash.js';
import { type Admission, type Bucket, longestWindowMs, type SignInThrottle } from './throttle.js';

/** How long a guess waits for those in flight to decide whether there is room for it, in milliseconds. */
const patienceMs = 2000;
const pauseMs = 50;

/**
 * Compares passwords under the throttle. Each guess takes its place inside the hashing gate, right before the hash is spent,
 * so that parallel guesses never get more hashes than the limit, and parallel right passwords are never refused for it.
 */
export class PasswordCheck {
  readonly #throttle: SignInThrottle;
  readonly #hasher: Pick<PasswordHasher, 'verify'>;

  constructor(throttle: SignInThrottle, hasher: Pick<PasswordHasher, 'verify'>) {
    this.#throttle = throttle;
    this.#hasher = hasher;
  }

  /**
   * Whether the password belongs to the stored hash; null for `stored` costs the same work and is wrong. `barred` makes a
   * right one wrong. Throws `too-many-attempts` when a bucket is full, `busy` when too many wait, StoreUnavailable when Redis
   * does not answer: then nobody is told whether the password was right.
   */
  async check(counted: readonly Bucket[], password: string, stored: string | null, barred: boolean): Promise<boolean> {
    const buckets = this.#throttle.about(counted, stored);
    const seconds = await this.#throttle.look(buckets);
    if (seconds > 0) throw tooMany(seconds);
    const giveUpAt = monotonicMs() + patienceMs;
    for (;;) {
      const result = await this.#guess(buckets, password, stored, barred);
      if (result === 'right' || result === 'wrong') return result === 'right';
      if (result.kind === 'refused') throw tooMany(result.retryAfterSeconds);
      if (monotonicMs() > giveUpAt) throw tooMany(1);
      // Waiting happens outside the gate, which must not stand idle for it.
      await pause(pauseMs * (0.5 + Math.random()));
    }
  }

  async #guess(
    buckets: readonly Bucket[],
    password: string,
    stored: string | null,
    barred: boolean,
  ): Promise<'right' | 'wrong' | Exclude<Admission, { kind: 'held' }>> {
    const guess = this.#throttle.newGuess();
    const gate: { admission: Admission | null } = { admission: null };
    const admit = async () => {
      gate.admission = await this.#throttle.reserve(buckets, guess);
      return gate.admission.kind === 'held' ? 'go' : 'refused';
    };
    let verdict: Awaited<ReturnType<PasswordHasher['verify']>>;
    try {
      verdict = await this.#hasher.verify(password, stored, admit);
    } catch (error) {
      // Nothing was evaluated, or nobody will learn the outcome. A place that cannot be given back lapses by itself.
      if (gate.admission?.kind === 'held') await this.#throttle.settle(buckets, guess, 'unknown').catch(() => false);
      throw error;
    }
    if (verdict === 'refused') {
      if (gate.admission === null || gate.admission.kind === 'held')
        throw new Error('the gate refused what was admitted');
      return gate.admission;
    }
    const told = await this.#settle(buckets, guess, verdict, barred);
    if (!told) throw new Problem('busy', { retryAfterSeconds: 1 });
    return barred ? 'wrong' : verdict;
  }

  /**
   * A barred account's right password counts as wrong for that account, so that nothing tells it from a wrong one, but not
   * for the address: people who go on trying must not shut out their whole office. Whether every place was still held.
   */
  async #settle(
    buckets: readonly Bucket[],
    guess: string,
    verdict: 'right' | 'wrong',
    barred: boolean,
  ): Promise<boolean> {
    if (verdict === 'wrong' || !barred) return this.#throttle.settle(buckets, guess, verdict);
    const shared = buckets.filter((bucket) => bucket.kind === 'address');
    const own = buckets.filter((bucket) => bucket.kind !== 'address');
    const settled = await Promise.all([
      this.#throttle.settle(own, guess, 'wrong'),
      this.#throttle.settle(shared, guess, 'unknown'),
    ]);
    return settled.every((held) => held);
  }
}

/** Said alike of accounts that exist and of those that do not. */
const untilSetAnew =
  'There were too many wrong passwords in a row. Sign in from a browser you have signed in from before, or choose a new ' +
  'password by way of a link to your mailbox.';

function tooMany(seconds: number): Problem<'too-many-attempts'> {
  if (Number.isFinite(seconds)) return new Problem('too-many-attempts', { retryAfterSeconds: seconds });
  return new Problem('too-many-attempts', { retryAfterSeconds: longestWindowMs / 1000 }, untilSetAnew);
}
