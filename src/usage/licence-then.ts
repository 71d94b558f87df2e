import type { DataSource } from 'typeorm';
import type { LicenceId } from '../kernel/ids.js';
import type { LicencePolicy } from '../licences/policy.js';
import { askPostgres } from '../platform/postgres.js';

/** A licence as it was at some moment. */
export interface LicenceThen {
  readonly id: LicenceId;
  readonly name: string;
  readonly seats: number;
  readonly state: 'active' | 'draining' | 'suspended';
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  readonly policy: LicencePolicy;
}

interface Row {
  id: LicenceId;
  name: string;
  seats: number;
  state: LicenceThen['state'];
  valid_from: Date | null;
  valid_to: Date | null;
  policy: LicencePolicy;
}

/**
 * A licence as it was then: as it is now, with every change since taken back as the audit log tells it. Null when it has been
 * deleted. Throws StoreUnavailable when Postgres cannot be asked.
 */
export async function licenceThen(dataSource: DataSource, id: LicenceId, atMs: number): Promise<LicenceThen | null> {
  const [row] = await askPostgres(() =>
    dataSource.query<Row[]>('SELECT id, name, seats, state, valid_from, valid_to, policy FROM licences WHERE id = $1', [
      id,
    ]),
  );
  if (row === undefined) return null;
  const changes = await askPostgres(() =>
    dataSource.query<{ detail: Readonly<Record<string, unknown>> | null }[]>(
      "SELECT detail FROM audit WHERE target_type = 'licence' AND target_id = $1 AND at > $2 ORDER BY id DESC",
      [id, new Date(atMs)],
    ),
  );
  const { valid_from: validFrom, valid_to: validTo, ...rest } = row;
  const then: Record<string, unknown> = { ...rest, validFrom, validTo };
  for (const { detail } of changes) {
    for (const [field, change] of Object.entries(detail ?? {})) {
      if (Object.hasOwn(then, field) && isChange(change)) then[field] = before(field, change.from);
    }
  }
  return then as unknown as LicenceThen;
}

function isChange(change: unknown): change is { from: unknown; to: unknown } {
  return typeof change === 'object' && change !== null && 'from' in change && 'to' in change;
}

/** The audit log keeps times as text. */
function before(field: string, from: unknown): unknown {
  return (field === 'validFrom' || field === 'validTo') && typeof from === 'string' ? new Date(from) : from;
}
