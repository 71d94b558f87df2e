import type { Clock } from '../kernel/clock.js';
import { Recent } from '../kernel/recent.js';

/** So many tokens a session is given in a minute by one process: each leaves a record. */
export const mostPerMinute = 300;
const minuteMs = 60_000;

/** Counts the tokens each session is given, so that one program in a loop cannot fill the database. */
export class TokenPace {
  readonly #clock: Clock;
  readonly #minutes = new Recent<string, { readonly untilMs: number; given: number }>(20_000);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one for the session of a ref. Answers null, or after how many seconds there will be another. */
  take(ref: string): number | null {
    const now = this.#clock.nowMs();
    const minute = this.#minutes.get(ref);
    if (minute === undefined || minute.untilMs <= now) {
      this.#minutes.set(ref, { untilMs: now + minuteMs, given: 1 });
      return null;
    }
    if (minute.given >= mostPerMinute) return Math.ceil((minute.untilMs - now) / 1000);
    minute.given += 1;
    return null;
  }
}
