import type { Clock } from './clock.js';
import { Recent } from './recent.js';

const minuteMs = 60_000;

/** Lets everybody do something so many times in a minute, in one process: so that one program in a loop fills no table. */
export class Pace {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #minutes = new Recent<string, { readonly untilMs: number; done: number }>(20_000);

  constructor(clock: Clock, mostPerMinute: number) {
    this.#clock = clock;
    this.#most = mostPerMinute;
  }

  /** Takes one for whoever is named. Answers null, or after how many seconds there will be another. */
  take(who: string): number | null {
    const now = this.#clock.nowMs();
    const minute = this.#minutes.get(who);
    if (minute === undefined || minute.untilMs <= now) {
      this.#minutes.set(who, { untilMs: now + minuteMs, done: 1 });
      return null;
    }
    if (minute.done >= this.#most) return Math.ceil((minute.untilMs - now) / 1000);
    minute.done += 1;
    return null;
  }
}
