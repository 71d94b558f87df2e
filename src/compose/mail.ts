import { systemClock } from '../kernel/clock.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { folderMailer, type Mailer, smtpMailer } from '../platform/mailer.js';
import type { Ground } from './ground.js';

/** Puts the mail together: through `SMTP_URL`, into `MAIL_DIR`, or not at all. */
export function composeMail({ config, dataSource, log, metrics }: Ground): MailOutbox {
  return new MailOutbox({ dataSource, mailer: mailerOf(config), log, clock: systemClock, metrics });
}

function mailerOf({ SMTP_URL: url, MAIL_DIR: folder, MAIL_FROM: from }: Ground['config']): Mailer | null {
  if (url !== null) return smtpMailer(url, from);
  return folder === null ? null : folderMailer(folder, from);
}
