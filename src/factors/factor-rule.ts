import type { DataSource, EntityManager } from 'typeorm';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';

/** Who must show a second factor: by a role (`SECOND_FACTOR_ROLES`), or by the policy of a licence they may sit in. */
export class FactorRule {
  readonly #dataSource: DataSource;
  readonly #roles: ReadonlySet<string>;

  constructor(dataSource: DataSource, roles: readonly string[]) {
    this.#dataSource = dataSource;
    this.#roles = new Set(roles);
  }

  /** Whether this user must; `named` is a licence they want to sit in without being a member. */
  async requires(
    user: { readonly id: UserId; readonly roles: readonly string[] },
    named?: LicenceId,
    tx: EntityManager = this.#dataSource.manager,
  ): Promise<boolean> {
    if (user.roles.some((role) => this.#roles.has(role))) return true;
    const rows = await askPostgres(() =>
      tx.query<unknown[]>(
        `SELECT 1 FROM licences l WHERE l.policy->>'secondFactor' = 'required' AND (l.id = $2
           OR EXISTS (SELECT 1 FROM members m WHERE m.licence_id = l.id AND m.user_id = $1)) LIMIT 1`,
        [user.id, named ?? null],
      ),
    );
    return rows.length > 0;
  }
}
