import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { isUuid } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { askPostgres } from './postgres.js';

/** JavaScript's last moment, in milliseconds. */
const lastMs = 8.64e15;

/**
 * A page of what `query` finds, newest first by `time` and `id`, two properties of `alias`. Rows that are added or removed
 * meanwhile neither repeat nor hide others. Throws `invalid-request` for a cursor that was not made here.
 */
export async function newestFirst<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  page: PageRequest,
  position: { alias: string; time: keyof Row & string; id: keyof Row & string },
): Promise<Page<Row>> {
  const time = `${position.alias}.${position.time}`;
  const id = `${position.alias}.${position.id}`;
  const total = await askPostgres(() => query.getCount());
  if (page.cursor !== null) {
    const [ms, last] = decodeCursor(page.cursor, ['number', 'string']);
    if (!(Number(ms) >= 0 && Number(ms) <= lastMs) || !isUuid(String(last))) {
      throw invalid('query:cursor', 'must be the nextCursor of an earlier answer');
    }
    query.andWhere(`(${time}, ${id}) < (:cursorTime, :cursorId)`, { cursorTime: new Date(Number(ms)), cursorId: last });
  }
  const rows = await askPostgres(() =>
    query
      .orderBy(time, 'DESC')
      .addOrderBy(id, 'DESC')
      .limit(page.limit + 1)
      .getMany(),
  );
  const items = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? items.at(-1) : undefined;
  const nextCursor = last === undefined ? null : encodeCursor([last[position.time].getTime(), last[position.id]]);
  return { items, nextCursor, total };
}
