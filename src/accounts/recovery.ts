import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { IssuedToken, IssuedTokens } from '../platform/issued-tokens.js';
import type { AccountEndings } from './account-endings.js';
import type { AccountLetters, AccountLinks, FactorLeft } from './account-letters.js';
import type { AccountRequests } from './account-requests.js';
import type { CredentialChange } from './credential-change.js';
import type { NotMe } from './credential-letters.js';
import { identifierKey } from './identifier.js';
import type { NewPasswords } from './new-passwords.js';
import type { RequestLimit } from './registration.js';
import { requireMayTouch, requireOther } from './staff-rules.js';
import type { SignInUser, User, UserRepository } from './user-repository.js';
import { userTable } from './user-table.js';

/** A letter is written a moment after what it tells of, in the same transaction. */
const oneChangeMs = 60_000;

/** Why an account is disabled whose person has said that its address was changed by somebody else. */
const addressTaken = 'not-me: the address it had has another account now, so its person cannot be written to';

/** What became of somebody's second factors: the names of those that are gone, and those that are still there. */
export interface FactorsDropped {
  readonly gone: readonly string[];
  readonly left: readonly FactorLeft[];
}

/** What a Recovery is made of. */
export interface RecoveryParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly credentials: Pick<CredentialChange, 'setPassword'>;
  readonly hasher: Pick<NewPasswords, 'hash'>;
  readonly requests: Pick<AccountRequests, 'add'>;
  readonly letters: Pick<AccountLetters, 'reset' | 'afterNotMe'>;
  readonly endings: Pick<AccountEndings, 'open' | 'shut'>;
  readonly links: Pick<AccountLinks, 'reset' | 'keepAccount'>;
  readonly notMe: Pick<IssuedTokens<NotMe>, 'find' | 'use' | 'list' | 'change'>;
  /** Removes the second factors that were enrolled since then. The change holds the user's row. */
  readonly dropFactorsSince: (change: Change, userId: UserId, since: Date) => Promise<FactorsDropped>;
  readonly mail: Pick<MailOutbox, 'require'>;
  readonly limit: RequestLimit;
}

/**
 * The way back to an account: by a link to its mailbox, which asks for a new password and neither signs in nor stands for a
 * second factor (ASVS 6.4.3).
 */
export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /**
   * Asks for a link to a new password. What it costs and answers is alike whether or not the address has an account
   * (ASVS 6.3.8). Throws `mail-not-set-up`, `too-many-attempts`.
   */
  async forgot(email: string, caller: Caller): Promise<void> {
    this.#parts.mail.require();
    await this.#parts.limit(caller);
    await this.#parts.requests.add('reset', email, null, caller);
  }

  /**
   * Uses a link: the password is new, every session and remembered browser ends, and the address counts as confirmed, since
   * its mailbox was read. Of two at once one succeeds. Throws `invalid-code`, `invalid-request` for a password that is no
   * good (the link stays good), `busy`.
   */
  async reset(token: string, password: string, caller: Caller): Promise<Changed<void>> {
    const { links, users, hasher, changes, credentials } = this.#parts;
    // Before the hash is spent: nobody without a link costs us one.
    const found = await links.reset.find(token);
    const about = found?.userId == null ? null : await users.find(found.userId);
    if (about === null) throw new Problem('invalid-code');
    const choice = { by: 'person', userId: about.id, about, pointer: '/password' } as const;
    const passwordHash = await hasher.hash(password, choice);
    return changes.make({ actor: null, caller }, async (change) => {
      const user = await users.lock(change.tx, about.id);
      const sent = await links.reset.use(change.tx, token);
      const same = user !== null && identifierKey(sent?.data.email ?? '') === identifierKey(user.email);
      if (!same || user.disabledAt !== null) throw new Problem('invalid-code');
      await change.tx.update(userTable, { id: user.id }, { verified: true });
      await credentials.setPassword(change, { ...user, verified: true }, passwordHash, { kind: 'password-reset' });
    });
  }

  /**
   * Staff have somebody choose a new password: the old one and every session end at once, and a link is sent. Throws
   * `not-found`, `forbidden`, `mail-not-set-up`.
   */
  async start(id: UserId, by: By): Promise<Changed<User>> {
    const { mail, changes, users, credentials, letters } = this.#parts;
    requireOther(by, id, 'path:id', 'must not be your own account: use POST /auth/password/forgot');
    mail.require();
    return changes.make(by, async (change) => {
      const user = await users.lock(change.tx, id);
      if (user === null) throw new Problem('not-found');
      requireMayTouch(by, user.roles);
      if (user.disabledAt !== null) throw invalid('path:id', 'must not be disabled: enable the account first');
      const next = await credentials.setPassword(change, user, null, { kind: 'reset-started' });
      await letters.reset(change, next, 'The people who run this service ask you to choose a new password.');
      return next;
    });
  }

  /**
   * Uses a "this was not me" link: every session and remembered browser ends, no password is right any more, and a link to a
   * new one is sent; an address that was changed is the one before again, and second factors enrolled with that change or
   * after it are gone: they are the stranger's. Where somebody else has that address by now, the account is disabled and
   * nothing is sent. An account that was given up is kept. The links of other letters stay good, each for its own change. Throws
   * `invalid-code`.
   */
  async notMe(token: string, caller: Caller): Promise<Changed<void>> {
    const { notMe, changes, users, credentials, letters, dropFactorsSince } = this.#parts;
    const userId = (await notMe.find(token))?.userId;
    if (userId == null) throw new Problem('invalid-code');
    return changes.make({ actor: null, caller }, async (change) => {
      // The account first, then the link, as everybody: so of two at once none waits for the other for ever.
      const found = await users.lock(change.tx, userId);
      const used = await notMe.use(change.tx, token);
      const user = found === null ? null : await this.#kept(change, found);
      if (used === null || user === null) throw new Problem('invalid-code');
      await this.#forgetAddresses(change, userId, used);
      const restored = await this.#withAddress(change, user, used.data.before);
      const { gone, left } = await dropFactorsSince(change, userId, new Date(used.createdAt.getTime() - oneChangeMs));
      const detail = [used.data.kind, ...gone].join(', ');
      const next = await credentials.setPassword(change, restored ?? user, null, { kind: 'not-me', detail });
      if (restored === null) await this.#leaveToStaff(change, next);
      else await letters.afterNotMe(change, next, left);
    });
  }

  /** Whoever reads the present address is the stranger, who is not told either when staff give the account another one. */
  async #leaveToStaff(change: Change, user: SignInUser): Promise<void> {
    await change.tx.update(userTable, { id: user.id }, { verified: false });
    await this.#parts.endings.shut(change, { ...user, verified: false }, 'user.disabled', null, addressTaken);
  }

  /** The account, which is taken back where it was given up; null when staff have disabled it. */
  async #kept(change: Change, user: SignInUser): Promise<SignInUser | null> {
    if (user.disabledAt === null) return user;
    // Staff take this link away from whoever gave the account up.
    const mayKeep =
      user.deletesAt !== null && (await this.#parts.links.keepAccount.list(user.id, change.tx)).length > 0;
    return mayKeep ? this.#parts.endings.open(change, user) : null;
  }

  /**
   * An address from after the change is the stranger's: no letter that went there gives the account that one back. Nor does
   * another letter about this address do what has been done now.
   */
  async #forgetAddresses({ tx }: Change, userId: UserId, used: IssuedToken<NotMe>): Promise<void> {
    const { notMe } = this.#parts;
    for (const { id, data, createdAt } of await notMe.list(userId, tx)) {
      const over = createdAt.getTime() >= used.createdAt.getTime() || data.before === used.data.before;
      if (over && data.before !== null) await notMe.change(tx, id, { ...data, before: null });
    }
  }

  /** Gives the account the address back that it had; null when somebody else has that by now. */
  async #withAddress(change: Change, user: SignInUser, before: string | null): Promise<SignInUser | null> {
    if (before === null || identifierKey(before) === identifierKey(user.email)) return user;
    if ((await this.#parts.users.findByEmail(change.tx, before)) !== null) return null;
    const written = { email: before, emailKey: identifierKey(before) };
    await change.tx.update(userTable, { id: user.id }, written);
    const detail = { email: { from: user.email, to: before } };
    await change.audit({ action: 'user.updated', target: { type: 'user', id: user.id }, detail });
    return { ...user, email: before };
  }
}
