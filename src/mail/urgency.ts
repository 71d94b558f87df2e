import type { MailTemplate } from './templates.js';

/** What of several messages is sent first: the lower. */
export const urgencies = { awaited: 0, soon: 1, bulk: 2 } as const;

const urgencyOfEach: Readonly<Record<MailTemplate, keyof typeof urgencies>> = {
  'sign-in-code': 'awaited',
  'password-reset': 'awaited',
  'not-me-done': 'awaited',
  registration: 'soon',
  'account-exists': 'soon',
  'verify-email': 'soon',
  'address-new': 'soon',
  'address-old': 'soon',
  'account-leaving': 'soon',
  'account-removed': 'soon',
  'credentials-changed': 'soon',
  'new-browser': 'soon',
  'remembered-reused': 'soon',
  invitation: 'bulk',
  'licence-near-limit': 'bulk',
  'licence-full': 'bulk',
  'licence-over': 'bulk',
  'licence-expiring': 'bulk',
};

/** How urgent a message is: somebody sits and waits for it, or is to know soon, or it is one of a great many. */
export function urgencyOf(template: MailTemplate): number {
  return urgencies[urgencyOfEach[template]];
}
