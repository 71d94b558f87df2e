import { inHtml } from '../kernel/text.js';

/** A message as it is written down, before it is addressed. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Template<Name extends string> {
  /** What it needs to be told. `{name}` in the subject and in the paragraphs stands for it; by `asker` it is only counted. */
  readonly values: readonly Name[];
  /** Which of them are secret: forgotten as soon as the message has been sent. */
  readonly secrets: readonly NoInfer<Name>[];
  readonly subject: string;
  /** A paragraph that is nothing but `{link}` or `{notMe}` becomes a link. */
  readonly paragraphs: readonly string[];
}

function template<const Name extends string>(declared: Template<Name>): Template<Name> {
  return declared;
}

const aboutLicence = ['owner', 'licence', 'serial'] as const;
const whyYou = 'You get this message because the licence {licence} ({serial}) is set to tell its owner, {owner}.';

/** Every message there is. */
export const mailTemplates = {
  invitation: template({
    values: ['owner', 'licence', 'link', 'until'],
    secrets: ['link'],
    subject: 'Your invitation to {licence}',
    paragraphs: [
      '{owner} invites you to work with the licence {licence}.',
      'Follow this link to choose a password and make your account:',
      '{link}',
      'The link works once, until {until}. If you did not expect this invitation, you need not do anything.',
    ],
  }),
  registration: template({
    values: ['asker', 'when', 'from', 'link'],
    secrets: ['link'],
    subject: 'Confirm your address',
    paragraphs: [
      'Somebody, on {when}, wants to make an account with this address, from {from}.',
      'If it was you, follow this link to confirm the address, and give the password you have chosen. The account is made with it:',
      '{link}',
      'The link works once, for 24 hours. If it was not you, do not follow it: then there will be no account.',
    ],
  }),
  'account-exists': template({
    values: ['asker', 'when', 'from'],
    secrets: [],
    subject: 'You have an account already',
    paragraphs: [
      'Somebody, on {when}, wanted to make an account with this address, from {from}. There is one already, so nothing was done.',
      'If it was you: sign in as usual, or ask for a new password on the sign-in page. If it was not you, you need not do anything.',
    ],
  }),
  'verify-email': template({
    values: ['asker', 'link'],
    secrets: ['link'],
    subject: 'Confirm your address',
    paragraphs: [
      'Follow this link to confirm that this is the address of your account:',
      '{link}',
      'The link works once, for 24 hours. If you have no account here, you need not do anything.',
    ],
  }),
  'password-reset': template({
    values: ['asker', 'why', 'link', 'minutes'],
    secrets: ['link'],
    subject: 'Choose a new password',
    paragraphs: [
      '{why} Follow this link to choose a new password:',
      '{link}',
      'The link works once, for {minutes} minutes, and a newer one replaces it.',
    ],
  }),
  'not-me-done': template({
    values: ['link', 'minutes', 'factors'],
    secrets: ['link'],
    subject: 'Choose a new password',
    paragraphs: [
      'You said that a change of your account was not made by you. All its sessions have been ended, and its password is worth nothing any more. Follow this link to choose a new one:',
      '{link}',
      'The link works once, for {minutes} minutes, and a newer one replaces it.',
      '{factors}',
    ],
  }),
  'address-new': template({
    values: ['asker', 'link'],
    secrets: ['link'],
    subject: 'Confirm your new address',
    paragraphs: [
      'This is to become the address of an account. If you want that, follow this link:',
      '{link}',
      'The link works once, for 24 hours. If you did not ask for this, you need not do anything: the account keeps the address it has.',
    ],
  }),
  'address-old': template({
    values: ['asker', 'address', 'when', 'from', 'link'],
    secrets: ['link'],
    subject: 'Confirm that your address changes',
    paragraphs: [
      'On {when}, from {from}, it was asked to change the address of your account to {address}.',
      'If it was you, follow this link, and the one in the message to the new address:',
      '{link}',
      'The link works once, for 24 hours. If it was not you, do not follow it, and change your password.',
    ],
  }),
  'account-leaving': template({
    values: ['until', 'when', 'from', 'link', 'notMe'],
    secrets: ['link', 'notMe'],
    subject: 'Your account will be removed',
    paragraphs: [
      'On {when}, from {from}, it was asked to remove your account. Nobody can sign in with it any more, and it will be removed on {until}.',
      'If you want to keep it, follow this link before then:',
      '{link}',
      'If it was not you who asked, follow this one instead, within seven days: it keeps your account too, and sends you another one to choose a new password.',
      '{notMe}',
    ],
  }),
  'account-removed': template({
    values: ['when', 'from'],
    secrets: [],
    subject: 'Your account was removed',
    paragraphs: [
      'On {when}, from {from}, it was asked to remove your account, and it was removed at once.',
      'If it was not you who asked, tell the people who run this service. The account itself cannot be brought back.',
    ],
  }),
  'credentials-changed': template({
    values: ['what', 'when', 'from', 'link'],
    secrets: ['link'],
    subject: 'Your account was changed',
    paragraphs: [
      '{what} This was done on {when}, from {from}.',
      'If this was you, you need not do anything. If it was not, follow this link: it ends all sessions of your account and sends you another one to choose a new password.',
      '{link}',
      'The link works once, for seven days.',
    ],
  }),
  'new-browser': template({
    values: ['when', 'from', 'link'],
    secrets: ['link'],
    subject: 'A new browser signed in to your account',
    paragraphs: [
      'Somebody signed in to your account on {when}, from {from}: a browser that this account was not used from before, or one that has lost its cookies.',
      'If this was you, you need not do anything. If it was not, follow this link: it ends all sessions of your account and sends you another one to choose a new password.',
      '{link}',
      'The link works once, for seven days.',
    ],
  }),
  'remembered-reused': template({
    values: ['browser', 'when', 'address', 'link'],
    secrets: ['link'],
    subject: 'A remembered browser was used twice',
    paragraphs: [
      'Your account remembers the browser {browser}. On {when}, what it is remembered by was used again from the address {address} after it had been replaced, as happens when it was copied to another computer. That browser is not remembered any more, and its session has been ended.',
      'If you restored this computer from a backup, sign in again and all is well. If you did not, follow this link: it ends all sessions of your account and sends you another one to choose a new password.',
      '{link}',
      'The link works once, for seven days.',
    ],
  }),
  'sign-in-code': template({
    values: ['code'],
    secrets: ['code'],
    subject: 'Your code to sign in',
    paragraphs: [
      'Your code to sign in: {code}',
      'It works once, for four minutes, and only where you are signing in now. Give it to nobody: we never ask for it.',
      'If you are not signing in, somebody knows your password. Change it.',
    ],
  }),
  'licence-near-limit': template({
    values: [...aboutLicence, 'percent', 'used', 'limit'],
    secrets: [],
    subject: '{licence}: {percent} % of the seats are taken',
    paragraphs: [
      '{used} of the {limit} seats of {licence} are taken: that is {percent} % or more.',
      'Nobody has been refused because of this. When all seats are taken, people have to wait for one, or what the licence provides for that case happens. If this occurs often, ask for more seats.',
      whyYou,
    ],
  }),
  'licence-full': template({
    values: [...aboutLicence, 'used', 'limit'],
    secrets: [],
    subject: '{licence}: all seats are taken',
    paragraphs: [
      'All {limit} seats of {licence} are taken.',
      'Until one falls free, people have to wait, or what the licence provides for that case happens. If this occurs often, ask for more seats.',
      whyYou,
    ],
  }),
  'licence-over': template({
    values: [...aboutLicence, 'used', 'limit'],
    secrets: [],
    subject: '{licence}: more sessions than seats',
    paragraphs: [
      '{used} sessions are open in {licence}, which has {limit} seats.',
      'Either seats were taken away while people were at work, or the licence allows more sessions for some days a year. Nobody loses their work because of this message; ask for more seats if they are needed.',
      whyYou,
    ],
  }),
  'licence-expiring': template({
    values: [...aboutLicence, 'days', 'until'],
    secrets: [],
    subject: '{licence} expires within {days}',
    paragraphs: [
      '{licence} is valid until {until}: less than {days} from now.',
      'After that nobody can sign in with it, and its sessions end. Have it renewed if you want to go on using it.',
      whyYou,
    ],
  }),
} as const satisfies Readonly<Record<string, Template<string>>>;

/** The name of a message. */
export type MailTemplate = keyof typeof mailTemplates;

/** What a message needs to be told. */
export type MailValues<Name extends MailTemplate = MailTemplate> = Name extends MailTemplate
  ? Readonly<Record<(typeof mailTemplates)[Name]['values'][number], string>>
  : never;

/**
 * The message, as plain text and as simple HTML. What is told takes one line and is nothing but text, whatever it holds
 * (ASVS 1.2.1, 1.3.11). Throws when a value is missing, or a link leads elsewhere than to the web.
 */
export function writtenMail(name: MailTemplate, values: Readonly<Record<string, string>>): MailText {
  const { subject, paragraphs } = mailTemplates[name];
  const told = (value: string) => {
    if (!Object.hasOwn(values, value)) throw new Error(`the message ${name} needs to be told: ${value}`);
    return onOneLine(values[value] ?? '');
  };
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_whole, value: string) => told(value));
  const blocks = paragraphs.map((paragraph) => ({
    link: /^\{(link|notMe)\}$/.test(paragraph),
    text: filled(paragraph),
  }));
  const bad = blocks.find(({ link, text }) => link && !/^https?:\/\/[^\s<>"]+$/.test(text));
  if (bad !== undefined) throw new Error(`the link of the message ${name} does not lead to the web`);
  return {
    subject: filled(subject),
    text: `${blocks.map(({ text }) => text).join('\n\n')}\n`,
    html: htmlOf(blocks),
  };
}

/** A day as people write it, in UTC: `1 March 2027`. */
export function dayInWords(date: Date): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}

/** A moment as people write it, in UTC: `1 March 2027 at 14:05 UTC`. */
export function momentInWords(date: Date): string {
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' }).format(date);
  return `${dayInWords(date)} at ${time} UTC`;
}

function htmlOf(blocks: readonly { link: boolean; text: string }[]): string {
  const lines = blocks.map(({ link, text }) => {
    const safe = inHtml(text);
    return link ? `<p><a href="${safe}">${safe}</a></p>` : `<p>${safe}</p>`;
  });
  return `<!doctype html>\n<html lang="en">\n<body>\n${lines.join('\n')}\n</body>\n</html>\n`;
}

/** Line breaks and other control characters would begin a header or a line of their own; some turn the text around. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Surrogate}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}
