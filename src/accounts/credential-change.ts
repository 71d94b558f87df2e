import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Actor, Caller } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import type { MemberService } from '../licences/member-service.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import type { Json } from '../platform/outbox-table.js';
import { causeOf, userEndedPush } from '../sessions/pushes.js';
import { parseRef, type SessionRef } from '../sessions/session-id.js';
import type { CredentialKind, CredentialLetters } from './credential-letters.js';
import type { NewPasswords } from './new-passwords.js';
import { refreshedPush } from './person.js';
import type { SignInUser, User, UserRepository } from './user-repository.js';
import { userTable } from './user-table.js';

/**
 * Compares the present password of a signed-in user, counting wrong ones by the session. Throws `too-many-attempts` when
 * there were too many, `busy`, and StoreUnavailable when they cannot be counted.
 */
export type PresentPasswordCheck = (actor: Actor, password: string, stored: string | null) => Promise<boolean>;

/** What is told of a change of credentials. */
export interface CredentialNews {
  readonly kind: CredentialKind;
  /** The session that stays, or `all`. Without it every session of the user ends. */
  readonly keep?: SessionRef | 'all' | undefined;
  /** What it was about, for the audit log and the letter: the name of a factor, an address. Never a secret. */
  readonly detail?: string | undefined;
  /** The address before, which is told too. */
  readonly before?: string | undefined;
}

/** What a CredentialChange is made of. */
export interface CredentialChangeParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly members: Pick<MemberService, 'tagsOf'>;
  readonly hasher: Pick<NewPasswords, 'hash'>;
  readonly checkPresent: PresentPasswordCheck;
  readonly letters: Pick<CredentialLetters, 'tell'>;
  /** What was issued to a user and is worth nothing after a change: resets, challenges, tickets, remembered browsers. */
  readonly outstanding: readonly Pick<IssuedTokens<Json>, 'revokeAll'>[];
}

/**
 * The one way to new credentials: whoever knows the old ones is signed out everywhere (ASVS 7.4.3), what was issued with
 * them is worth nothing, the change is audited and told to the person (ASVS 6.3.7), and a sign-in that has compared the old
 * password opens nothing.
 */
export class CredentialChange {
  readonly #parts: CredentialChangeParts;

  constructor(parts: CredentialChangeParts) {
    this.#parts = parts;
  }

  /**
   * A user changes the own password (ASVS 6.2.2, 6.2.3). This session stays; the others end, unless `endOthers` is false.
   * Throws `invalid-credentials` for a wrong present password, or when it was changed or the account disabled meanwhile.
   */
  async changeOwn(
    actor: Actor,
    caller: Caller,
    given: { readonly present: string; readonly next: string; readonly endOthers: boolean },
  ): Promise<Changed<void>> {
    const { users, hasher, changes } = this.#parts;
    const before = await this.confirmPresent(actor, given.present);
    const passwordHash = await hasher.hash(given.next, {
      by: 'person',
      userId: before.id,
      about: before,
      pointer: '/newPassword',
    });
    return changes.make({ actor, caller }, async (change) => {
      const user = await users.lock(change.tx, before.id);
      if (user === null || user.disabledAt !== null || user.passwordHash !== before.passwordHash) {
        throw new Problem('invalid-credentials');
      }
      const keep = given.endOthers ? (parseRef(actor.session.ref) ?? undefined) : 'all';
      await this.setPassword(change, user, passwordHash, { kind: 'password-changed', keep });
    });
  }

  /** The caller's account, once the present password was given. Throws `invalid-credentials`, and what the check throws. */
  async confirmPresent(actor: Actor, present: string): Promise<SignInUser> {
    const { users, checkPresent } = this.#parts;
    const user = await users.findWithPassword(actor.person.id);
    const right = await checkPresent(actor, present, user?.passwordHash ?? null);
    if (user === null || !right) throw new Problem('invalid-credentials');
    return user;
  }

  /** Stores a new hash, or none, for a user whose row the change holds: see `changed`. */
  async setPassword(
    change: Change,
    user: SignInUser,
    passwordHash: string | null,
    news: CredentialNews,
  ): Promise<SignInUser> {
    await change.tx.update(userTable, { id: user.id }, { passwordHash });
    return this.changed(change, { ...user, passwordHash, hasPassword: passwordHash !== null }, news);
  }

  /**
   * Does what goes with every change of credentials of a user whose row the change holds, and answers the account with its
   * new epoch and version. What is `kept` gets the new epoch too.
   */
  async changed<Account extends User>(change: Change, user: Account, news: CredentialNews): Promise<Account> {
    const { letters, outstanding } = this.#parts;
    const { epoch, credentials, version } = user;
    const written = { epoch: epoch + 1, credentials: credentials + 1, version: version + 1, updatedAt: change.now };
    const next = { ...user, ...written };
    await change.tx.update(userTable, { id: user.id }, written);
    const detail = { kind: news.kind, ...(news.detail === undefined ? {} : { about: news.detail }) };
    await change.audit({ action: 'user.credentials-changed', target: { type: 'user', id: user.id }, detail });
    for (const issued of outstanding) await issued.revokeAll(change.tx, user.id);
    await this.#tellSessions(change, next, news.keep);
    await letters.tell(change, next, news);
    return next;
  }

  async #tellSessions(change: Change, user: User, keep: CredentialNews['keep']): Promise<void> {
    const tags = await this.#parts.members.tagsOf(user.id, change.tx);
    const { id: userId, epoch } = user;
    if (keep === 'all') return change.push(refreshedPush(user, await this.#parts.users.rolesOf(user, change.tx), tags));
    const cause = causeOf('credentials-changed', change.by);
    await change.push(userEndedPush({ userId, epoch, tags, ...(keep === undefined ? {} : { keep }), cause }));
  }
}
