import { count, plural } from '../../kit/words.js';
import type { Attention } from './overview-answer.js';

/** What is the matter, and what to do about it. */
export interface AttentionWords {
  readonly what: string;
  readonly mend: string;
}

const of = ({ used, limit }: Attention) => `${count(used ?? 0)} of ${count(limit ?? 0)} seats are taken`;

const words: Readonly<Record<string, (one: Attention) => AttentionWords>> = {
  'store-refuses-writes': () => ({
    what: 'The session store refuses to write',
    mend: 'Nobody can sign in, and nothing can be ended. Look at the memory and the disk of Redis.',
  }),
  'changes-waiting': ({ count: waiting }) => ({
    what: `${plural(waiting ?? 0, 'change')} not yet in force`,
    mend: 'They are saved and wait for the session store. If this stays, see whether Redis answers.',
  }),
  'mail-failing': ({ count: letters }) => ({
    what: `${plural(letters ?? 0, 'e-mail')} cannot be sent`,
    mend: 'They are tried again by themselves. Look at the mail server and at SMTP_URL.',
  }),
  'mail-given-up': ({ count: letters }) => ({
    what: `${plural(letters ?? 0, 'e-mail')} given up`,
    mend: 'The mail server refused them for good within the last 24 hours. Its log says why.',
  }),
  'licence-over': (one) => ({
    what: `${count((one.used ?? 0) - (one.limit ?? 0))} over the limit`,
    mend: `${of(one)}. Add seats, or end sessions that are idle.`,
  }),
  'licence-full': (one) => ({ what: 'Full', mend: `${of(one)}. Whoever comes next meets a full house.` }),
  'licence-near-limit': (one) => ({ what: 'Nearly full', mend: `${of(one)}.` }),
  'licence-expired': () => ({ what: 'Expired', mend: 'Nobody can sign in with it. Renew it, or delete it.' }),
  'licence-expiring': () => ({ what: 'Expires soon', mend: 'Its sessions end at that moment unless it is renewed.' }),
  'licence-suspended': () => ({ what: 'Suspended', mend: 'Nobody can sign in with it until it is reinstated.' }),
  'licence-draining': () => ({
    what: 'Suspended for new sign-ins',
    mend: 'Whoever is in may finish; nobody else gets in until it is reinstated.',
  }),
};

/** Something that needs somebody, in words. */
export function attentionInWords(one: Attention): AttentionWords {
  return words[one.kind]?.(one) ?? { what: one.kind.replaceAll('-', ' '), mend: '' };
}

const reasons: Readonly<Record<string, string>> = {
  FULL: 'no seat was free',
  USER_MAX: 'too many sessions of their own',
  NOT_MEMBER: 'not a member of the licence',
  SUSPENDED: 'the licence was suspended',
  NOT_STARTED: 'the licence had not started',
  EXPIRED: 'the licence had run out',
  RATE: 'too many attempts',
};

/** Why somebody was refused, in words. */
export function reasonInWords(reason: string): string {
  return reasons[reason] ?? reason.toLowerCase().replaceAll('_', ' ');
}
