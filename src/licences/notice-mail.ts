import type { AuditAction } from '../audit/audit-log.js';
import type { LicenceId } from '../kernel/ids.js';
import { emailAddress } from '../kernel/text.js';
import type { Mail } from '../mail/mail-outbox.js';
import { dayInWords } from '../mail/templates.js';
import type { SeatLevel } from './notice-levels.js';

/** A licence of which something was noticed, and its owner. */
export interface NoticedLicence {
  readonly id: LicenceId;
  readonly name: string;
  readonly serial: string;
  readonly validTo: Date | null;
  readonly owner: string;
  readonly email: string | null;
  readonly notifyOwner: boolean;
}

/** What was noticed. */
export type Noticed =
  | { readonly action: AuditAction; readonly level: SeatLevel; readonly used: number; readonly limit: number }
  | { readonly action: AuditAction; readonly days: number; readonly validTo: Date };

/** The mail to the owner; null when the licence does not ask for it, or the owner has no address that mail can be sent to. */
export function mailToOwner(licence: NoticedLicence, noticed: Noticed): Mail | null {
  const { name, serial, owner, email: to, notifyOwner } = licence;
  // The history must come in whatever an address looks like.
  if (!notifyOwner || to === null || !emailAddress.safeParse(to).success) return null;
  const about = { owner, licence: name, serial };
  if ('days' in noticed) {
    const days = noticed.days === 1 ? '1 day' : `${noticed.days} days`;
    return { to, template: 'licence-expiring', values: { ...about, days, until: dayInWords(noticed.validTo) } };
  }
  const seats = { ...about, used: String(noticed.used), limit: String(noticed.limit) };
  if (noticed.level === 'over') return { to, template: 'licence-over', values: seats };
  if (noticed.level === 'full') return { to, template: 'licence-full', values: seats };
  const percent = noticed.level === 'near-80' ? '80' : '95';
  return { to, template: 'licence-near-limit', values: { ...seats, percent } };
}
