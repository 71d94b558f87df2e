import type { AuditLog } from '../audit/audit-log.js';
import { systemClock } from '../kernel/clock.js';
import { NoticeFeed } from '../licences/notice-feed.js';
import { NoticeRounds } from '../licences/notice-rounds.js';
import { LicenceNotices } from '../licences/notices.js';
import type { Ground } from './ground.js';
import { composeMail } from './mail.js';

/** Puts together the mail, and what notices that licences are nearly full or near their end. */
export function composeNotices(ground: Ground, audit: AuditLog) {
  const { dataSource, log } = ground;
  const mail = composeMail(ground);
  const notices = new LicenceNotices({ audit, mail, clock: systemClock });
  const rounds = new NoticeRounds({ dataSource, notices, clock: systemClock, log });
  const feed = new NoticeFeed(dataSource, log);
  return { mail, notices, rounds, feed };
}
