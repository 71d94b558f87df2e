import type { EntityManager } from 'typeorm';
import { type AuditAction, type AuditLog, bySystem } from '../audit/audit-log.js';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { HistoryListener } from '../sessions/history.js';
import type { SessionEvent } from '../sessions/store.js';
import { followUse, type LevelStep, type OpenLevel, type SeatLevel, type SeatUse } from './notice-levels.js';
import { mailToOwner, type Noticed, type NoticedLicence } from './notice-mail.js';

/** What the notices are made of. */
export interface LicenceNoticesParts {
  readonly audit: Pick<AuditLog, 'record'>;
  readonly mail: Pick<MailOutbox, 'sends' | 'enqueue'>;
  readonly clock: Clock;
}

/** Held by whoever writes notices until the commit, so that the order of their ids is the order of commits. */
const orderLock = 0x6e6f7469;

const actions: Readonly<Record<SeatLevel, AuditAction>> = {
  'near-80': 'licence.near-limit',
  'near-95': 'licence.near-limit',
  full: 'licence.full',
  over: 'licence.over',
};

/**
 * Notices that a licence is nearly full, full, over, or near its end: each once, however many processes look. A notice is
 * a row, which staff's event streams read, an audit line, and a mail to the owner where the licence says so.
 */
export class LicenceNotices implements HistoryListener {
  readonly #parts: LicenceNoticesParts;

  constructor(parts: LicenceNoticesParts) {
    this.#parts = parts;
  }

  /** See HistoryListener. */
  async brought(tx: EntityManager, events: readonly SessionEvent[]): Promise<void> {
    const uses = new Map<LicenceId, SeatUse[]>();
    for (const { licenceId, limit, atMs, used } of events) {
      if (licenceId === null || limit === null) continue;
      uses.set(licenceId, [...(uses.get(licenceId) ?? []), { atMs, used, limit }]);
    }
    for (const [id, ofLicence] of [...uses].sort(([a], [b]) => (a < b ? -1 : 1))) {
      await this.#follow(tx, id, async () => ofLicence);
      await remember(tx, id, ofLicence);
    }
  }

  /** Looks at a licence again with the seats it has now: they may have been changed, and calm is noticed by nobody else. */
  async lookAgain(tx: EntityManager, id: LicenceId): Promise<void> {
    await this.#follow(tx, id, async () => {
      const [row] = await tx.query<{ used: number; seats: number }[]>(
        'SELECT u.used, l.seats FROM licence_use u JOIN licences l ON l.id = u.licence_id WHERE l.id = $1',
        [id],
      );
      return row === undefined ? [] : [{ atMs: this.#parts.clock.nowMs(), used: row.used, limit: row.seats }];
    });
  }

  /** Notices that the end `validTo` of a licence is at most so many days away, unless that has been noticed or is not so. */
  async expires(tx: EntityManager, id: LicenceId, validTo: Date, days: number): Promise<void> {
    const licence = await locked(tx, id);
    if (licence?.validTo?.getTime() !== validTo.getTime()) return;
    await tx.query('SELECT pg_advisory_xact_lock($1)', [orderLock]);
    const inserted = await tx.query<unknown[]>(
      `INSERT INTO licence_notices (licence_id, kind, raised_at, told, valid_to) VALUES ($1, $2, $3, true, $4)
        ON CONFLICT (licence_id, kind, valid_to) WHERE valid_to IS NOT NULL DO NOTHING RETURNING id`,
      [id, `expiring-${days}`, this.#now(), validTo],
    );
    if (inserted.length > 0) await this.#tell(tx, licence, { action: 'licence.expiring', days, validTo });
  }

  /** Reads without a lock first: nearly always nothing is to be done. Who waits for the lock decides again behind it. */
  async #follow(tx: EntityManager, id: LicenceId, uses: () => Promise<readonly SeatUse[]>): Promise<void> {
    if (followUse(await openLevels(tx, id), await uses()).length === 0) return;
    const licence = await locked(tx, id);
    if (licence === null) return;
    for (const one of followUse(await openLevels(tx, id), await uses())) await this.#take(tx, licence, one);
  }

  async #take(tx: EntityManager, licence: NoticedLicence, one: LevelStep): Promise<void> {
    const open = 'licence_id = $1 AND kind = $2 AND cleared_at IS NULL AND valid_to IS NULL';
    if (one.step === 'cleared') {
      const cleared = [licence.id, one.level, new Date(one.atMs)];
      await tx.query(`UPDATE licence_notices SET cleared_at = $3 WHERE ${open}`, cleared);
      return;
    }
    if (one.step === 'below') {
      const since = one.sinceMs === null ? null : new Date(one.sinceMs);
      await tx.query(`UPDATE licence_notices SET below_since = $3 WHERE ${open}`, [licence.id, one.level, since]);
      return;
    }
    const { level, told, use } = one;
    await tx.query('SELECT pg_advisory_xact_lock($1)', [orderLock]);
    await tx.query(
      `INSERT INTO licence_notices (licence_id, kind, raised_at, told, used, seat_limit)
        VALUES ($1, $2, $3, $4, $5, $6)`,
      [licence.id, level, new Date(use.atMs), told, use.used, use.limit],
    );
    if (told) await this.#tell(tx, licence, { action: actions[level], level, used: use.used, limit: use.limit });
  }

  async #tell(tx: EntityManager, licence: NoticedLicence, noticed: Noticed): Promise<void> {
    const { action, ...detail } = noticed;
    await this.#parts.audit.record(tx, bySystem, { action, target: { type: 'licence', id: licence.id }, detail });
    const mail = this.#parts.mail.sends ? mailToOwner(licence, noticed) : null;
    if (mail !== null) await this.#parts.mail.enqueue(tx, mail);
  }

  #now(): Date {
    return new Date(this.#parts.clock.nowMs());
  }
}

async function openLevels(tx: EntityManager, id: LicenceId): Promise<OpenLevel[]> {
  const rows = await tx.query<{ level: SeatLevel; since: Date | null }[]>(
    `SELECT kind AS level, below_since AS since FROM licence_notices
      WHERE licence_id = $1 AND cleared_at IS NULL AND valid_to IS NULL`,
    [id],
  );
  return rows.map(({ level, since }) => ({ level, belowSinceMs: since?.getTime() ?? null }));
}

/** The licence with its row locked, and whom to tell; null when it is gone. */
async function locked(tx: EntityManager, id: LicenceId): Promise<NoticedLicence | null> {
  const [row] = await tx.query<NoticedLicence[]>(
    `SELECT l.id, l.name, l.serial, l.valid_to AS "validTo", o.email, concat_ws(' ', o.name, o.surname) AS owner,
        coalesce((l.policy->>'notifyOwner')::boolean, false) AS "notifyOwner"
      FROM licences l JOIN owners o ON o.id = l.owner_id WHERE l.id = $1 FOR NO KEY UPDATE OF l`,
    [id],
  );
  return row ?? null;
}

/** Keeps the latest use, for those who look on. */
async function remember(tx: EntityManager, id: LicenceId, uses: readonly SeatUse[]): Promise<void> {
  const last = uses.at(-1);
  if (last === undefined) return;
  await tx.query(
    `INSERT INTO licence_use (licence_id, used, seat_limit, at, written_at) VALUES ($1, $2, $3, $4, now())
      ON CONFLICT (licence_id) DO UPDATE
      SET used = excluded.used, seat_limit = excluded.seat_limit, at = excluded.at, written_at = excluded.written_at`,
    [id, last.used, last.limit, new Date(last.atMs)],
  );
}
