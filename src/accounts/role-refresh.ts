import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { type AppRoleRow, appRoleTable, licenceRoleTable } from '../access/app-role-table.js';
import { heldRoles } from '../access/held-roles.js';
import { type RoleRefreshes, roleChangedPush, roleKeyOf } from '../access/role-service.js';
import { type AuditLog, bySystem } from '../audit/audit-log.js';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { tagsOfMany } from '../licences/places.js';
import type { Outbox } from '../platform/outbox.js';
import type { Reached } from '../platform/pending.js';
import { askPostgres, inTransaction } from '../platform/postgres.js';
import { userKeyOf } from '../sessions/pushes.js';
import { refreshedPush } from './person.js';
import type { UserRepository } from './user-repository.js';

/** How many are told in one transaction. */
const sliceSize = 200;
/** How long the caller of a change waits for the slices. */
const mostWaitMs = 2000;

const payloadOf = z.object({
  role: z.string(),
  after: z
    .string()
    .transform((id) => id as UserId)
    .nullable(),
});

/** Before every id. */
const first = '00000000-0000-0000-0000-000000000000';
/** Each half stops by itself, so that no slice looks at everybody. */
const holders = `SELECT id FROM (
    (SELECT id FROM users WHERE roles @> ARRAY[$1] AND id > $2 ORDER BY id LIMIT ${sliceSize})
    UNION (SELECT DISTINCT user_id FROM licence_roles WHERE role = $1 AND user_id > $2 ORDER BY user_id LIMIT ${sliceSize})
  ) held ORDER BY id LIMIT ${sliceSize}`;
const raised = 'UPDATE users SET epoch = epoch + 1 WHERE id = ANY($1)';
const taken = `UPDATE users SET roles = array_remove(roles, $2), version = version + 1, updated_at = $3
  WHERE id = ANY($1) AND $2 = ANY(roles)`;
/** An earlier change may come to its end while somebody it has passed still holds the role. */
const gone = `DELETE FROM app_roles WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM users WHERE roles @> ARRAY[$1])
  AND NOT EXISTS (SELECT 1 FROM licence_roles WHERE role = $1)`;
/** Other processes may have done the slices: what still waits is asked of the outbox itself. */
const waiting = `SELECT coalesce(bool_or(key = $1), false) AS slices, count(*)::int AS entries
  FROM outbox WHERE applied_at IS NULL AND (key = $1 OR payload->>'because' = $1)`;

/** What a RoleRefresh is made of. */
export interface RoleRefreshParts {
  readonly dataSource: DataSource;
  readonly outbox: Pick<Outbox, 'enqueue' | 'flush' | 'handle'>;
  readonly users: Pick<UserRepository, 'lockMany' | 'findMany'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
}

/**
 * Brings a changed role to those who hold it, slice by slice. Each slice is one transaction that also enqueues the next one,
 * so that none is left out whoever dies in between; told twice does no harm. The role of somebody who got it after the change
 * is right already.
 */
export class RoleRefresh implements RoleRefreshes {
  readonly #parts: RoleRefreshParts;

  constructor(parts: RoleRefreshParts) {
    this.#parts = parts;
  }

  /** Registers what applies a `role-changed` entry. */
  register(): void {
    this.#parts.outbox.handle('role-changed', async (payload) => {
      const { role, after } = payloadOf.parse(payload);
      const told = await inTransaction(this.#parts.dataSource, (tx) => this.#tell(tx, role, after));
      await this.#parts.outbox.flush(told.map(userKeyOf));
    });
  }

  /** See RoleRefreshes. `pending`: some have yet to be told, and will be. */
  async settle(role: string): Promise<Reached> {
    const { dataSource, outbox, clock } = this.#parts;
    const key = roleKeyOf(role);
    for (const until = clock.nowMs() + mostWaitMs; clock.nowMs() < until; ) {
      const [left] = await askPostgres(() => dataSource.query<{ slices: boolean; entries: number }[]>(waiting, [key]));
      if (left === undefined || left.entries === 0) return 'applied';
      if (!left.slices || (await outbox.flush([key])) === 'pending') return 'pending';
    }
    return 'pending';
  }

  /** Tells the next slice of those who hold the role; takes it from them if it was deleted. Answers who they are. */
  async #tell(tx: EntityManager, role: string, after: UserId | null): Promise<UserId[]> {
    const { users, outbox } = this.#parts;
    const row = await tx.findOneBy(appRoleTable, { name: role });
    // Taken from everybody, and gone.
    if (row === null) return [];
    const found = (await tx.query<{ id: UserId }[]>(holders, [role, after ?? first])).map(({ id }) => id);
    const ids = (await users.lockMany(tx, found)).map(({ id }) => id);
    await tx.query(raised, [ids]);
    if (row.deletedAt !== null) await this.#take(tx, row, ids);
    const people = await users.findMany(tx, ids);
    const [held, tags] = [await heldRoles(tx, people), await tagsOfMany(tx, ids)];
    const told = people.map((user) => refreshedPush(user, held(user.id), tags.get(user.id) ?? [], roleKeyOf(role)));
    await outbox.enqueue(tx, ...told);
    const last = found.at(-1);
    if (last !== undefined && found.length === sliceSize) await outbox.enqueue(tx, roleChangedPush(role, last));
    else if (row.deletedAt !== null) await tx.query(gone, [role]);
    return ids;
  }

  async #take(tx: EntityManager, { name }: AppRoleRow, ids: readonly UserId[]): Promise<void> {
    const now = new Date(this.#parts.clock.nowMs());
    await tx.query(taken, [ids, name, now]);
    await tx
      .createQueryBuilder()
      .delete()
      .from(licenceRoleTable)
      .where('role = :name AND user_id = ANY(:ids)', { name, ids })
      .execute();
    const lost = { action: 'user.updated' as const, detail: { lostRole: name, because: 'role.deleted' } };
    await this.#parts.audit.record(
      tx,
      bySystem,
      ...ids.map((id) => ({ ...lost, target: { type: 'user' as const, id } })),
    );
  }
}
