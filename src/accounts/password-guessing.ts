import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import type { FrequentPasswords } from './frequent-passwords.js';

/** More characters are not looked at at once: the time grows with them, to a tenth of a second for 200. */
const window = 32;

/** How many guesses a password needs, in powers of ten, and what makes it easy. */
export interface Guesses {
  readonly log10: number;
  readonly warning: string | null;
}

/** Estimates how many guesses a password withstands, by the zxcvbn family: words, names, dates, rows of keys, repetitions. */
export class Guessing {
  readonly #frequent: FrequentPasswords;
  #estimator: Promise<ZxcvbnFactory> | null = null;

  constructor(frequent: FrequentPasswords) {
    this.#frequent = frequent;
  }

  /** Makes ready what estimates are made with. */
  async prepare(): Promise<void> {
    await this.#ready();
  }

  /** The guesses that a password needs whose person these words are about. Of a long one, its better end counts. */
  async of(password: string, words: readonly string[]): Promise<Guesses> {
    const estimator = await this.#ready();
    const ends = password.length <= window ? [password] : [password.slice(0, window), password.slice(-window)];
    const estimates = ends.map((end) => estimator.check(end, [...words]));
    const [first, last = first] = estimates;
    const best = first !== undefined && last !== undefined && last.guessesLog10 > first.guessesLog10 ? last : first;
    return { log10: best?.guessesLog10 ?? 0, warning: best?.feedback.warning ?? null };
  }

  #ready(): Promise<ZxcvbnFactory> {
    this.#estimator ??= this.#make();
    return this.#estimator;
  }

  async #make(): Promise<ZxcvbnFactory> {
    const [{ ZxcvbnFactory: Factory }, { dictionary, graphs }] = await Promise.all([
      import('@zxcvbn-ts/core'),
      this.#frequent.lists(),
    ]);
    return new Factory({ dictionary, graphs, useLevenshteinDistance: false });
  }
}

const reasons: Readonly<Record<string, string>> = {
  straightRow: 'is made of neighbouring keys',
  keyPattern: 'is made of neighbouring keys',
  simpleRepeat: 'repeats itself',
  extendedRepeat: 'repeats itself',
  sequences: 'is made of letters or digits in their order',
  recentYears: 'is little more than a year',
  dates: 'is little more than a date',
  userInputs: 'is little more than what is known of you or of this site',
};

/** Why a password is guessed easily, and what helps. */
export function whyGuessed(warning: string | null): string {
  const reason = reasons[warning ?? ''] ?? 'is made of words and patterns that are tried first';
  return `${reason}: add one or two words that have nothing to do with it`;
}
