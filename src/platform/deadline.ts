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

/** A call that is bounded in time: `late` is called when it has no answer by then. */
export class Waiting {
  dueMs = 0;
  before: Waiting | null = null;
  after: Waiting | null = null;

  constructor(readonly late: () => void) {}
}

/**
 * The same deadline for many calls at once: a list in the order of arrival and one timer for all, because a timer for each
 * costs more than the call. Calls leave the list with their answer: whatever stays behind for as long as the deadline, the
 * garbage collector copies again and again. Calls are late after `ms` − 20 to `ms` milliseconds, later only when this process
 * stood still: then what has arrived meanwhile is read first.
 */
export class Deadlines {
  readonly #ms: number;
  #first: Waiting | null = null;
  #last: Waiting | null = null;
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
    waiting.dueMs = this.#nowMs + this.#ms;
    waiting.before = this.#last;
    if (this.#last === null) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
  }

  /** The call has its answer. Does nothing when it was late already. */
  remove(waiting: Waiting): void {
    const { before, after } = waiting;
    if (before !== null) before.after = after;
    else if (this.#first === waiting) this.#first = after;
    else return;
    if (after === null) this.#last = before;
    else after.before = before;
    waiting.before = null;
    waiting.after = null;
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
    while (!stoodStill && this.#first !== null && this.#first.dueMs <= nowMs) {
      const overdue = this.#first;
      this.remove(overdue);
      overdue.late();
    }
    if (this.#first !== null) this.#tickLater();
    else this.#ticking = false;
  }
}
