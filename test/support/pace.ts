import { setTimeout as pause } from 'node:timers/promises';

/** The figure of the promise in a long run (`npm run test:long`), a smaller one in the ordinary run. */
export function figure(ordinary: number, full: number): number {
  return process.env['USHER_LONG'] === '1' ? full : ordinary;
}

/** Does `work` so many times, `abreast` at once, each with its number. Answers in the order of the numbers. */
export async function times<T>(count: number, abreast: number, work: (number: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const number = next++;
      done[number] = await work(number);
    }
  };
  await Promise.all(Array.from({ length: abreast }, lane));
  return done;
}

/** Asks again and again until it holds; answers how long that took. Throws, naming what, after `withinMs`. */
export async function until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - startedAt;
    if (performance.now() - startedAt > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(20);
  }
}

/** Some moment of the next so many milliseconds. */
export function someMoment(withinMs: number): Promise<void> {
  return pause(Math.random() * withinMs);
}

/** One of these, by chance. */
export function oneOf<T>(items: readonly [T, ...T[]]): T {
  return items[Math.floor(Math.random() * items.length)] ?? items[0];
}

/** Does something at a steady rate, whether or not the last one is done, until it is stopped; gathers what came of it. */
export class Pulse<T> {
  readonly #timer: NodeJS.Timeout;
  readonly #works: Promise<T>[] = [];

  constructor(perSecond: number, work: () => Promise<T>) {
    this.#timer = setInterval(() => {
      const done = work();
      // Looked at by `stop`.
      done.catch(() => {});
      this.#works.push(done);
    }, 1000 / perSecond);
  }

  /** What came of all, in the order in which they began. Rejects when one of them did. */
  stop(): Promise<T[]> {
    clearInterval(this.#timer);
    return Promise.all(this.#works);
  }
}
