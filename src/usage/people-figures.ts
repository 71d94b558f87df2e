import type { EntityManager } from 'typeorm';
import type { LicenceId } from '../kernel/ids.js';
import { tookSeat } from './hour-figures.js';
import { startOfNext } from './span.js';

/** A day or a month of a licence. */
export interface PeopleSpan {
  readonly licenceId: LicenceId;
  readonly span: 'day' | 'month';
  readonly startsAt: Date;
}

const peopleSql = `SELECT DISTINCT e.user_id AS id FROM session_events e
  WHERE e.licence_id = $1 AND e.at >= $2 AND e.at < $3 AND e.user_id IS NOT NULL AND ${tookSeat('e')}`;

/** How many different people were admitted to a seat in a day or a month, from the events. */
export async function figurePeople(tx: EntityManager, { licenceId, span, startsAt }: PeopleSpan): Promise<number> {
  const people = new Set<string>();
  const endMs = startOfNext(span, startsAt.getTime());
  // Day by day, so that a busy month is not too much for one statement.
  for (let ms = startsAt.getTime(); ms < endMs; ms = startOfNext('day', ms)) {
    const day = [licenceId, new Date(ms), new Date(startOfNext('day', ms))];
    for (const { id } of await tx.query<{ id: string }[]>(peopleSql, day)) people.add(id);
  }
  return people.size;
}

/** Stores that number; `replace`: also where there is one already. */
export async function storePeople(tx: EntityManager, stretch: PeopleSpan, replace: boolean): Promise<void> {
  const { licenceId, span, startsAt } = stretch;
  await tx.query(
    `INSERT INTO usage_people (licence_id, span, starts_at, people) VALUES ($1, $2, $3, $4)
     ON CONFLICT (licence_id, span, starts_at) DO ${replace ? 'UPDATE SET people = excluded.people' : 'NOTHING'}`,
    [licenceId, span, startsAt, await figurePeople(tx, stretch)],
  );
}

/** The stored numbers of a licence's days or months from `from` until before `to`, by their beginnings in milliseconds. */
export async function storedPeople(
  tx: EntityManager,
  licenceId: LicenceId,
  span: 'day' | 'month',
  from: Date,
  to: Date,
): Promise<Map<number, number>> {
  const rows = await tx.query<{ starts_at: Date; people: number }[]>(
    'SELECT starts_at, people FROM usage_people WHERE licence_id = $1 AND span = $2 AND starts_at >= $3 AND starts_at < $4',
    [licenceId, span, from, to],
  );
  return new Map(rows.map((row) => [row.starts_at.getTime(), row.people]));
}
