import { Problem } from '../kernel/problem.js';

/** How many enter at once, the longest wait that is worth queueing for, and how long one is thought to take at first. */
export interface GateLimits {
  readonly concurrency: number;
  readonly maxWaitMs: number;
  readonly firstGuessMs: number;
}

/** How much the last duration weighs in the moving average. */
const weight = 0.05;
/** A duration counts as at most so many times the average: a stall of the machine is not taken for slow hashing. */
const mostTimes = 10;

/**
 * A queue in order of arrival that is bounded by time, not by length: who would wait longer than `maxWaitMs`, judged by a
 * moving average of how long the work takes, is refused at once with `busy`.
 */
export class HashGate {
  #running = 0;
  #averageMs: number;
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly limits: GateLimits,
    readonly changed: (length: number) => void,
  ) {
    this.#averageMs = limits.firstGuessMs;
  }

  /** How long who came now would wait, in milliseconds. */
  expectedWaitMs(): number {
    const ahead = this.#waiting.length + this.#running;
    return ahead < this.limits.concurrency ? 0 : (ahead * this.#averageMs) / this.limits.concurrency;
  }

  /** Runs `work` when its turn comes. Throws Problem `busy` when that would take too long. */
  async pass<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const waitMs = this.expectedWaitMs();
    if (waitMs > this.limits.maxWaitMs) {
      throw new Problem('busy', { retryAfterSeconds: Math.max(1, Math.ceil((waitMs - this.limits.maxWaitMs) / 1000)) });
    }
    await this.#turn();
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
      this.#tell();
    }
  }

  /** Tells the gate how long one piece of work took. */
  took(ms: number): void {
    this.#averageMs += weight * (Math.min(ms, mostTimes * this.#averageMs) - this.#averageMs);
  }

  async #turn(): Promise<void> {
    if (this.#running < this.limits.concurrency) {
      this.#running++;
    } else {
      await new Promise<void>((resolve) =>
        this.#waiting.push(() => {
          this.#running++;
          resolve();
        }),
      );
    }
    this.#tell();
  }

  #tell(): void {
    this.changed(this.#waiting.length + this.#running);
  }
}
