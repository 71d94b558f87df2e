import type { Factor } from '../../../../client/api.js';
import type { Person } from './answers.js';

/** What somebody is called best. */
export function calledOf({ name, username, email }: Pick<Person, 'name' | 'username' | 'email'>): string {
  return name ?? username ?? email;
}

/** In which state an account is, in a word, and what that means. */
export function stateOf(person: Pick<Person, 'disabled' | 'deletesAt' | 'hasPassword' | 'verified'>): {
  readonly word: string;
  readonly tone: 'good' | 'warning' | 'danger' | 'neutral';
  readonly means: string;
} {
  if (person.deletesAt !== null)
    return { word: 'given up', tone: 'danger', means: 'Its owner has given it up. Enable it to keep it.' };
  if (person.disabled) return { word: 'disabled', tone: 'danger', means: 'Nobody can sign in with it.' };
  if (!person.hasPassword)
    return { word: 'no password', tone: 'warning', means: 'Start a password reset to send a link for choosing one.' };
  if (!person.verified)
    return { word: 'not verified', tone: 'warning', means: 'Nobody has confirmed that the address is theirs.' };
  return { word: 'active', tone: 'good', means: 'Can sign in.' };
}

const outcomes: Readonly<Record<string, string>> = {
  'signed-in': 'Signed in',
  'invalid-credentials': 'Wrong password, or the account is disabled',
  'invalid-code': 'Wrong or used code',
  'second-factor-required': 'Password right, second factor asked for',
  'too-many-attempts': 'Too many attempts: had to wait',
  'no-seat-free': 'No seat was free',
  'no-licence': 'No licence to sit in',
  'licence-choice-required': 'Several licences: none was chosen',
  'licence-suspended': 'The licence was suspended',
  'licence-expired': 'The licence had run out',
  'licence-not-started': 'The licence had not started',
  'address-not-verified': 'The address was not confirmed',
  'different-client': 'Another browser showed the cookie',
  'session-ended': 'What it was to continue had ended',
  'not-signed-in': 'Was not remembered any more',
  forbidden: 'Was not allowed',
  busy: 'The server was too busy',
  'store-unavailable': 'A store did not answer',
  internal: 'A fault of the server',
};

/** How an attempt to sign in ended, in words. */
export function outcomeInWords(outcome: string): string {
  return outcomes[outcome] ?? outcome.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());
}

/** Whether an attempt that ended so got in, is still on its way in, or was refused. */
export function toneOf(outcome: string): 'good' | 'neutral' | 'warning' | 'danger' {
  if (outcome === 'signed-in') return 'good';
  if (outcome === 'second-factor-required' || outcome === 'licence-choice-required') return 'neutral';
  return outcome === 'invalid-credentials' || outcome === 'invalid-code' ? 'warning' : 'danger';
}

const factors: Readonly<Record<Factor['kind'], string>> = {
  passkey: 'Passkey',
  totp: 'Authenticator app',
  email: 'Codes by mail',
  recovery: 'Recovery codes',
};

/** What people call a kind of second factor. */
export function factorInWords(kind: Factor['kind']): string {
  return factors[kind];
}

/** A browser and where it runs, as far as they are known. */
export function browserInWords({ browser, os }: { readonly browser: string; readonly os: string }): string {
  if (browser === '' && os === '') return 'Unknown browser';
  return [browser, os].filter((part) => part !== '').join(' on ');
}
