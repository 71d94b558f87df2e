import { language } from '../language.js';

/** The rules a field can break, as the server says them, in German. What is not here is shown in the server's words. */
const german: readonly (readonly [RegExp, string])[] = [
  [
    /^must have at least (\d+) characters, or (\d+) when the account has a second factor$/,
    'Bitte nehmen Sie mindestens $1 Zeichen, oder $2, wenn das Konto einen zweiten Faktor hat.',
  ],
  [
    /^must have at least (\d+) characters; three or four words.*$/,
    'Bitte nehmen Sie mindestens $1 Zeichen. Drei oder vier Wörter, die nichts miteinander zu tun haben, genügen.',
  ],
  [/^must have at least (\d+) characters$/, 'Bitte nehmen Sie mindestens $1 Zeichen.'],
  [/^must have at most (\d+) characters$/, 'Höchstens $1 Zeichen sind möglich.'],
  [/^must be plain text on one line$/, 'Bitte schreiben Sie das in eine Zeile, ohne Sonderzeichen.'],
  [/^must not be the present address$/, 'Das ist schon Ihre Adresse.'],
  [/^is needed: the present password of your account$/, 'Bitte geben Sie Ihr jetziges Passwort ein.'],
  [
    /^is needed: the one that was chosen at registration$/,
    'Bitte geben Sie das Passwort ein, das Sie sich ausgesucht haben.',
  ],
  [
    /^must be letters, digits, dots, hyphens and underscores$/,
    'Nur Buchstaben, Ziffern, Punkte, Binde- und Unterstriche sind möglich.',
  ],
  [
    /^is among the most common passwords.*$/,
    'Das ist eines der häufigsten Passwörter, die zuerst versucht werden. Bitte wählen Sie ein anderes.',
  ],
  [
    /^is one of the most common passwords with.*$/,
    'Das ist eines der häufigsten Passwörter mit Ziffern oder Zeichen darin. Bitte wählen Sie ein anderes.',
  ],
  [
    /^is little more than your name.*$/,
    'Das ist kaum mehr als Ihr Name, Ihre Adresse oder der Name dieser Seite. Bitte wählen Sie etwas, das niemand nachschlagen kann.',
  ],
  [
    /^.*: add one or two words that have nothing to do with it$/,
    'Das lässt sich zu leicht erraten. Bitte fügen Sie ein oder zwei Wörter hinzu, die nichts damit zu tun haben.',
  ],
  [/e-?mail address/i, 'Das ist keine E-Mail-Adresse.'],
];

/** A broken rule as a sentence in the language people read. */
export function ruleWords(rule: string): string {
  if (language() === 'de') {
    for (const [form, said] of german) if (form.test(rule)) return rule.replace(form, said);
  }
  const sentence = /^(?:must|is|was|may|can|has|names)\b/.test(rule) ? `This ${rule}` : rule;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
