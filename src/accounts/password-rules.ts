import { z } from 'zod';
import type { UserId } from '../kernel/ids.js';
import { invalid } from '../kernel/problem.js';
import { FrequentPasswords } from './frequent-passwords.js';
import { Guessing, whyGuessed } from './password-guessing.js';
import { type AboutPerson, wordsAbout } from './password-words.js';

const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text);
const length = (text: string) => [...text].length;

/** The most characters a password may have. */
const longest = 1024;
/** What has more UTF-16 units has more characters, however they compose: nothing else is looked at. */
const longestText = 4 * longest;
const tooLong = { error: `must have at most ${longest} characters`, abort: true };
/** The fewest of a password that stands alone, and of one beside a second factor or handed over by staff (NIST SP 800-63B-4, 3.1.1.2). */
const fewest = { alone: 15, notAlone: 8 } as const;
/** So many guesses a password must withstand, in powers of ten: far more than the throttle of the sign-in ever admits. */
const guesses = { alone: 8, notAlone: 6 } as const;

/**
 * The text of a password somebody chooses: 8 to 1024 characters of any kind, nothing is cut off or forbidden (ASVS 6.2.1,
 * 6.2.5, 6.2.9). Read as NFC, so that keyboards which compose differently agree. PasswordRules says whether it is good.
 */
export const newPassword = textOfPassword(
  `must have at least ${fewest.alone} characters, or ${fewest.notAlone} when the account has a second factor`,
);

/** The text of a password that staff choose for somebody and hand over: it is to be changed. */
export const handedOverPassword = textOfPassword(`must have at least ${fewest.notAlone} characters`);

function textOfPassword(tooShort: string) {
  return z
    .string()
    .max(longestText, tooLong)
    .refine(wellFormed, { error: 'must not contain lone surrogates', abort: true })
    .transform((text) => text.normalize('NFC'))
    .refine((text) => length(text) <= longest, tooLong.error)
    .refine((text) => length(text) >= fewest.notAlone, tooShort);
}

/** A password that is to be compared: any text that could have been chosen. */
export const presentPassword = z
  .string()
  .min(1)
  .max(longestText, tooLong)
  .refine(wellFormed, 'must not contain lone surrogates')
  .refine((text) => length(text.normalize('NFC')) <= longest, tooLong.error);

/** Who chose a password, for which account, and where in the request it stands. */
export interface PasswordChoice {
  /** `person`: whoever will sign in with it. `staff`: it is handed over, and to be changed by its person. */
  readonly by: 'person' | 'staff';
  /** Null while there is no account yet. */
  readonly userId: UserId | null;
  readonly about: AboutPerson;
  /** Where a refusal points, such as `/password`. */
  readonly pointer: string;
}

/** Whether a second factor is asked for when this account signs in. */
export type SecondFactorQuestion = (userId: UserId) => Promise<boolean>;

/** What PasswordRules are made of. */
export interface PasswordRulesParts {
  readonly publicUrl: string;
  readonly hasSecondFactor: SecondFactorQuestion;
}

/**
 * Which passwords may be chosen, after NIST SP 800-63B-4, 3.1.1.2: long enough, not known to everybody, not known to whoever
 * knows the person. Nothing is said about kinds of characters (ASVS 6.2.4, 6.2.5, 6.2.11, 6.2.12).
 */
export class PasswordRules {
  readonly #frequent = new FrequentPasswords();
  readonly #guessing = new Guessing(this.#frequent);
  readonly #parts: PasswordRulesParts;

  constructor(parts: PasswordRulesParts) {
    this.#parts = parts;
  }

  /** Reads the lists, some 50 ms, so that nobody waits for them. They are read by themselves otherwise. */
  async prepare(): Promise<void> {
    await this.#guessing.prepare();
  }

  /** Throws `invalid-request` with the reason and how to mend it. What staff hand over is not judged by its strength. */
  async check(password: string, { by, userId, about, pointer }: PasswordChoice): Promise<void> {
    if (password.length > longestText) throw invalid(pointer, tooLong.error);
    const text = password.normalize('NFC');
    const own = by === 'person';
    const alone = own && !(userId !== null && (await this.#parts.hasSecondFactor(userId)));
    const rule = alone ? 'alone' : 'notAlone';
    const fault =
      faultOfLength(text, fewest[rule]) ??
      (await this.#frequent.fault(text, own)) ??
      wordsAbout(about, this.#parts.publicUrl).fault(text, own) ??
      (own ? await this.#faultOfStrength(text, guesses[rule], about) : null);
    if (fault !== null) throw invalid(pointer, fault);
  }

  async #faultOfStrength(text: string, atLeast: number, about: AboutPerson): Promise<string | null> {
    const words = wordsAbout(about, this.#parts.publicUrl).all;
    const { log10, warning } = await this.#guessing.of(text, words);
    return log10 >= atLeast ? null : whyGuessed(warning);
  }
}

function faultOfLength(text: string, atLeast: number): string | null {
  if (length(text) > longest) return tooLong.error;
  if (length(text) >= atLeast) return null;
  return `must have at least ${atLeast} characters; three or four words that have nothing to do with each other will do`;
}
