import { permissionsOf, type Role, roleNames } from '../access/roles.js';
import { personBehind } from '../audit/audit-log.js';
import type { Change } from '../audit/changes.js';
import { invalid } from '../kernel/problem.js';
import type { MemberService } from '../licences/member-service.js';
import { issuedTokenTable } from '../platform/issued-token-table.js';
import { causeOf, userEndedPush } from '../sessions/pushes.js';
import type { EndReason } from '../sessions/session.js';
import { lockStaffDecisions } from './staff-rules.js';
import type { SignInUser, User, UserRepository } from './user-repository.js';
import { userTable } from './user-table.js';

const adminRoles = roleNames.filter((role) => permissionsOf([role]).includes('staff.write'));

/** How accounts are disabled, enabled and removed: within a change that holds the user's row. */
export class AccountEndings {
  readonly #users: Pick<UserRepository, 'anyEnabledWith'>;
  readonly #members: Pick<MemberService, 'tagsOf'>;

  constructor(users: Pick<UserRepository, 'anyEnabledWith'>, members: Pick<MemberService, 'tagsOf'>) {
    this.#users = users;
    this.#members = members;
  }

  /**
   * Disables an account, ends its sessions and forgets its browsers. `deletesAt`: when it is to be removed; null: it is not.
   * `why`: because it is in the wrong hands, which the audit log says, and then the last administrator's is disabled too.
   */
  async shut(
    change: Change,
    user: SignInUser,
    action: 'user.disabled' | 'user.given-up',
    deletesAt: Date | null,
    why?: string,
  ): Promise<SignInUser> {
    const written = {
      disabledAt: change.now,
      deletesAt,
      epoch: user.epoch + 1,
      credentials: user.credentials + 1,
      version: user.version + 1,
      updatedAt: change.now,
    };
    const next = { ...user, ...written };
    await change.tx.update(userTable, { id: user.id }, written);
    const browsers = { userId: user.id, purpose: 'remembered' };
    await change.tx.update(issuedTokenTable, browsers, { revokedAt: change.now });
    if (why === undefined) await this.requireAdminLeft(change, user);
    const detail = {
      ...(deletesAt === null ? {} : { deletesAt: deletesAt.toISOString() }),
      ...(why === undefined ? {} : { why }),
    };
    await change.audit({ action, target: { type: 'user', id: user.id }, detail });
    await this.end(change, next, 'account-disabled');
    return next;
  }

  /** Enables an account; one that was given up is kept. */
  async open(change: Change, user: SignInUser): Promise<SignInUser> {
    if (user.disabledAt === null) return user;
    const written = { disabledAt: null, deletesAt: null, version: user.version + 1, updatedAt: change.now };
    await change.tx.update(userTable, { id: user.id }, written);
    await change.audit({ action: 'user.enabled', target: { type: 'user', id: user.id } });
    return { ...user, ...written };
  }

  /** Removes an account, its memberships and what was issued to it, and ends its sessions. */
  async erase(change: Change, user: SignInUser): Promise<SignInUser> {
    const { id, email, epoch } = user;
    await this.end(change, { id, epoch: epoch + 1 }, 'account-disabled');
    await change.tx.delete(issuedTokenTable, { userId: id });
    await change.tx.delete(userTable, { id });
    await this.requireAdminLeft(change, user);
    await change.audit({ action: 'user.deleted', target: { type: 'user', id }, detail: { email } });
    return user;
  }

  /** Ends every session of a user, who has got a new epoch. */
  async end(change: Change, { id, epoch }: Pick<User, 'id' | 'epoch'>, reason: EndReason): Promise<void> {
    const tags = await this.#members.tagsOf(id, change.tx);
    await change.push(userEndedPush({ userId: id, epoch, tags, cause: causeOf(reason, change.by) }));
  }

  /** Refuses to leave the house without anybody who may say who is staff. `before` is the account before the change. */
  async requireAdminLeft(change: Change, before: SignInUser): Promise<void> {
    const wasAdmin = before.disabledAt === null && before.roles.some((role) => adminRoles.includes(role as Role));
    if (!wasAdmin) return;
    await lockStaffDecisions(change.tx);
    if (await this.#users.anyEnabledWith(change.tx, adminRoles)) return;
    const own = personBehind(change.by) === before.id;
    throw invalid(own ? '' : 'path:id', 'is the last account that may change staff accounts and is not disabled');
  }
}
