import type { DataSource, EntityManager } from 'typeorm';
import type { UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import { identifierKey } from './identifier.js';
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
export class UserRepository {
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

  /** The account with its row locked until the end of the transaction; null when there is none. */
  async lock(tx: EntityManager, id: UserId): Promise<SignInUser | null> {
    const row = await tx.findOne(userTable, { where: { id }, lock: { mode: 'pessimistic_write' } });
    return row === null ? null : { ...userFrom(row), passwordHash: row.passwordHash };
  }

  /** Whether any account has one of these roles and is not disabled. */
  async anyEnabledWith(tx: EntityManager, roles: readonly string[]): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      'SELECT 1 FROM users WHERE roles && $1::text[] AND disabled_at IS NULL LIMIT 1',
      [roles],
    );
    return rows.length > 0;
  }
}

/** The account in a row. */
export function userFrom(row: UserRow): User {
  const { passwordHash, emailKey: _email, usernameKey: _username, id, ...rest } = row;
  return { ...rest, id: id as UserId, hasPassword: passwordHash !== null };
}
