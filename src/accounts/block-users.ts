import type { By } from '../audit/audit-log.js';
import { abreast } from '../kernel/abreast.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { AccountService } from './account-service.js';

/** How many accounts are changed side by side: half of the connections to Postgres stay for everybody else. */
const atOnce = 5;

/** How a blocking of many went. */
export interface Blocked {
  readonly blocked: number;
  /** Whether some are disabled in Postgres and Redis has yet to be told. */
  readonly pending: boolean;
}

/**
 * Disables many accounts, each a change of its own that is audited. Those the caller may not disable (staff, without the
 * right to; the last administrator) are left as they are and not counted. Throws StoreUnavailable.
 */
export async function blockUsers(
  accounts: Pick<AccountService, 'disable'>,
  ids: readonly UserId[],
  by: By,
): Promise<Blocked> {
  let blocked = 0;
  let pending = false;
  await abreast(ids, atOnce, async (id) => {
    try {
      const { reached } = await accounts.disable(id, by);
      blocked += 1;
      pending ||= reached === 'pending';
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  });
  return { blocked, pending };
}
