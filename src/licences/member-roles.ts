import type { DataSource } from 'typeorm';
import { type LicenceRoleRow, licenceRoleTable } from '../access/app-role-table.js';
import { knownRoles } from '../access/known-roles.js';
import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import type { Visibility } from '../kernel/visibility.js';
import { askPostgres } from '../platform/postgres.js';
import { userKeyOf, userRefreshedPush } from '../sessions/pushes.js';
import { licenceTag } from '../sessions/session-id.js';
import type { MemberAccounts } from './member-service.js';
import { memberTable } from './member-table.js';

/** A membership, by what it joins. */
export interface Membership {
  readonly licenceId: LicenceId;
  readonly userId: UserId;
}

/** What MemberRoles are made of. */
export interface MemberRolesParts {
  readonly dataSource: DataSource;
  readonly changes: Changes;
  readonly accounts: Pick<MemberAccounts, 'lockMany' | 'setEpoch' | 'persons'>;
}

/** The roles of applications that members have in one licence. They hold in sessions which sit there, and nowhere else. */
export class MemberRoles {
  readonly #parts: MemberRolesParts;

  constructor(parts: MemberRolesParts) {
    this.#parts = parts;
  }

  /** The roles of each of these members in the licence, by name. */
  async of(licenceId: LicenceId, users: readonly UserId[]): Promise<(id: UserId) => string[]> {
    const rows = await askPostgres(() =>
      this.#parts.dataSource.query<{ id: UserId; roles: string[] }[]>(
        `SELECT l.user_id AS id, array_agg(l.role ORDER BY l.role) AS roles FROM licence_roles l
          JOIN app_roles r ON r.name = l.role AND r.deleted_at IS NULL
          WHERE l.licence_id = $1 AND l.user_id = ANY($2) GROUP BY l.user_id`,
        [licenceId, users],
      ),
    );
    const found = new Map(rows.map(({ id, roles }) => [id, roles]));
    return (id) => found.get(id) ?? [];
  }

  /**
   * Gives a member exactly these roles in the licence; the member's sessions there learn of it. Throws `not-found` when there
   * is no such member, and `invalid-request` for a role there is not, or that is not for the caller to give or take.
   */
  set(
    { licenceId, userId }: Membership,
    roles: readonly string[],
    by: By,
    visible: Visibility,
  ): Promise<Changed<void>> {
    const { changes, accounts } = this.#parts;
    return changes.make(by, async (change) => {
      const [user] = await accounts.lockMany(change.tx, [userId]);
      const isMember = await change.tx.existsBy(memberTable, { licenceId, userId });
      if (user === undefined || !isMember) throw new Problem('not-found');
      const before = await change.tx.findBy(licenceRoleTable, { licenceId, userId });
      const [had, wanted] = [before.map(({ role }) => role).sort(), [...new Set(roles)].sort()];
      await requireMayGive(change, before, roles, visible);
      if (had.join() === wanted.join()) return change.await(userKeyOf(userId));
      await write(change, { licenceId, userId }, wanted);
      const epoch = user.epoch + 1;
      await accounts.setEpoch(change.tx, userId, epoch);
      const detail = { userId, roles: { from: had, to: wanted } };
      await change.audit({ action: 'member.updated', target: { type: 'licence', id: licenceId }, detail });
      const person = (await accounts.persons(change.tx, [userId], licenceId)).get(userId);
      if (person !== undefined) await change.push(userRefreshedPush(person, epoch, [licenceTag(licenceId)]));
    });
  }
}

/** Whoever sees not everything gives and takes only what managers may give; what staff gave stays. */
async function requireMayGive(
  { tx }: Change,
  before: readonly LicenceRoleRow[],
  roles: readonly string[],
  visible: Visibility,
): Promise<void> {
  const known = await knownRoles(tx, roles, '/roles');
  if (visible === 'everything') return;
  const had = new Set(before.map(({ role }) => role));
  const barred = roles.findIndex((role) => !had.has(role) && known.get(role)?.managersMayGive !== true);
  if (barred !== -1) throw invalid(`/roles/${barred}`, 'cannot be given by you: ask staff');
  const lost = [...had].filter((role) => !roles.includes(role));
  // One that is being deleted is taken from everybody anyhow.
  const theirs = await tx.query<{ name: string }[]>(
    'SELECT name FROM app_roles WHERE name = ANY($1) AND NOT managers_may_give AND deleted_at IS NULL ORDER BY name',
    [lost],
  );
  const [kept] = theirs;
  if (kept !== undefined) throw invalid('/roles', `must keep ${kept.name}, which only staff take away`);
}

async function write({ tx }: Change, { licenceId, userId }: Membership, roles: readonly string[]): Promise<void> {
  await tx.delete(licenceRoleTable, { licenceId, userId });
  if (roles.length > 0)
    await tx.insert(
      licenceRoleTable,
      roles.map((role) => ({ licenceId, userId, role })),
    );
}
