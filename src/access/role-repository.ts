import { type DataSource, type EntityManager, IsNull, MoreThan } from 'typeorm';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { askPostgres } from '../platform/postgres.js';
import { type AppRoleRow, appRoleTable } from './app-role-table.js';

const present = { deletedAt: IsNull() };

/** Reads the roles of applications; those that are being deleted are not there. Throws StoreUnavailable. */
export class RoleRepository {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** The role, or null. */
  find(name: string): Promise<AppRoleRow | null> {
    return askPostgres(() => this.#dataSource.manager.findOneBy(appRoleTable, { name, ...present }));
  }

  /** The role with its row locked until the end of the transaction: nobody is given it meanwhile. Null when there is none. */
  lock(tx: EntityManager, name: string): Promise<AppRoleRow | null> {
    return tx.findOne(appRoleTable, { where: { name, ...present }, lock: { mode: 'pessimistic_write' } });
  }

  /** A page of roles, by name; `forManagers`: only those they may give. */
  async list(forManagers: boolean, page: PageRequest): Promise<Page<AppRoleRow>> {
    const seen = { ...present, ...(forManagers ? { managersMayGive: true } : {}) };
    const after = page.cursor === null ? '' : String(decodeCursor(page.cursor, ['string'])[0]);
    const { manager } = this.#dataSource;
    const where = { ...seen, name: MoreThan(after) };
    const [total, rows] = await askPostgres(() =>
      Promise.all([
        manager.countBy(appRoleTable, seen),
        manager.find(appRoleTable, { where, order: { name: 'ASC' }, take: page.limit + 1 }),
      ]),
    );
    const items = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? items.at(-1) : undefined;
    return { items, nextCursor: last === undefined ? null : encodeCursor([last.name]), total };
  }
}
