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
