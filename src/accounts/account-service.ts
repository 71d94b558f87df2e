import { knownRoles } from '../access/known-roles.js';
import { permissionsOf } from '../access/roles.js';
import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import { newId, type UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { Problem } from '../kernel/problem.js';
import { requireVersion } from '../kernel/version.js';
import { firstEpoch, type MemberService } from '../licences/member-service.js';
import { issuedTokenTable } from '../platform/issued-token-table.js';
import { brokenConstraint } from '../platform/postgres.js';
import { userKeyOf } from '../sessions/pushes.js';
import { AccountEndings } from './account-endings.js';
import type { CredentialChange } from './credential-change.js';
import { identifierKey } from './identifier.js';
import type { NewPasswords } from './new-passwords.js';
import type { AboutPerson } from './password-words.js';
import { refreshedPush } from './person.js';
import { requireMayTouch, requireOther } from './staff-rules.js';
import type { UserFilter } from './user-list.js';
import { type SignInUser, type User, type UserRepository, userFrom } from './user-repository.js';
import { type UserRow, userTable } from './user-table.js';

/** What a new account is made of. `verified` is true unless it is given: staff vouch for the address. */
export interface NewUser {
  readonly email: string;
  readonly username?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly password?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly verified?: boolean | undefined;
}

/** What can be changed about an account; what is left out stays. */
export interface UserPatch extends Omit<NewUser, 'email' | 'password'> {
  readonly email?: string | undefined;
  /** The version the change was made from. */
  readonly version?: number | undefined;
}

/** What an AccountService is made of. */
export interface AccountServiceParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly members: Pick<MemberService, 'tagsOf'>;
  readonly credentials: CredentialChange;
  readonly hasher: Pick<NewPasswords, 'hash'>;
}

/**
 * Accounts, as staff manage them. Accounts with staff rights, and giving or taking such rights, need `staff.write`: else
 * `forbidden`. Every method throws `not-found` for an account that is not there, and `already-exists` for a taken address
 * or user name.
 */
export class AccountService {
  readonly #parts: AccountServiceParts;
  /** How accounts end and begin again, within a change. */
  readonly endings: AccountEndings;

  constructor(parts: AccountServiceParts) {
    this.#parts = parts;
    this.endings = new AccountEndings(parts.users, parts.members);
  }

  /** A page of accounts, newest first unless another order is asked for. */
  list(filter: UserFilter, page: PageRequest): Promise<Page<User>> {
    return this.#parts.users.list(filter, page);
  }

  /** The account. */
  async get(id: UserId): Promise<User> {
    const user = await this.#parts.users.find(id);
    if (user === null) throw new Problem('not-found');
    return user;
  }

  /** A new account; without a password nobody can sign in with it yet. */
  async create(given: NewUser, by: By): Promise<User> {
    const roles = distinct(given.roles ?? ['user']);
    requireMayTouch(by, roles);
    const passwordHash = given.password === undefined ? null : await this.#hash(given.password, null, given);
    const changed = await this.#make(by, (change) => this.insert(change, { ...given, roles }, passwordHash));
    return changed.result;
  }

  /** Adds the row of a new account in a change of the caller's. */
  async insert(
    change: Change,
    given: NewUser & { roles: readonly string[] },
    passwordHash: string | null,
  ): Promise<User> {
    await knownRoles(change.tx, given.roles, '/roles');
    const username = given.username ?? null;
    const row: UserRow = {
      id: newId<UserId>(),
      email: given.email,
      emailKey: identifierKey(given.email),
      username,
      usernameKey: username === null ? null : identifierKey(username),
      name: given.name ?? null,
      passwordHash,
      roles: [...given.roles],
      verified: given.verified ?? true,
      disabledAt: null,
      deletesAt: null,
      epoch: firstEpoch,
      credentials: 1,
      version: 1,
      createdOn: change.now,
      lastLicenceUpdate: null,
      updatedAt: change.now,
    };
    await change.tx.insert(userTable, row);
    const detail = { email: row.email, roles: row.roles };
    await change.audit({ action: 'user.created', target: { type: 'user', id: row.id }, detail });
    return userFrom(row);
  }

  /**
   * Changes what is given. Sessions learn of it; they end when staff rights are lost. Throws `stale-version` unless `version`
   * is left out or current.
   */
  async patch(id: UserId, given: UserPatch, by: By): Promise<Changed<User>> {
    return this.#make(by, async (change) => {
      const user = await this.#locked(change, id, given.roles ?? []);
      requireVersion(user, given.version);
      return this.write(change, user, given);
    });
  }

  /** Sets the password of an account and ends its sessions: for who runs the server. Staff start a reset instead. */
  async setPassword(id: UserId, password: string, by: By): Promise<Changed<User>> {
    requireOther(by, id, '/password', 'change your own with POST /auth/password/change');
    const passwordHash = await this.#hash(password, id, await this.get(id));
    return this.#change(id, by, (change, user) =>
      this.#parts.credentials.setPassword(change, user, passwordHash, { kind: 'password-changed' }),
    );
  }

  /** Lets nobody sign in with the account and ends its sessions. Nothing more happens when it is disabled already. */
  disable(id: UserId, by: By): Promise<Changed<User>> {
    return this.#change(id, by, async (change, user) => {
      requireOther(by, id, 'path:id', 'must not be your own account');
      if (user.disabledAt !== null && user.deletesAt === null) return user;
      // Who gave the account up cannot take that back any more.
      await change.tx.delete(issuedTokenTable, { userId: id, purpose: 'keep-account' });
      return this.endings.shut(change, user, 'user.disabled', user.deletesAt);
    });
  }

  /** Lets people sign in with the account again; one that was given up is kept. */
  enable(id: UserId, by: By): Promise<Changed<User>> {
    return this.#change(id, by, (change, user) => this.endings.open(change, user));
  }

  /** Removes the account and its memberships and ends its sessions. What it did stays in the logs, under its id. */
  async remove(id: UserId, by: By): Promise<Changed<User>> {
    return this.#change(id, by, async (change, user) => {
      requireOther(by, id, 'path:id', 'must not be your own account');
      return this.endings.erase(change, user);
    });
  }

  /** Writes the fields of a patch, for a user whose row the change holds, and brings them to the sessions. */
  async write(change: Change, user: SignInUser, given: UserPatch): Promise<SignInUser> {
    const roles = given.roles === undefined ? user.roles : distinct(given.roles);
    if (given.roles !== undefined) await knownRoles(change.tx, given.roles, '/roles');
    const lost = permissionsOf(user.roles).some((permission) => !permissionsOf(roles).includes(permission));
    const next: SignInUser = {
      ...user,
      email: given.email ?? user.email,
      username: given.username === undefined ? user.username : given.username,
      name: given.name === undefined ? user.name : given.name,
      verified: given.verified ?? user.verified,
      roles: [...roles],
      epoch: user.epoch + 1,
      version: user.version + 1,
      updatedAt: change.now,
    };
    const { email, username, name, verified, epoch, version, updatedAt } = next;
    const keys = { emailKey: identifierKey(email), usernameKey: username === null ? null : identifierKey(username) };
    await change.tx.update(
      userTable,
      { id: user.id },
      { email, username, ...keys, name, verified, roles: next.roles, epoch, version, updatedAt },
    );
    await this.endings.requireAdminLeft(change, user);
    const detail = differences(user, next);
    await change.audit({ action: 'user.updated', target: { type: 'user', id: user.id }, detail });
    if (lost) await this.endings.end(change, next, 'role-changed');
    else await this.#tellSessions(change, next);
    if (email === user.email) return next;
    // An address that was never confirmed may be a stranger's, who is told nothing.
    const before = user.verified ? user.email : undefined;
    return this.#parts.credentials.changed(change, next, { kind: 'address-changed', keep: 'all', before });
  }

  async #tellSessions({ tx, push }: Change, user: User): Promise<void> {
    const { users, members } = this.#parts;
    await push(refreshedPush(user, await users.rolesOf(user, tx), await members.tagsOf(user.id, tx)));
  }

  async #change(
    id: UserId,
    by: By,
    work: (change: Change, user: SignInUser) => Promise<SignInUser>,
  ): Promise<Changed<User>> {
    return this.#make(by, async (change) => {
      const user = await this.#locked(change, id, []);
      change.await(userKeyOf(id));
      return work(change, user);
    });
  }

  async #locked(change: Change, id: UserId, rolesToBe: readonly string[]): Promise<SignInUser> {
    const user = await this.#parts.users.lock(change.tx, id);
    if (user === null) throw new Problem('not-found');
    requireMayTouch(change.by, [...user.roles, ...rolesToBe]);
    return user;
  }

  /** Whoever sets somebody else's password hands it over. */
  #hash(password: string, userId: UserId | null, about: AboutPerson): Promise<string> {
    return this.#parts.hasher.hash(password, { by: 'staff', userId, about, pointer: '/password' });
  }

  async #make<T>(by: By, work: (change: Change) => Promise<T>): Promise<Changed<T>> {
    return withTakenNamed(() => this.#parts.changes.make(by, work));
  }
}

/** Turns the violation of a unique address or user name into `already-exists`. */
export async function withTakenNamed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const constraint = brokenConstraint(error);
    if (constraint === 'users_email_key') throw new Problem('already-exists', { pointer: '/email' });
    if (constraint === 'users_username_key') throw new Problem('already-exists', { pointer: '/username' });
    throw error;
  }
}

function distinct(roles: readonly string[]): string[] {
  return [...new Set(roles)];
}

function differences(before: User, after: User): Record<string, unknown> {
  const names = ['email', 'username', 'name', 'verified', 'roles'] as const;
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, { from: before[name], to: after[name] }]));
}
