import { identifierKey } from './identifier.js';

/** What somebody who knows the person, or looks the person up, would try. */
export interface AboutPerson {
  readonly email?: string | null | undefined;
  readonly username?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** Others, such as the name of the licence or of the institute. */
  readonly words?: readonly string[] | undefined;
}

const product = 'usher';
/** Shorter words are in every other word. */
const shortest = 3;
/** So few characters of a password are in other words by accident. */
const fewestFound = 4;
/** So many letters beside the words are a password of their own; two digits count as one letter. */
const fewestBeside = 8;

/** The words about one person and one site: a password that is little more than them is not one (ASVS 6.2.11). */
export class PersonWords {
  /** Each word once, the longest first. */
  readonly all: readonly string[];

  constructor(words: readonly string[]) {
    const folded = words.map(folding).filter((word) => word.length >= shortest);
    this.all = [...new Set(folded)].sort((a, b) => b.length - a.length);
  }

  /** Why a password is little more than these words, or null. `strict`: a few letters beside them do not help. */
  fault(password: string, strict: boolean): string | null {
    const text = folding(password);
    const rest = this.all.reduce((left, word) => left.replaceAll(word, '\0'), text);
    const found = text.length - rest.replaceAll('\0', '').length;
    const [letters, digits] = [rest.replace(/\P{L}/gu, '').length, rest.replace(/\P{N}/gu, '').length];
    const beside = strict ? letters + digits / 2 >= fewestBeside : letters > 0 || digits >= fewestBeside;
    if (found < fewestFound || beside) return null;
    return 'is little more than your name, your address or the name of this site: choose what nobody can look up';
  }
}

/** The words about a person, and about the site at `publicUrl`. */
export function wordsAbout({ email, username, name, words }: AboutPerson, publicUrl: string): PersonWords {
  const { hostname } = new URL(publicUrl);
  const whole = [email, username, name, hostname, ...(words ?? [])].filter((text) => typeof text === 'string');
  return new PersonWords([product, ...whole, ...whole.flatMap((text) => text.split(/[\s@._+,;:/'’-]+/u))]);
}

function folding(text: string): string {
  // Without its accents: Zoë types her name either way.
  return identifierKey(text).normalize('NFD').replace(/\p{M}/gu, '');
}
