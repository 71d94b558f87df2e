import { type DataSource, type EntityManager, In, IsNull, Not } from 'typeorm';
import { type Clock, systemClock } from '../kernel/clock.js';
import type { LicenceId, OwnerId, UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { anywhere } from '../kernel/text.js';
import { narrowedTo, type Visibility } from '../kernel/visibility.js';
import { newestFirst } from '../platform/keyset.js';
import { askPostgres } from '../platform/postgres.js';
import { licenceOfTag, seatlessTags } from '../sessions/session-id.js';
import type { SeatPolicy } from '../sessions/store.js';
import { type LicenceRow, licenceTable } from './licence-table.js';
import { memberTable } from './member-table.js';
import { ownerTable } from './owner-table.js';
import { doorPolicy } from './policy.js';
import { isWithin, type Validity } from './validity.js';

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
  /** When this licence is tried for a user who names none, the smallest first; null: it is not. */
  readonly rank: number | null;
  /** Active and in its window at this moment: a seat may still be missing. */
  readonly open: boolean;
}

/** Which licences are listed. All that is given must hold; `q` is looked for in name, serial and owner. */
export interface LicenceFilter {
  /** Whoever asks is shown these and no others. */
  readonly visible: Visibility;
  readonly serial?: string | undefined;
  readonly ownerId?: OwnerId | undefined;
  readonly q?: string | undefined;
  readonly state?: ShownState | undefined;
  /** These and no others. */
  readonly ids?: readonly LicenceId[] | undefined;
}

/** What a licence is to whoever looks for it: `active` lets people in at this moment. */
export type ShownState = 'active' | 'draining' | 'suspended' | 'expired' | 'not-started';

const stateSql: Readonly<Record<ShownState, string>> = {
  active:
    "l.state = 'active' AND (l.validFrom IS NULL OR l.validFrom <= :now) AND (l.validTo IS NULL OR l.validTo > :now)",
  draining: "l.state = 'draining'",
  suspended: "l.state = 'suspended'",
  expired: "l.state = 'active' AND l.validTo <= :now",
  'not-started': "l.state = 'active' AND l.validFrom > :now",
};
const calledSql = `(concat_ws(' ', l.name, l.serial) ILIKE :q OR EXISTS
  (SELECT 1 FROM owners o WHERE o.id = l.ownerId AND concat_ws(' ', o.name, o.surname) ILIKE :q))`;

/** Reads licences. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class LicenceRepository {
  readonly #dataSource: DataSource;
  readonly #clock: Clock;

  constructor(dataSource: DataSource, clock: Clock = systemClock) {
    this.#dataSource = dataSource;
    this.#clock = clock;
  }

  /** The licences the user is a member of, whatever their state, by name. Empty when there are none. */
  async licencesOf(userId: UserId): Promise<SittableLicence[]> {
    const rows = await askPostgres(() =>
      this.#dataSource
        .createQueryBuilder(licenceTable, 'licence')
        .innerJoin('members', 'member', 'member.licence_id = licence.id')
        .innerJoin('owners', 'owner', 'owner.id = licence.owner_id')
        .addSelect("concat_ws(' ', owner.name, owner.surname)", 'owner_name')
        .addSelect('member.rank', 'rank')
        .where('member.user_id = :userId', { userId })
        .orderBy('licence.name')
        .addOrderBy('licence.id')
        .getRawAndEntities<{ owner_name: string; rank: number | null }>(),
    );
    const now = this.#clock.nowMs();
    return rows.entities.map((row, i) => ({
      id: row.id as LicenceId,
      serial: row.serial,
      name: row.name,
      owner: rows.raw[i]?.owner_name ?? '',
      policy: policyOf(row),
      rank: rows.raw[i]?.rank ?? null,
      open: isOpen(row, now),
    }));
  }

  /** The licence as sign-in needs it, whoever is a member; null when there is none. */
  async sittable(id: LicenceId): Promise<SittableLicence | null> {
    const licence = await this.find(id);
    if (licence === null) return null;
    const names = await this.ownerNames([licence.ownerId]);
    const { serial, name } = licence;
    const owner = names.get(licence.ownerId) ?? '';
    return {
      id,
      serial,
      name,
      owner,
      policy: policyOf(licence),
      rank: null,
      open: isOpen(licence, this.#clock.nowMs()),
    };
  }

  /** A page of licences, newest first. */
  async list(filter: LicenceFilter, page: PageRequest): Promise<Page<Licence>> {
    const query = this.#dataSource.createQueryBuilder(licenceTable, 'l');
    const seen = narrowedTo(filter.visible, 'licences');
    if (seen !== null) query.andWhere('l.id = ANY(:seen)', { seen });
    if (filter.ownerId !== undefined) query.andWhere('l.ownerId = :ownerId', { ownerId: filter.ownerId });
    if (filter.serial !== undefined) query.andWhere('l.serial = :serial', { serial: filter.serial });
    if (filter.q !== undefined) query.andWhere(calledSql, { q: anywhere(filter.q) });
    if (filter.ids !== undefined) query.andWhere('l.id = ANY(:ids)', { ids: filter.ids });
    if (filter.state !== undefined) query.andWhere(stateSql[filter.state], { now: new Date(this.#clock.nowMs()) });
    const { items, ...rest } = await newestFirst(query, page, { alias: 'l', time: 'createdOn', id: 'id' });
    return { items: items.map(licenceFrom), ...rest };
  }

  /** The seats of all licences that can be seen and let people in. */
  async seatsOfAll(visible: Visibility): Promise<{ id: LicenceId; seats: number }[]> {
    const seen = narrowedTo(visible, 'licences');
    return askPostgres(() =>
      this.#dataSource.query<{ id: LicenceId; seats: number }[]>(
        "SELECT id, seats FROM licences WHERE state <> 'suspended' AND ($1::uuid[] IS NULL OR id = ANY($1))",
        [seen],
      ),
    );
  }

  /** How many members the licence has. */
  memberCount(id: LicenceId): Promise<number> {
    return askPostgres(() => this.#dataSource.manager.countBy(memberTable, { licenceId: id }));
  }

  /** The licence, or null. */
  async find(id: LicenceId): Promise<Licence | null> {
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(licenceTable, { id }));
    return row === null ? null : licenceFrom(row);
  }

  /** The owner of a licence, whose row is not locked; null when there is none. */
  async ownerOf(tx: EntityManager, id: LicenceId): Promise<OwnerId | null> {
    const row = await tx.findOne(licenceTable, { select: { id: true, ownerId: true }, where: { id } });
    return row === null ? null : (row.ownerId as OwnerId);
  }

  /** The licence with its row locked until the end of the transaction; null when there is none. */
  async lock(tx: EntityManager, id: LicenceId): Promise<Licence | null> {
    const row = await tx.findOne(licenceTable, { where: { id }, lock: { mode: 'pessimistic_write' } });
    return row === null ? null : licenceFrom(row);
  }

  /**
   * Those of these licences whose term waits for the first use, locked until the end of the transaction. Whoever waits for
   * the lock looks again: of two callers, the second finds the term begun.
   */
  async lockWaiting(tx: EntityManager, ids: readonly LicenceId[]): Promise<Licence[]> {
    const rows = await tx.find(licenceTable, {
      where: { id: In([...ids]), durationDays: Not(IsNull()), validTo: IsNull() },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return rows.map(licenceFrom);
  }

  /** The names of these owners. */
  async ownerNames(ids: readonly OwnerId[]): Promise<Map<string, string>> {
    const rows = await askPostgres(() => this.#dataSource.manager.findBy(ownerTable, { id: In([...ids]) }));
    return new Map(rows.map((row) => [row.id, row.surname === null ? row.name : `${row.name} ${row.surname}`]));
  }

  /**
   * Every tag a session can live in, or could lately: a licence that has been deleted is named as long as the outbox
   * remembers it, so that its last endings reach the history.
   */
  async allTags(): Promise<string[]> {
    const rows = await askPostgres(() =>
      this.#dataSource.query<{ tag: string }[]>(
        "SELECT id::text AS tag FROM licences UNION SELECT payload->>'licenceId' FROM outbox WHERE kind = 'licence-policy'",
      ),
    );
    return [...rows.map((row) => row.tag), ...seatlessTags()];
  }

  /** The policies of all licences. */
  async allPolicies(): Promise<{ id: LicenceId; policy: SeatPolicy }[]> {
    const rows = await askPostgres(() => this.#dataSource.manager.find(licenceTable));
    return rows.map((row) => ({ id: row.id as LicenceId, policy: policyOf(row) }));
  }

  /** The policy of the licence a tag belongs to, or null when it belongs to none. */
  async policyOfTag(tag: string): Promise<SeatPolicy | null> {
    const id = licenceOfTag(tag);
    return id === null ? null : this.policyFor(id);
  }

  /** The policy of a licence, or null when there is no such licence. */
  async policyFor(id: LicenceId): Promise<SeatPolicy | null> {
    const licence = await this.find(id);
    return licence === null ? null : policyOf(licence);
  }
}

/** What Redis must know of a licence to admit and to check. */
export function policyOf(
  licence: Pick<LicenceRow, 'version' | 'seats' | 'state' | 'validFrom' | 'validTo' | 'policy'>,
): SeatPolicy {
  return {
    version: licence.version,
    seats: licence.seats,
    state: licence.state,
    validFromMs: licence.validFrom?.getTime() ?? null,
    validToMs: licence.validTo?.getTime() ?? null,
    ...doorPolicy(licence.policy),
  };
}

/** Whether people can sign in with a licence at this moment, if a seat is free. */
export function isOpen(licence: Pick<LicenceRow, 'state' | keyof Validity>, nowMs: number): boolean {
  return licence.state === 'active' && isWithin(licence, nowMs);
}

/** The licence in a row. */
export function licenceFrom(row: LicenceRow): Licence {
  return { ...row, id: row.id as LicenceId, ownerId: row.ownerId as OwnerId };
}
