import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { readForeign } from './foreign-hash.js';
import { HashChild, type HashJob } from './hash-child.js';
import { HashGate } from './hash-gate.js';
import { HashPace } from './hash-pace.js';
import { decoyOf, firstGuessMs, type HashScheme, type OwnHash, paceOf, readOwn, storedForm } from './hash-scheme.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** What a PasswordHasher is made of. `maxWaitMs` (10 s) bounds the queue. */
export interface PasswordHasherOptions {
  readonly pepper: string;
  /** How new hashes are made; bcrypt when it is left out. */
  readonly scheme?: HashScheme['name'];
  /** bcrypt's work factor for new hashes, 4 to 15. */
  readonly cost: number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'hashQueue' | 'passwordHashed'>;
  /** Hashes at once; one less than there are cores, at least one. */
  readonly concurrency?: number;
  readonly maxWaitMs?: number;
  /** The program that hashes. */
  readonly workerFile?: string;
  /** `false`: it takes its part of the processor like any other, instead of what others leave. */
  readonly stepsBack?: boolean;
}

/**
 * Hashes passwords with bcrypt or argon2id over base64(HMAC-SHA-384(pepper, password in NFC)): 64 characters, so nothing is
 * cut off at bcrypt's 72 bytes, no NUL ends it early, and a stolen table without the pepper is worthless (ASVS 6.2.8,
 * 11.4.2). Compares with both, and with what other systems made. The work is done in a low-priority process behind a gate.
 */
export class PasswordHasher {
  readonly #pepper: KeyObject;
  readonly #scheme: HashScheme;
  readonly #metrics: PasswordHasherOptions['metrics'];
  readonly #gate: HashGate;
  readonly #child: HashChild;
  readonly #pace: HashPace;
  readonly #decoy: OwnHash;

  constructor(options: PasswordHasherOptions) {
    const concurrency = options.concurrency ?? Math.max(1, availableParallelism() - 1);
    this.#pepper = createSecretKey(Buffer.from(options.pepper, 'utf8'));
    this.#scheme = options.scheme === 'argon2id' ? { name: 'argon2id' } : { name: 'bcrypt', cost: options.cost };
    this.#metrics = options.metrics;
    this.#child = new HashChild(concurrency, options.log, options.workerFile, options.stepsBack);
    const guessMs = firstGuessMs(this.#scheme);
    this.#gate = new HashGate(
      { concurrency, maxWaitMs: options.maxWaitMs ?? 10_000, firstGuessMs: guessMs },
      (length) => options.metrics.hashQueue(length),
    );
    this.#pace = new HashPace({ pace: paceOf(this.#scheme), ms: guessMs });
    this.#decoy = decoyOf(this.#scheme);
  }

  /** The text to store for a password. Throws TypeError for lone surrogates, and Problem `busy`. */
  async hash(password: string): Promise<string> {
    const text = this.#prehash(password);
    const job: HashJob = { kind: 'hash', text, scheme: this.#scheme };
    const { result } = await this.#gate.pass(() => this.#spend(job));
    return storedForm(this.#scheme, String(result));
  }

  /**
   * Whether the password is the one that was stored. Null (no such account) and a text that is no hash take the same work and
   * are `wrong`; a hash of another kind is answered in the time of the slowest kind in use. `admit` is asked when the turn has
   * come, right before the hash is spent; its `refused` spends none. Throws TypeError for lone surrogates, and Problem `busy`.
   */
  async verify(
    password: string,
    stored: string | null,
    admit?: () => Promise<'go' | 'refused'>,
  ): Promise<'right' | 'wrong' | 'refused'> {
    const { job, pace, real } = this.#comparison(password, this.#prehash(password), stored ?? '');
    const spent = await this.#gate.pass(async () => {
      if (admit !== undefined && (await admit()) === 'refused') return null;
      return this.#spend(job);
    });
    if (spent === null) return 'refused';
    this.#pace.took(pace, spent.tookMs);
    // Behind the gate: nobody else waits for it.
    const missingMs = this.#pace.missing(pace, spent.tookMs);
    if (missingMs > 0) await pause(missingMs);
    return real && spent.result === true ? 'right' : 'wrong';
  }

  /** Whether a hash was made with another cost or scheme than new ones are, or by another system. */
  needsRehash(stored: string): boolean {
    const own = readOwn(stored);
    return own === null || paceOf(own.scheme) !== paceOf(this.#scheme);
  }

  /** Hashes once by each scheme. Throws an error of one line when that cannot be done: nobody could sign in then. */
  async prove(): Promise<void> {
    const schemes: HashScheme[] = [{ name: 'bcrypt', cost: 4 }, { name: 'argon2id' }];
    try {
      for (const scheme of schemes) await this.#child.run({ kind: 'hash', text: 'a trial', scheme });
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new Error(`Passwords cannot be hashed (${cause}): install the packages whole, for this kind of machine`);
    }
  }

  /** The id of the hashing process, or null while there is none. */
  get processId(): number | null {
    return this.#child.pid;
  }

  /** Ends the hashing process. */
  close(): Promise<void> {
    return this.#child.close();
  }

  #comparison(password: string, text: string, stored: string): { job: HashJob; pace: string; real: boolean } {
    const own = readOwn(stored);
    const foreign = own === null && stored !== '' ? readForeign(stored) : null;
    if (foreign !== null && !('fault' in foreign)) {
      return { job: { kind: 'compare-foreign', password, foreign }, pace: foreign.pace, real: true };
    }
    const compared = own ?? this.#decoy;
    return { job: { kind: 'compare', text, own: compared }, pace: paceOf(compared.scheme), real: own !== null };
  }

  async #spend(job: HashJob): Promise<{ result: string | boolean; tookMs: number }> {
    const done = await this.#child.run(job);
    this.#gate.took(done.tookMs);
    this.#metrics.passwordHashed(done.tookMs / 1000);
    return done;
  }

  #prehash(password: string): string {
    if (/\p{Surrogate}/u.test(password)) throw new TypeError('a lone surrogate cannot be encoded');
    return createHmac('sha384', this.#pepper).update(password.normalize('NFC'), 'utf8').digest('base64');
  }
}
