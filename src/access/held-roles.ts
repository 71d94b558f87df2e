import type { EntityManager } from 'typeorm';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { isAppRole } from './role-forms.js';
import { permissionsOf } from './roles.js';

/** A role somebody has. */
export interface HeldRole {
  readonly name: string;
  readonly permissions: readonly string[];
  /** The licence it is held in; null: everywhere. */
  readonly licenceId: LicenceId | null;
}

/** What somebody is and may do at one place. */
export interface Rights {
  readonly roles: readonly string[];
  /** Sorted; with wildcards, as they were granted. */
  readonly permissions: readonly string[];
}

/** All the roles somebody has, everywhere and in licences. */
export class HeldRoles {
  constructor(readonly all: readonly HeldRole[]) {}

  /** The licences in which there are roles of their own. */
  get licences(): LicenceId[] {
    return [...new Set(this.all.flatMap(({ licenceId }) => (licenceId === null ? [] : [licenceId])))];
  }

  /** Those that hold in a licence; null: where there is none. */
  in(place: LicenceId | null): HeldRole[] {
    return this.all.filter(({ licenceId }) => licenceId === null || licenceId === place);
  }

  /** What they come to in a licence; null: where there is none. */
  rightsIn(place: LicenceId | null): Rights {
    const held = this.in(place);
    return {
      roles: [...new Set(held.map(({ name }) => name))],
      permissions: [...new Set(held.flatMap(({ permissions }) => permissions))].sort(),
    };
  }
}

interface Found {
  readonly name: string;
  readonly permissions: string[];
  readonly user_id: UserId | null;
  readonly licence_id: LicenceId | null;
}

const held = `SELECT r.name, r.permissions, NULL::uuid AS user_id, NULL::uuid AS licence_id
    FROM app_roles r WHERE r.name = ANY($1) AND r.deleted_at IS NULL
  UNION ALL SELECT r.name, r.permissions, l.user_id, l.licence_id
    FROM licence_roles l JOIN app_roles r ON r.name = l.role WHERE l.user_id = ANY($2) AND r.deleted_at IS NULL
  ORDER BY name`;

/**
 * The roles of each of these accounts. To be read after the epochs of the accounts: whoever changes what a role grants raises
 * them afterwards, so that what was read before is never taken for new.
 */
export async function heldRoles(
  tx: EntityManager,
  users: readonly { readonly id: UserId; readonly roles: readonly string[] }[],
): Promise<(id: UserId) => HeldRoles> {
  const named = [...new Set(users.flatMap(({ roles }) => roles.filter(isAppRole)))];
  const rows = await tx.query<Found[]>(held, [named, users.map(({ id }) => id)]);
  const known = new Map(rows.filter((row) => row.user_id === null).map((row) => [row.name, row.permissions]));
  const found = new Map<UserId, HeldRole[]>(
    users.map((user) => [user.id, user.roles.flatMap((name) => everywhere(name, known))]),
  );
  for (const { user_id, licence_id, name, permissions } of rows) {
    if (user_id !== null) found.get(user_id)?.push({ name, permissions, licenceId: licence_id });
  }
  return (id) => new HeldRoles(found.get(id) ?? []);
}

function everywhere(name: string, known: ReadonlyMap<string, string[]>): HeldRole[] {
  const permissions = isAppRole(name) ? known.get(name) : permissionsOf([name]);
  return permissions === undefined ? [] : [{ name, permissions, licenceId: null }];
}
