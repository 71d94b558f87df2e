import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { Problem } from '../kernel/problem.js';
import { requireVersion } from '../kernel/version.js';
import type { Visibility } from '../kernel/visibility.js';
import type { OutboxEntry } from '../platform/outbox.js';
import type { Reached } from '../platform/pending.js';
import { brokenConstraint } from '../platform/postgres.js';
import { type AppRoleRow, appRoleTable } from './app-role-table.js';
import type { RoleRepository } from './role-repository.js';

/** A role of an application. */
export type AppRole = Omit<AppRoleRow, 'deletedAt'>;

/** What a new role is made of. Without `managersMayGive` only staff give it. */
export interface NewAppRole {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly permissions: readonly string[];
  readonly managersMayGive?: boolean | undefined;
}

/** What can be changed about a role; what is left out stays. */
export interface AppRolePatch extends Omit<NewAppRole, 'name' | 'permissions'> {
  readonly permissions?: readonly string[] | undefined;
  /** The version the change was made from. */
  readonly version?: number | undefined;
}

/** Waits until a change of a role has been brought to those who hold it, as far as that can be waited for. */
export interface RoleRefreshes {
  settle(role: string): Promise<Reached>;
}

/** Says that what a role grants has changed: see RoleRefresh. `after`: the last user who has been told. */
export function roleChangedPush(role: string, after: string | null = null): OutboxEntry {
  return { kind: 'role-changed', key: roleKeyOf(role), payload: { role, after } };
}

/** The outbox key of everything about a role. */
export function roleKeyOf(role: string): string {
  return `role:${role}`;
}

/** The roles of applications. Every method throws `not-found` for a role that is not there. */
export class RoleService {
  readonly #roles: RoleRepository;
  readonly #changes: Changes;
  readonly #refreshes: RoleRefreshes;

  constructor(roles: RoleRepository, changes: Changes, refreshes: RoleRefreshes) {
    this.#roles = roles;
    this.#changes = changes;
    this.#refreshes = refreshes;
  }

  /** A page of roles, by name; only those that managers may give for whoever sees not everything. */
  list(visible: Visibility, page: PageRequest): Promise<Page<AppRole>> {
    return this.#roles.list(visible !== 'everything', page);
  }

  /** The role. */
  async get(name: string): Promise<AppRole> {
    return required(await this.#roles.find(name));
  }

  /** A new role, which nobody has. Throws `already-exists`, also while one of that name is still being taken from people. */
  async create(given: NewAppRole, by: By): Promise<AppRole> {
    try {
      const { result } = await this.#changes.make(by, async (change) => {
        const row: AppRoleRow = {
          name: given.name,
          description: given.description ?? null,
          permissions: sorted(given.permissions),
          managersMayGive: given.managersMayGive ?? false,
          version: 1,
          createdOn: change.now,
          updatedAt: change.now,
          deletedAt: null,
        };
        await change.tx.insert(appRoleTable, row);
        const { permissions, managersMayGive } = row;
        await audit(change, 'role.created', row.name, { permissions, managersMayGive });
        return row;
      });
      return result;
    } catch (error) {
      if (brokenConstraint(error) === 'app_roles_pk') throw new Problem('already-exists', { pointer: '/name' });
      throw error;
    }
  }

  /**
   * Changes what is given; the sessions of those who hold the role learn of it, and nobody is signed out. Throws
   * `stale-version` unless `version` is left out or current.
   */
  async patch(name: string, given: AppRolePatch, by: By): Promise<Changed<AppRole>> {
    const { result, reached } = await this.#changes.make(by, async (change) => {
      const row = required(await this.#roles.lock(change.tx, name));
      requireVersion(row, given.version);
      const written = {
        description: given.description === undefined ? row.description : given.description,
        permissions: given.permissions === undefined ? row.permissions : sorted(given.permissions),
        managersMayGive: given.managersMayGive ?? row.managersMayGive,
        version: row.version + 1,
        updatedAt: change.now,
      };
      const next: AppRoleRow = { ...row, ...written };
      await change.tx.update(appRoleTable, { name }, written);
      await audit(change, 'role.updated', name, differences(row, next));
      if (JSON.stringify(row.permissions) !== JSON.stringify(next.permissions))
        await change.push(roleChangedPush(name));
      return next;
    });
    return { result, reached: await this.#settled(name, reached) };
  }

  /** Removes a role: it grants nothing from now on, and is taken from everybody who holds it. */
  async remove(name: string, by: By): Promise<Changed<void>> {
    const { reached } = await this.#changes.make(by, async (change) => {
      const { permissions } = required(await this.#roles.lock(change.tx, name));
      await change.tx.update(appRoleTable, { name }, { deletedAt: change.now });
      await audit(change, 'role.deleted', name, { permissions });
      await change.push(roleChangedPush(name));
    });
    return { result: undefined, reached: await this.#settled(name, reached) };
  }

  async #settled(name: string, reached: Reached): Promise<Reached> {
    return reached === 'pending' ? reached : this.#refreshes.settle(name);
  }
}

function required(role: AppRoleRow | null): AppRoleRow {
  if (role === null) throw new Problem('not-found');
  return role;
}

function audit(
  change: Change,
  action: 'role.created' | 'role.updated' | 'role.deleted',
  id: string,
  detail: Record<string, unknown>,
): Promise<void> {
  return change.audit({ action, target: { type: 'role', id }, detail });
}

function sorted(permissions: readonly string[]): string[] {
  return [...new Set(permissions)].sort();
}

function differences(before: AppRoleRow, after: AppRoleRow): Record<string, unknown> {
  const names = ['description', 'permissions', 'managersMayGive'] as const;
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, { from: before[name], to: after[name] }]));
}
