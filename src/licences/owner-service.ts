import type { DataSource } from 'typeorm';
import type { By } from '../audit/audit-log.js';
import type { Change, Changes } from '../audit/changes.js';
import { newId, type OwnerId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { invalid, Problem } from '../kernel/problem.js';
import { anywhere } from '../kernel/text.js';
import { requireVersion } from '../kernel/version.js';
import { narrowedTo, type Visibility } from '../kernel/visibility.js';
import { newestFirst } from '../platform/keyset.js';
import { askPostgres, brokenConstraint } from '../platform/postgres.js';
import type { AppointmentEndings } from './appointment-endings.js';
import { type OwnerRow, ownerTable } from './owner-table.js';

/** What can be said about an owner. */
export type OwnerFields = Omit<OwnerRow, 'id' | 'version' | 'createdOn' | 'updatedAt'>;

type Given<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };

/** Institutes and persons that hold licences. */
export class OwnerService {
  readonly #dataSource: DataSource;
  readonly #changes: Changes;
  readonly #endings: AppointmentEndings;

  constructor(dataSource: DataSource, changes: Changes, endings: AppointmentEndings) {
    this.#dataSource = dataSource;
    this.#changes = changes;
    this.#endings = endings;
  }

  /** A page of owners, newest first; `q` is looked for in names, address and affiliation. */
  list(filter: { visible: Visibility; q?: string | undefined }, page: PageRequest): Promise<Page<OwnerRow>> {
    const query = this.#dataSource.createQueryBuilder(ownerTable, 'o');
    const seen = narrowedTo(filter.visible, 'owners');
    if (seen !== null) query.andWhere('o.id = ANY(:seen)', { seen });
    if (filter.q !== undefined) {
      query.andWhere("concat_ws(' ', o.name, o.surname, o.email, o.affiliation) ILIKE :q", { q: anywhere(filter.q) });
    }
    return newestFirst(query, page, { alias: 'o', time: 'createdOn', id: 'id' });
  }

  /** The owner. Throws `not-found`. */
  async get(id: OwnerId): Promise<OwnerRow> {
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(ownerTable, { id }));
    if (row === null) throw new Problem('not-found');
    return row;
  }

  /** A new owner. */
  async create(given: Given<OwnerFields> & { readonly name: string }, by: By): Promise<OwnerRow> {
    const changed = await this.#changes.make(by, async (change) => {
      const row: OwnerRow = {
        id: newId<OwnerId>(),
        surname: null,
        email: null,
        comments: null,
        affiliation: null,
        extra: {},
        ...stated<OwnerFields>(given),
        name: given.name,
        version: 1,
        createdOn: change.now,
        updatedAt: change.now,
      };
      await change.tx.insert(ownerTable, row);
      await change.audit({ action: 'owner.created', target: { type: 'owner', id: row.id } });
      return row;
    });
    return changed.result;
  }

  /** Changes what is given. Throws `not-found`, and `stale-version` unless `version` is left out or current. */
  async patch(id: OwnerId, given: Given<OwnerFields> & { version?: number | undefined }, by: By): Promise<OwnerRow> {
    const changed = await this.#changes.make(by, async (change) => {
      const row = await locked(change, id);
      const { version, ...fields } = given;
      requireVersion(row, version);
      const next = { ...row, ...stated<OwnerFields>(fields), version: row.version + 1, updatedAt: change.now };
      // Not `save`: it compares by methods that a field of `extra` may be named like.
      await change.tx.update(ownerTable, { id }, next);
      const detail = { fields: Object.keys(stated(fields)) };
      await change.audit({ action: 'owner.updated', target: { type: 'owner', id }, detail });
      return next;
    });
    return changed.result;
  }

  /** Removes an owner, and the appointments for it. Throws `not-found`, and `invalid-request` while the owner holds licences. */
  async remove(id: OwnerId, by: By): Promise<void> {
    try {
      await this.#changes.make(by, async (change) => {
        const managers = await this.#endings.hold(change.tx, { type: 'owner', id });
        const row = await locked(change, id);
        await change.tx.delete(ownerTable, { id });
        await this.#endings.end(change, managers, id);
        await change.audit({ action: 'owner.deleted', target: { type: 'owner', id }, detail: { name: row.name } });
      });
    } catch (error) {
      if (brokenConstraint(error) === 'licences_owner_fk') {
        throw invalid('path:id', 'holds licences: delete those first, or give them to another owner');
      }
      throw error;
    }
  }
}

/** The fields that were given: those that are not undefined. */
export function stated<Fields extends object>(
  given: { readonly [Name in keyof Fields]?: Fields[Name] | undefined },
): Partial<Fields> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}

async function locked(change: Change, id: OwnerId): Promise<OwnerRow> {
  const row = await change.tx.findOne(ownerTable, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (row === null) throw new Problem('not-found');
  return row;
}
