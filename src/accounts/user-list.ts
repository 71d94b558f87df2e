import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { isUuid } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { anywhere } from '../kernel/text.js';
import { narrowedTo, type Visibility } from '../kernel/visibility.js';
import { askPostgres } from '../platform/postgres.js';
import { type UserRow, userTable } from './user-table.js';

/** By what accounts can be sorted. */
export const userSorts = ['createdOn', 'email', 'name'] as const;

/** Which accounts are listed, and in which order. All that is given must hold; `q` is looked for in address, user name and name. */
export interface UserFilter {
  /** People who are no members of these licences do not exist for whoever asks. */
  readonly visible: Visibility;
  readonly q?: string | undefined;
  readonly role?: string | undefined;
  readonly licenceId?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly verified?: boolean | undefined;
  readonly hasPassword?: boolean | undefined;
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
  /** `createdOn` when it is left out. Whoever has no name comes first by name. */
  readonly sort?: (typeof userSorts)[number] | undefined;
  /** `desc` when it is left out. */
  readonly order?: 'asc' | 'desc' | undefined;
}

/** What an order goes by, and how the place of a row in it is written into a cursor. */
const keys = {
  createdOn: { by: 'u.created_on', kind: 'number', placeOf: (row: UserRow) => row.createdOn.getTime() },
  email: { by: 'u.email_key', kind: 'string', placeOf: (row: UserRow) => row.emailKey },
  name: { by: "coalesce(u.name, '')", kind: 'string', placeOf: (row: UserRow) => row.name ?? '' },
} as const;

/** JavaScript's last moment, in milliseconds. */
const lastMs = 8.64e15;

/**
 * A page of accounts. Rows that are added or removed meanwhile neither repeat nor hide others. Throws `invalid-request` for a
 * cursor that was not made here, or for another order.
 */
export async function listedUsers(
  dataSource: DataSource,
  filter: UserFilter,
  page: PageRequest,
): Promise<Page<UserRow>> {
  const { sort = 'createdOn', order = 'desc' } = filter;
  const { by, placeOf } = keys[sort];
  const query = narrowed(dataSource.createQueryBuilder(userTable, 'u'), filter);
  const total = await askPostgres(() => query.getCount());
  if (page.cursor !== null) {
    const { place, id } = positionOf(page.cursor, sort, order);
    query.andWhere(`(${by}, u.id) ${order === 'asc' ? '>' : '<'} (:place, :id)`, { place, id });
  }
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const rows = await askPostgres(() =>
    query
      .addSelect(by, 'place')
      .orderBy('place', direction)
      .addOrderBy('u.id', direction)
      .limit(page.limit + 1)
      .getMany(),
  );
  const items = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? items.at(-1) : undefined;
  const nextCursor = last === undefined ? null : encodeCursor([sort, order, placeOf(last), last.id]);
  return { items, nextCursor, total };
}

function narrowed(query: SelectQueryBuilder<UserRow>, filter: UserFilter): SelectQueryBuilder<UserRow> {
  const { q, role, licenceId, createdFrom, createdTo } = filter;
  if (q !== undefined) query.andWhere("concat_ws(' ', u.emailKey, u.usernameKey, u.name) ILIKE :q", { q: anywhere(q) });
  const seen = narrowedTo(filter.visible, 'licences');
  if (seen !== null)
    query.andWhere('EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id AND m.licence_id = ANY(:seen))', { seen });
  if (role !== undefined) query.andWhere(':role = ANY(u.roles)', { role });
  if (licenceId !== undefined) {
    const isMember = 'EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id AND m.licence_id = :licenceId)';
    query.andWhere(isMember, { licenceId });
  }
  if (filter.disabled !== undefined) query.andWhere(`u.disabledAt IS ${filter.disabled ? 'NOT ' : ''}NULL`);
  if (filter.hasPassword !== undefined) query.andWhere(`u.passwordHash IS ${filter.hasPassword ? 'NOT ' : ''}NULL`);
  if (filter.verified !== undefined) query.andWhere('u.verified = :verified', { verified: filter.verified });
  if (createdFrom !== undefined) query.andWhere('u.createdOn >= :createdFrom', { createdFrom });
  if (createdTo !== undefined) query.andWhere('u.createdOn < :createdTo', { createdTo });
  return query;
}

function positionOf(cursor: string, sort: keyof typeof keys, order: string): { place: string | Date; id: string } {
  const [ofSort, ofOrder, place, id] = decodeCursor(cursor, ['string', 'string', keys[sort].kind, 'string']);
  const isMoment = typeof place !== 'number' || (place >= 0 && place <= lastMs);
  if (ofSort !== sort || ofOrder !== order || !isMoment || !isUuid(String(id)) || String(place).includes('\0'))
    throw invalid('query:cursor', 'must be the nextCursor of an earlier answer, in the same order');
  return { place: typeof place === 'number' ? new Date(place) : String(place), id: String(id) };
}
