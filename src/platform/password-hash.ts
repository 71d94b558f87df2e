import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { HashChild, type HashJob } from './hash-child.js';
import { HashGate } from './hash-gate.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** What a PasswordHasher is made of. `maxWaitMs` (10 s) bounds the queue. */
export interface PasswordHasherOptions {
  readonly pepper: string;
  /** bcrypt's work factor for new hashes, 4 to 15. */
  readonly cost: number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'hashQueue' | 'passwordHashed'>;
  /** Hashes at once; one less than there are cores, at least one. */
  readonly concurrency?: number;
  readonly maxWaitMs?: number;
}

const scheme = 'bcrypt$v1$';
const storedForm = /^bcrypt\$v1\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;
/** A stored hash that costs more was not made here, and would take a core for seconds. */
const highestCost = 15;
/** bcrypt's time at cost 0 on an ordinary core; doubles with each step. */
const firstGuessMs = 0.05;

/**
 * Hashes passwords with bcrypt over base64(HMAC-SHA-384(pepper, password in NFC)): 64 characters, so nothing is cut off at
 * bcrypt's 72 bytes, no NUL ends it early, and a stolen table without the pepper is worthless (ASVS 6.2.8, 11.4.2). The
 * work is done in a low-priority process behind a gate.
 */
export class PasswordHasher {
  readonly #pepper: KeyObject;
  readonly #cost: number;
  readonly #metrics: PasswordHasherOptions['metrics'];
  readonly #gate: HashGate;
  readonly #child: HashChild;
  readonly #decoy: string;

  constructor(options: PasswordHasherOptions) {
    const concurrency = options.concurrency ?? Math.max(1, availableParallelism() - 1);
    this.#pepper = createSecretKey(Buffer.from(options.pepper, 'utf8'));
    this.#cost = options.cost;
    this.#metrics = options.metrics;
    this.#child = new HashChild(concurrency, options.log);
    this.#gate = new HashGate(
      { concurrency, maxWaitMs: options.maxWaitMs ?? 10_000, firstGuessMs: firstGuessMs * 2 ** options.cost },
      (length) => options.metrics.hashQueue(length),
    );
    // Well-formed, so that comparing with it takes the full work; nobody's password.
    this.#decoy = `$2b$${String(options.cost).padStart(2, '0')}$${'N'.repeat(22)}${'o'.repeat(31)}`;
  }

  /** The text to store for a password. Throws TypeError for lone surrogates, and Problem `busy`. */
  async hash(password: string): Promise<string> {
    const text = this.#prehash(password);
    const hashed = await this.#gate.pass(() => this.#spend({ kind: 'hash', text, cost: this.#cost }));
    return `${scheme}${String(hashed)}`;
  }

  /**
   * Whether the password is the one that was stored. Null (no such account) and a text that was not made here take the
   * same work and are `wrong`. `admit` is asked when the turn has come, right before the hash is spent; its `refused`
   * spends none. Throws TypeError for lone surrogates, and Problem `busy`.
   */
  async verify(
    password: string,
    stored: string | null,
    admit?: () => Promise<'go' | 'refused'>,
  ): Promise<'right' | 'wrong' | 'refused'> {
    const text = this.#prehash(password);
    const real = readStored(stored);
    return this.#gate.pass(async () => {
      if (admit !== undefined && (await admit()) === 'refused') return 'refused';
      const matches = await this.#spend({ kind: 'compare', text, hash: real?.hash ?? this.#decoy });
      return real !== null && matches === true ? 'right' : 'wrong';
    });
  }

  /** Whether a hash was made with another cost or scheme than new ones are. */
  needsRehash(stored: string): boolean {
    return readStored(stored)?.cost !== this.#cost;
  }

  /** The id of the hashing process, or null while there is none. */
  get processId(): number | null {
    return this.#child.pid;
  }

  /** Ends the hashing process. */
  close(): Promise<void> {
    return this.#child.close();
  }

  async #spend(job: HashJob): Promise<string | boolean> {
    const { result, tookMs } = await this.#child.run(job);
    this.#gate.took(tookMs);
    this.#metrics.passwordHashed(tookMs / 1000);
    return result;
  }

  #prehash(password: string): string {
    if (/\p{Surrogate}/u.test(password)) throw new TypeError('a lone surrogate cannot be encoded');
    return createHmac('sha384', this.#pepper).update(password.normalize('NFC'), 'utf8').digest('base64');
  }
}

function readStored(stored: string | null): { hash: string; cost: number } | null {
  const [, hash, costText] = storedForm.exec(stored ?? '') ?? [];
  const cost = Number(costText);
  return hash === undefined || cost > highestCost ? null : { hash, cost };
}
