import { monotonicMs } from '../kernel/clock.js';

/** So many durations of each kind of hash are kept. */
const kept = 32;
/** A kind of hash that nobody has shown for so long is forgotten. */
const forgottenMs = 3_600_000;

interface Kind {
  readonly durations: number[];
  next: number;
  seenMs: number;
}

/**
 * Knows how long each kind of hash takes, so that the answer about a cheap one can be held back until a dear one would have
 * been compared: the time tells neither whether an account exists nor what its hash is (ASVS 6.3.8).
 */
export class HashPace {
  readonly #kinds = new Map<string, Kind>();
  readonly #now: () => number;

  /** `guess`: the kind new hashes are of, and how long it is thought to take. `now` for tests. */
  constructor(guess: { readonly pace: string; readonly ms: number }, now: () => number = monotonicMs) {
    this.#now = now;
    this.#kinds.set(guess.pace, { durations: [guess.ms], next: 0, seenMs: Number.POSITIVE_INFINITY });
  }

  /** Tells how long one comparison took. */
  took(pace: string, ms: number): void {
    const kind = this.#kinds.get(pace) ?? { durations: [], next: 0, seenMs: 0 };
    kind.durations[kind.next] = ms;
    kind.next = (kind.next + 1) % kept;
    kind.seenMs = Math.max(kind.seenMs, this.#now());
    this.#kinds.set(pace, kind);
  }

  /**
   * How much longer the slowest kind of those in use would have taken, in milliseconds: one of its own durations, so that
   * they scatter alike. 0 for the slowest kind itself.
   */
  missing(pace: string, ms: number): number {
    let slowest: readonly [string, Kind] | null = null;
    for (const entry of this.#kinds) {
      if (this.#now() - entry[1].seenMs > forgottenMs) this.#kinds.delete(entry[0]);
      else if (slowest === null || middle(entry[1].durations) > middle(slowest[1].durations)) slowest = entry;
    }
    if (slowest === null || slowest[0] === pace) return 0;
    const { durations } = slowest[1];
    return Math.max(0, (durations[Math.floor(Math.random() * durations.length)] ?? 0) - ms);
  }
}

function middle(durations: readonly number[]): number {
  return [...durations].sort((a, b) => a - b)[durations.length >> 1] ?? 0;
}
