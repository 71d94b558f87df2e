import type { EntityManager } from 'typeorm';
import type { Change } from '../audit/changes.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { Visibility } from '../kernel/visibility.js';

/** Somebody who is to become a member. */
export interface NewMember {
  readonly userId: UserId;
  readonly rank?: number | null | undefined;
}

/** The ranks that new members get: none that would order licences the caller does not see. */
export async function ranksOf(
  tx: EntityManager,
  members: readonly NewMember[],
  visible: Visibility,
): Promise<ReadonlyMap<UserId, number | null>> {
  const ranks = new Map(members.map(({ userId, rank }) => [userId, rank ?? null]));
  const ranked = [...ranks].filter(([, rank]) => rank !== null).map(([userId]) => userId);
  for (const userId of await membersElsewhere(tx, ranked, visible)) ranks.set(userId, null);
  return ranks;
}

/** Those of these users, whose rows the caller holds, who are members of a licence that is not visible. */
export async function membersElsewhere(
  tx: EntityManager,
  ids: readonly UserId[],
  visible: Visibility,
): Promise<UserId[]> {
  if (visible === 'everything' || ids.length === 0) return [];
  const rows = await tx.query<{ id: UserId }[]>(
    'SELECT DISTINCT user_id AS id FROM members WHERE user_id = ANY($1) AND NOT licence_id = ANY($2)',
    [ids, [...visible.licences]],
  );
  return rows.map(({ id }) => id);
}

/** Inserts those who are no members yet, in one statement however many they are. */
export async function insertNew(
  change: Change,
  licenceId: LicenceId,
  members: readonly { userId: UserId; rank: number | null }[],
): Promise<ReadonlySet<UserId>> {
  if (members.length === 0) return new Set();
  const rows = await change.tx.query<{ user_id: UserId }[]>(
    `INSERT INTO members (licence_id, user_id, added_on, rank)
      SELECT $1, user_id, $3, rank FROM unnest($2::uuid[], $4::int[]) AS given (user_id, rank)
      ON CONFLICT DO NOTHING RETURNING user_id`,
    [licenceId, members.map(({ userId }) => userId), change.now, members.map(({ rank }) => rank)],
  );
  return new Set(rows.map((row) => row.user_id));
}

/** Those of these users, whose rows the caller holds, who sit or may sit in the licence without being members. */
export async function withPlace(
  tx: EntityManager,
  licenceId: LicenceId,
  ids: readonly UserId[],
): Promise<ReadonlySet<UserId>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.query<{ id: UserId }[]>(
    'SELECT user_id AS id FROM uncounted_places WHERE licence_id = $1 AND user_id = ANY($2)',
    [licenceId, ids],
  );
  return new Set(rows.map(({ id }) => id));
}
