import { monotonicMs } from '../kernel/clock.js';

/**
 * The last part of every deadline, in milliseconds, is a timer of its own: when this process stalled, the first one fires
 * before what has arrived meanwhile is read, and what waited to be written is written.
 */
export const graceMs = 20;

/** Answers what `work` answers, or rejects with what `late` makes after `ms` milliseconds. The work itself is not stopped. */
export function withDeadline<Answer>(work: Promise<Answer>, ms: number, late: () => Error): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => {
      timer = setTimeout(() => reject(late()), graceMs);
    }, ms - graceMs);
    work.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** A call that is bounded in time. */
export interface Waiting {
  /** Set by the caller once it has an answer. */
  settled: boolean;
  /** Called when it has none in time. */
  late(): void;
}

/**
 * The same deadline for many calls at once: a queue in the order of arrival and one timer for all, because a timer for each
 * costs more than the call. Calls are late after `ms` − 20 to `ms` milliseconds, later only when this process stood still:
 * then what has arrived meanwhile is read first.
 */
export class Deadlines {
  readonly #ms: number;
  #queue: { readonly waiting: Waiting; readonly dueMs: number }[] = [];
  #ticking = false;
  /** The time of the last tick: as much as a deadline need know. */
  #nowMs = 0;
  #spared = false;

  constructor(ms: number) {
    this.#ms = ms - graceMs;
  }

  /** Begins to wait. */
  add(waiting: Waiting): void {
    if (!this.#ticking) this.#tickLater();
    this.#queue.push({ waiting, dueMs: this.#nowMs + this.#ms });
  }

  #tickLater(): void {
    this.#ticking = true;
    this.#nowMs = monotonicMs();
    setTimeout(() => this.#tick(), graceMs);
  }

  #tick(): void {
    const before = this.#nowMs;
    const nowMs = monotonicMs();
    // Twice as long as asked for: this process stood still, and the answers may be waiting to be read. They are by the next
    // tick, which spares nobody: a process that is slow all the time must still be fast to say no.
    const stoodStill = !this.#spared && nowMs - before > 2 * graceMs;
    this.#spared = stoodStill;
    let done = 0;
    for (const { waiting, dueMs } of this.#queue) {
      if (!waiting.settled) {
        if (stoodStill || dueMs > nowMs) break;
        waiting.late();
      }
      done += 1;
    }
    if (done > 0) this.#queue = this.#queue.slice(done);
    if (this.#queue.length > 0) this.#tickLater();
    else this.#ticking = false;
  }
}
