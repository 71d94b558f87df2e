import { type DataSource, type EntityManager, In } from 'typeorm';
import { type HeldRoles, heldRoles } from '../access/held-roles.js';
import type { Person } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import type { Visibility } from '../kernel/visibility.js';
import type { LockedAccount, MemberAccounts, MemberPerson } from '../licences/member-service.js';
import { askPostgres } from '../platform/postgres.js';
import { identifierKey } from './identifier.js';
import { personIn } from './person.js';
import { listedUsers, type UserFilter } from './user-list.js';
import { type UserRow, userTable } from './user-table.js';

/** An account as services see it. Carries no password hash. */
export interface User extends Omit<UserRow, 'id' | 'passwordHash' | 'emailKey' | 'usernameKey'> {
  readonly id: UserId;
  readonly hasPassword: boolean;
}

/** An account as sign-in needs it. `epoch` was read together with the hash. */
export interface SignInUser extends User {
  /** Null: no password has been set, so none is right. */
  readonly passwordHash: string | null;
}

/** Reads accounts. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class UserRepository implements MemberAccounts {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** The account with this e-mail address or user name, disabled or not; null when there is none. */
  async findForSignIn(identifier: string): Promise<SignInUser | null> {
    const key = identifierKey(identifier);
    const rows = await askPostgres(() =>
      this.#dataSource.manager.find(userTable, { where: [{ emailKey: key }, { usernameKey: key }], take: 1 }),
    );
    const row = rows[0];
    return row === undefined ? null : { ...userFrom(row), passwordHash: row.passwordHash };
  }

  /** The account, or null. */
  async find(id: UserId): Promise<User | null> {
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(userTable, { id }));
    return row === null ? null : userFrom(row);
  }

  /** The account with its password hash, or null. */
  async findWithPassword(id: UserId): Promise<SignInUser | null> {
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(userTable, { id }));
    return row === null ? null : { ...userFrom(row), passwordHash: row.passwordHash };
  }

  /** The account with its row locked until the end of the transaction; null when there is none. */
  async lock(tx: EntityManager, id: UserId): Promise<SignInUser | null> {
    const row = await tx.findOne(userTable, { where: { id }, lock: { mode: 'pessimistic_write' } });
    return row === null ? null : { ...userFrom(row), passwordHash: row.passwordHash };
  }

  /** The account with this address with its row locked until the end of the transaction; null when there is none. */
  async lockByEmail(tx: EntityManager, email: string): Promise<SignInUser | null> {
    const where = { emailKey: identifierKey(email) };
    const row = await tx.findOne(userTable, { where, lock: { mode: 'pessimistic_write' } });
    return row === null ? null : { ...userFrom(row), passwordHash: row.passwordHash };
  }

  /** The account with this address, or null. */
  async findByEmail(tx: EntityManager, email: string): Promise<User | null> {
    const row = await tx.findOneBy(userTable, { emailKey: identifierKey(email) });
    return row === null ? null : userFrom(row);
  }

  /** A page of accounts, newest first unless another order is asked for. */
  async list(filter: UserFilter, page: PageRequest): Promise<Page<User>> {
    const { items, ...rest } = await listedUsers(this.#dataSource, filter, page);
    return { items: items.map(userFrom), ...rest };
  }

  /** The ids of the accounts whose address, user name or name contains the text; null when they are more than `atMost`. */
  async idsMatching(text: string, atMost: number, visible: Visibility): Promise<UserId[] | null> {
    const { items, total } = await this.list({ visible, q: text }, { limit: atMost, cursor: null });
    return total > atMost ? null : items.map((user) => user.id);
  }

  /** Whether any account has one of these roles, disabled or not. */
  async anyWith(tx: EntityManager, roles: readonly string[]): Promise<boolean> {
    return (await tx.query<unknown[]>('SELECT 1 FROM users WHERE roles && $1::text[] LIMIT 1', [roles])).length > 0;
  }

  /** Whether any account that is not disabled has one of these roles. */
  async anyEnabledWith(tx: EntityManager, roles: readonly string[]): Promise<boolean> {
    const found = await tx.query<unknown[]>(
      'SELECT 1 FROM users WHERE roles && $1::text[] AND disabled_at IS NULL LIMIT 1',
      [roles],
    );
    return found.length > 0;
  }

  /** See MemberAccounts. */
  async idsByEmail(tx: EntityManager, emails: readonly string[]): Promise<Map<string, UserId>> {
    const rows = await tx.findBy(userTable, { emailKey: In(emails.map(identifierKey)) });
    const byKey = new Map(rows.map((row) => [row.emailKey, row.id as UserId]));
    const found = new Map<string, UserId>();
    for (const email of emails) {
      const id = byKey.get(identifierKey(email));
      if (id !== undefined) found.set(email, id);
    }
    return found;
  }

  /** See MemberAccounts. */
  async lockMany(tx: EntityManager, ids: readonly UserId[]): Promise<LockedAccount[]> {
    const rows = await tx.query<LockedAccount[]>(
      'SELECT id, epoch, roles FROM users WHERE id = ANY($1) ORDER BY id FOR UPDATE',
      [ids],
    );
    return rows.map(({ id, epoch, roles }) => ({ id, epoch, roles }));
  }

  /** See MemberAccounts. */
  async membershipsChanged(tx: EntityManager, ids: readonly UserId[], now: Date): Promise<void> {
    await tx.update(userTable, { id: In([...ids]) }, { lastLicenceUpdate: now });
  }

  /** See MemberAccounts. */
  async setEpoch(tx: EntityManager, id: UserId, epoch: number): Promise<void> {
    await tx.update(userTable, { id }, { epoch });
  }

  /** See MemberAccounts. */
  async persons(tx: EntityManager, ids: readonly UserId[], licence: LicenceId): Promise<Map<UserId, Person>> {
    const users = await this.findMany(tx, ids);
    const heldBy = await heldRoles(tx, users);
    return new Map(users.map((user) => [user.id, personIn(user, heldBy(user.id), licence)]));
  }

  /** Those of these accounts that exist. */
  async findMany(tx: EntityManager, ids: readonly UserId[]): Promise<User[]> {
    return (await tx.findBy(userTable, { id: In([...ids]) })).map(userFrom);
  }

  /** The roles of an account, asked after it was read. With `tx`, as that transaction sees them. */
  async rolesOf(user: Pick<User, 'id' | 'roles'>, tx: EntityManager = this.#dataSource.manager): Promise<HeldRoles> {
    return askPostgres(async () => (await heldRoles(tx, [user]))(user.id));
  }

  /** See MemberAccounts. */
  async people(ids: readonly UserId[]): Promise<Map<string, MemberPerson>> {
    const rows = await askPostgres(() => this.#dataSource.manager.findBy(userTable, { id: In([...ids]) }));
    return new Map(
      rows.map(({ id, email, username, name, disabledAt }) => [
        id,
        { email, username, name, disabled: disabledAt !== null },
      ]),
    );
  }
}

/** The account in a row. */
export function userFrom(row: UserRow): User {
  const { passwordHash, emailKey: _email, usernameKey: _username, id, ...rest } = row;
  return { ...rest, id: id as UserId, hasPassword: passwordHash !== null };
}
