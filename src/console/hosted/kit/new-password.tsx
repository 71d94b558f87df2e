import './new-password.css';
import { useEffect, useState } from 'preact/hooks';
import { house } from '../house.js';
import { figure } from '../language.js';
import { newPasswordTexts } from '../texts/step-up.js';
import { Field } from './field.js';

/** So few letters are in other words by accident. */
const fewestFound = 4;
/** So many letters beside the words about somebody are a password of their own; two digits count as one. */
const fewestBeside = 8;
const quietMs = 900;

/**
 * The field of a password that is being chosen, with the rules it meets so far. The server knows more of them, and has the
 * last word. `about`: what is known about the person, which is no password.
 */
export function NewPassword({
  name = 'password',
  label,
  least = 15,
  about = [],
  lessWithFactor = false,
}: {
  name?: string;
  label?: string;
  least?: number;
  about?: readonly (string | null | undefined)[];
  /** Whether it is not known if there is a second factor, with which fewer characters will do. */
  lessWithFactor?: boolean;
}) {
  const t = newPasswordTexts();
  const [typed, setTyped] = useState('');
  const missing = Math.max(0, least - [...typed.normalize('NFC')].length);
  const rules = [
    {
      met: missing === 0,
      words: lessWithFactor ? t.lengthOrLess(figure(least), figure(8)) : t.length(figure(least)),
      more: typed && missing > 0 ? t.toGo(figure(missing)) : '',
    },
    { met: typed !== '' && !isMostly(typed, about), words: t.notYou, more: '' },
  ];
  const said = useQuietly(
    typed === '' ? '' : rules.map(({ met, words, more }) => `${met ? t.met : t.unmet} ${words}. ${more}`).join(' '),
  );
  return (
    <div class="new-password">
      <Field
        name={name}
        type="password"
        label={label ?? t.label}
        hint={t.hint}
        required
        minLength={8}
        maxLength={1024}
        autoComplete="new-password"
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <ul class="rules" aria-hidden="true">
        {rules.map(({ met, words, more }) => (
          <li key={words} class={met ? 'met' : 'unmet'}>
            {words}
            {more && <span class="figures"> · {more}</span>}
          </li>
        ))}
      </ul>
      <p class="unseen" role="status">
        {said}
      </p>
    </div>
  );
}

/** Whether a password is little more than words about the person and the site. */
function isMostly(typed: string, about: readonly (string | null | undefined)[]): boolean {
  const known = [house.brand, location.hostname, ...about].flatMap((text) => [
    text ?? '',
    ...(text ?? '').split(/[\s@._+,;:/'’-]+/u),
  ]);
  const words = [...new Set(known.map(folded).filter((word) => word.length >= 3))].sort((a, b) => b.length - a.length);
  const text = folded(typed);
  const rest = words.reduce((left, word) => left.replaceAll(word, '\0'), text);
  if (text.length - rest.replaceAll('\0', '').length < fewestFound) return false;
  return rest.replace(/\P{L}/gu, '').length + rest.replace(/\P{N}/gu, '').length / 2 < fewestBeside;
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The text once it has not changed for a moment: who hears the page is not told each key. */
function useQuietly(text: string): string {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), quietMs);
    return () => clearTimeout(timer);
  }, [text]);
  return said;
}
