import type { EntityManager } from 'typeorm';
import { isStaff } from '../access/roles.js';
import { type By, personBehind } from '../audit/audit-log.js';
import type { UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';

/** Any number that nothing else in the database locks: "staff" in ASCII. */
const staffLock = 0x7374616666;

/**
 * Lets one transaction at a time decide who is staff, until it ends: so that two that each remove one of the last two
 * cannot both succeed. Taken after the row of the account, and no row lock is waited for under it.
 */
export async function lockStaffDecisions(tx: EntityManager): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [staffLock]);
}

/** Throws `forbidden` when these roles hold staff rights and the caller may not decide about staff. The server itself may. */
export function requireMayTouch(by: By, roles: readonly string[]): void {
  if (!isStaff(roles) || by.actor === 'system') return;
  const allowed = by.actor !== null && 'permissions' in by.actor && by.actor.permissions.has('staff.write');
  if (!allowed) throw new Problem('forbidden', { permission: 'staff.write' });
}

/** Throws `invalid-request` when the caller is the account's own holder. */
export function requireOther(by: By, id: UserId, pointer: string, rule: string): void {
  if (personBehind(by) === id) throw invalid(pointer, rule);
}
