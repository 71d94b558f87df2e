import type { EntityManager } from 'typeorm';
import { type AuditLog, bySystem } from '../audit/audit-log.js';
import type { LicenceId } from '../kernel/ids.js';
import type { Outbox } from '../platform/outbox.js';
import type { HistoryListener } from '../sessions/history.js';
import type { SessionEvent } from '../sessions/store.js';
import { licencePolicyPush } from './licence-pushes.js';
import { type Licence, type LicenceRepository, policyOf } from './licence-repository.js';
import { licenceTable } from './licence-table.js';
import { ofTerm } from './validity.js';

/** What a FirstUse is made of. */
export interface FirstUseParts {
  readonly licences: Pick<LicenceRepository, 'lockWaiting'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly outbox: Pick<Outbox, 'enqueue'>;
}

/**
 * Lets a term that counts from the first use begin: with the first admission that took a seat, at its moment, exactly once.
 * Redis learns the end through the outbox, within about a second.
 */
export class FirstUse implements HistoryListener {
  readonly #parts: FirstUseParts;

  constructor(parts: FirstUseParts) {
    this.#parts = parts;
  }

  /** See HistoryListener. */
  async brought(tx: EntityManager, events: readonly SessionEvent[]): Promise<void> {
    const first = firstAdmissions(events);
    if (first.size === 0) return;
    for (const licence of await this.#parts.licences.lockWaiting(tx, [...first.keys()])) {
      const event = first.get(licence.id);
      if (event !== undefined) await this.#begin(tx, licence, event);
    }
  }

  async #begin(tx: EntityManager, licence: Licence, { atMs, ref, userId }: SessionEvent): Promise<void> {
    const { id, durationDays } = licence;
    if (durationDays === null) return;
    const updatedAt = new Date(Math.max(atMs, licence.updatedAt.getTime()));
    const next = { ...licence, ...ofTerm(new Date(atMs), durationDays), version: licence.version + 1, updatedAt };
    const { validFrom, validTo, version } = next;
    await tx.update(licenceTable, { id }, { validFrom, validTo, version, updatedAt });
    const detail = { durationDays, validFrom, validTo, ref, userId };
    await this.#parts.audit.record(tx, bySystem, {
      action: 'licence.started',
      target: { type: 'licence', id },
      detail,
    });
    await this.#parts.outbox.enqueue(tx, licencePolicyPush(id, policyOf(next)));
  }
}

/** The first admission of each licence. Sessions that take no seat (break-glass, support) use nothing up. */
function firstAdmissions(events: readonly SessionEvent[]): Map<LicenceId, SessionEvent> {
  const first = new Map<LicenceId, SessionEvent>();
  for (const event of events) {
    const { kind, reason, licenceId } = event;
    if (kind !== 'admitted' || licenceId === null) continue;
    if (reason !== null && reason !== 'overage') continue;
    if (!(event.atMs >= (first.get(licenceId)?.atMs ?? Number.POSITIVE_INFINITY))) first.set(licenceId, event);
  }
  return first;
}
