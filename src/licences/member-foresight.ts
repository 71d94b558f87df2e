import type { EntityManager } from 'typeorm';
import { isStaff } from '../access/roles.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { Visibility } from '../kernel/visibility.js';

/** What became, or would become, of each address. */
export interface AddedLine {
  readonly email: string;
  readonly result: 'added' | 'already-member' | 'no-such-user' | 'cannot-be-added';
  readonly userId: UserId | null;
}

interface Known {
  readonly id: UserId;
  readonly roles: readonly string[];
  readonly member: boolean;
}

/**
 * What would become of each of these addresses if they were added now. Writes nothing, and holds nothing up. Who does not see
 * everything learns the id of nobody who is no member yet: the audit log would hold nothing of their having asked.
 */
export async function foreseeMembers(
  tx: EntityManager,
  accounts: { idsByEmail(tx: EntityManager, emails: readonly string[]): Promise<Map<string, UserId>> },
  into: { readonly licenceId: LicenceId; readonly visible: Visibility },
  emails: readonly string[],
): Promise<AddedLine[]> {
  const ids = await accounts.idsByEmail(tx, emails);
  const rows = await tx.query<Known[]>(
    `SELECT u.id, u.roles, EXISTS (SELECT 1 FROM members m WHERE m.licence_id = $1 AND m.user_id = u.id) AS member
     FROM users u WHERE u.id = ANY($2)`,
    [into.licenceId, [...new Set(ids.values())]],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return emails.map((email) => {
    const userId = ids.get(email);
    const account = userId === undefined ? undefined : known.get(userId);
    if (account === undefined) return { email, result: 'no-such-user', userId: null };
    const seesAll = into.visible === 'everything';
    if (!seesAll && isStaff(account.roles)) return { email, result: 'cannot-be-added', userId: null };
    if (account.member) return { email, result: 'already-member', userId: account.id };
    return { email, result: 'added', userId: seesAll ? account.id : null };
  });
}
