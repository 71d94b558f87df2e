import type { EntityManager } from 'typeorm';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { tagsOfUser } from '../sessions/session-service.js';

/** SQL: the licences that users ($1) are members of, and those where they need not be. */
const everyPlace = `SELECT user_id AS user, licence_id AS licence FROM members WHERE user_id = ANY($1)
  UNION SELECT user_id, licence_id FROM uncounted_places WHERE user_id = ANY($1)`;

/** Every tag in which sessions of these users can live, by user. */
export async function tagsOfMany(
  tx: EntityManager,
  users: readonly UserId[],
): Promise<ReadonlyMap<UserId, readonly string[]>> {
  const rows = await tx.query<{ user: UserId; licence: LicenceId }[]>(everyPlace, [users]);
  const places = new Map<UserId, LicenceId[]>(users.map((id) => [id, []]));
  for (const { user, licence } of rows) places.get(user)?.push(licence);
  return new Map([...places].map(([id, licences]) => [id, tagsOfUser(id, licences)]));
}
