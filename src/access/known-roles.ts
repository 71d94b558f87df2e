import type { EntityManager } from 'typeorm';
import { invalid } from '../kernel/problem.js';
import { isAppRole } from './role-forms.js';

/** A role of an application, kept from being deleted until the transaction that asked for it ends. */
export interface KnownRole {
  readonly name: string;
  readonly managersMayGive: boolean;
}

const locked = `SELECT name, managers_may_give AS "managersMayGive" FROM app_roles
  WHERE name = ANY($1) AND deleted_at IS NULL ORDER BY name FOR KEY SHARE`;

/**
 * Those of the names that are roles of applications. Throws `invalid-request`, naming the place in the list at `pointer`,
 * when one is named that there is not.
 */
export async function knownRoles(
  tx: EntityManager,
  names: readonly string[],
  pointer: string,
): Promise<ReadonlyMap<string, KnownRole>> {
  const asked = names.filter(isAppRole);
  if (asked.length === 0) return new Map();
  const known = new Map((await tx.query<KnownRole[]>(locked, [asked])).map((role) => [role.name, role]));
  const unknown = names.findIndex((name) => isAppRole(name) && !known.has(name));
  if (unknown === -1) return known;
  throw invalid(`${pointer}/${unknown}`, 'must be the name of a role: GET /admin/api/roles lists them');
}
