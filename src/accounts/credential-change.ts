import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Actor, Caller } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { MemberService } from '../licences/member-service.js';
import type { PasswordHasher } from '../platform/password-hash.js';
import { causeOf, userEndedPush } from '../sessions/pushes.js';
import { parseRef, type SessionRef } from '../sessions/session-id.js';
import type { SignInUser, UserRepository } from './user-repository.js';
import { userTable } from './user-table.js';

/**
 * Compares the present password of a signed-in user, counting wrong ones like those of a sign-in. Throws
 * `too-many-attempts` when there were too many, `busy`, and StoreUnavailable when they cannot be counted.
 */
export type PresentPasswordCheck = (
  userId: UserId,
  caller: Caller,
  password: string,
  stored: string | null,
) => Promise<boolean>;

/** What a CredentialChange is made of. */
export interface CredentialChangeParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly members: Pick<MemberService, 'tagsOf'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly checkPresent: PresentPasswordCheck;
}

/**
 * The one way to new credentials: whoever knows the old ones is signed out everywhere (ASVS 7.4.3), the change is audited,
 * and a sign-in that has compared the old password opens nothing.
 */
export class CredentialChange {
  readonly #parts: CredentialChangeParts;

  constructor(parts: CredentialChangeParts) {
    this.#parts = parts;
  }

  /**
   * A user changes the own password (ASVS 6.2.2, 6.2.3). All other sessions end; this one stays. Throws
   * `invalid-credentials` for a wrong present password, or when it was changed or the account disabled meanwhile.
   */
  async changeOwn(actor: Actor, caller: Caller, present: string, next: string): Promise<Changed<void>> {
    const { users, hasher, changes, checkPresent } = this.#parts;
    const before = await users.findWithPassword(actor.person.id);
    const right = await checkPresent(actor.person.id, caller, present, before?.passwordHash ?? null);
    if (before === null || !right) throw new Problem('invalid-credentials');
    const passwordHash = await hasher.hash(next);
    return changes.make({ actor, caller }, async (change) => {
      const user = await users.lock(change.tx, before.id);
      if (user === null || user.disabledAt !== null || user.passwordHash !== before.passwordHash) {
        throw new Problem('invalid-credentials');
      }
      await this.apply(change, user, passwordHash, parseRef(actor.session.ref));
    });
  }

  /** Stores a new hash for a user whose row the change holds, and ends all sessions of the user but `keep`. */
  async apply(change: Change, user: SignInUser, passwordHash: string, keep: SessionRef | null): Promise<void> {
    const epoch = user.epoch + 1;
    const columns = { passwordHash, epoch, version: user.version + 1, updatedAt: change.now };
    await change.tx.update(userTable, { id: user.id }, columns);
    await change.audit({ action: 'user.credentials-changed', target: { type: 'user', id: user.id } });
    const tags = await this.#parts.members.tagsOf(user.id, change.tx);
    const cause = causeOf('credentials-changed', change.by);
    await change.push(userEndedPush({ userId: user.id, epoch, tags, ...(keep === null ? {} : { keep }), cause }));
  }
}
