import { monotonicMs } from '../kernel/clock.js';
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

/** So many times as long as was expected at most somebody waits. */
const longestWait = 1.5;
/** Nobody who was refused is sent away for longer, however many there were. */
const longestAwayMs = 15_000;

/**
 * A queue in order of arrival that is bounded by time, not by length: who would wait longer than `maxWaitMs`, judged by a
 * moving average of how long the work takes, is refused at once with `busy`; who has waited half as long again, then.
 */
export class HashGate {
  #running = 0;
  #averageMs: number;
  /** When the last one who was refused may come back. */
  #invitedMs = 0;
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
    if (waitMs > this.limits.maxWaitMs) throw this.#refusal(waitMs - this.limits.maxWaitMs);
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

  /** Each is told a moment of its own to come back, so that a crowd that was refused does not come back as one. */
  #refusal(beyondMs: number): Problem<'busy'> {
    const nowMs = monotonicMs();
    const nextMs = this.#invitedMs + this.#averageMs / this.limits.concurrency;
    this.#invitedMs = Math.min(nowMs + longestAwayMs, Math.max(nextMs, nowMs + beyondMs));
    return new Problem('busy', {
      retryAfterSeconds: Math.max(1, Math.ceil(Math.round(this.#invitedMs - nowMs) / 1000)),
    });
  }

  async #turn(): Promise<void> {
    if (this.#running < this.limits.concurrency) this.#running++;
    else await this.#place();
    this.#tell();
  }

  /** The work may have become slower than was thought: nobody waits for ever for a turn that was expected sooner. */
  #place(): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        clearTimeout(patience);
        this.#running++;
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        this.#tell();
        reject(this.#refusal(0));
      };
      const patience = setTimeout(leave, longestWait * this.limits.maxWaitMs);
      this.#waiting.push(give);
    });
  }

  #tell(): void {
    this.changed(this.#waiting.length + this.#running);
  }
}
