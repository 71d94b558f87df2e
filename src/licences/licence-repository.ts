import type { DataSource } from 'typeorm';
import type { LicenceId, OwnerId, UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import type { SeatPolicy } from '../sessions/store.js';
import { type LicenceRow, licenceTable } from './licence-table.js';

/** A licence as services see it. */
export interface Licence extends Omit<LicenceRow, 'id' | 'ownerId'> {
  readonly id: LicenceId;
  readonly ownerId: OwnerId;
}

/** A licence a user may sit in, as sign-in needs it. */
export interface SittableLicence {
  readonly id: LicenceId;
  readonly serial: string;
  readonly name: string;
  /** The owner's name. */
  readonly owner: string;
  /** What is pushed to the store when its own is missing or older. */
  readonly policy: SeatPolicy;
}

/** Reads licences. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class LicenceRepository {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** The licences the user is a member of, whatever their state, by name. Empty when there are none. */
  async licencesOf(userId: UserId): Promise<SittableLicence[]> {
    const rows = await askPostgres(() =>
      this.#dataSource
        .createQueryBuilder(licenceTable, 'licence')
        .innerJoin('members', 'member', 'member.licence_id = licence.id')
        .innerJoin('owners', 'owner', 'owner.id = licence.owner_id')
        .addSelect("concat_ws(' ', owner.name, owner.surname)", 'owner_name')
        .where('member.user_id = :userId', { userId })
        .orderBy('licence.name')
        .addOrderBy('licence.id')
        .getRawAndEntities<{ owner_name: string }>(),
    );
    return rows.entities.map((row, i) => ({
      id: row.id as LicenceId,
      serial: row.serial,
      name: row.name,
      owner: rows.raw[i]?.owner_name ?? '',
      policy: policyOf(row),
    }));
  }

  /** The policy of a licence, or null when there is no such licence. */
  async policyFor(id: LicenceId): Promise<SeatPolicy | null> {
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(licenceTable, { id }));
    return row === null ? null : policyOf(row);
  }
}

/** What Redis must know of a licence to admit and to check. */
export function policyOf(
  licence: Pick<LicenceRow, 'version' | 'seats' | 'state' | 'validFrom' | 'validTo'>,
): SeatPolicy {
  return {
    version: licence.version,
    seats: licence.seats,
    state: licence.state,
    validFromMs: licence.validFrom?.getTime() ?? null,
    validToMs: licence.validTo?.getTime() ?? null,
  };
}

/** The licence in a row. */
export function licenceFrom(row: LicenceRow): Licence {
  return { ...row, id: row.id as LicenceId, ownerId: row.ownerId as OwnerId };
}
