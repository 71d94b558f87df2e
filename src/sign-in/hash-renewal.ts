import type { DataSource } from 'typeorm';
import type { SignInUser } from '../accounts/user-repository.js';
import { userTable } from '../accounts/user-table.js';
import { Problem } from '../kernel/problem.js';
import type { Log } from '../platform/log.js';
import type { PasswordHasher } from '../platform/password-hash.js';

/**
 * Hashes a password anew when its stored hash was made with another cost or scheme, or by another system, behind the sign-in
 * that has shown it. It is the same password, so no session ends and the epoch stays.
 */
export class HashRenewal {
  readonly #dataSource: DataSource;
  readonly #hasher: Pick<PasswordHasher, 'hash' | 'needsRehash'>;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();

  constructor(dataSource: DataSource, hasher: Pick<PasswordHasher, 'hash' | 'needsRehash'>, log: Log) {
    this.#dataSource = dataSource;
    this.#hasher = hasher;
    this.#log = log;
  }

  /** Begins the renewal if one is due. Neither waits nor throws; when it fails, the next sign-in tries again. */
  begin(user: SignInUser, password: string): void {
    const stored = user.passwordHash;
    if (stored === null || !this.#hasher.needsRehash(stored)) return;
    const work = this.#renew(user, stored, password)
      .catch((err: unknown) => {
        if (err instanceof Problem) this.#log.debug({ userId: user.id }, 'no time to renew a password hash');
        else this.#log.error({ err, userId: user.id }, 'a password hash could not be renewed');
      })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Resolves when no renewal is running. For tests and for shutting down. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Replaces the hash only if it is still the one the password was compared with. */
  async #renew(user: SignInUser, stored: string, password: string): Promise<void> {
    const passwordHash = await this.#hasher.hash(password);
    await this.#dataSource.getRepository(userTable).update({ id: user.id, passwordHash: stored }, { passwordHash });
  }
}
