import type { By } from '../audit/audit-log.js';
import type { Changed, Changes } from '../audit/changes.js';
import type { LicenceId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { MemberService } from '../licences/member-service.js';
import { type AccountService, withTakenNamed } from './account-service.js';
import type { ImportedUser } from './import-list.js';

/** What became of one person: `exists` when an account has the address, which is then left as it is. */
export type ImportOutcome = 'created' | 'exists';

/** What a UserImport is made of. */
export interface UserImportParts {
  readonly changes: Changes;
  readonly accounts: Pick<AccountService, 'insert'>;
  readonly members: Pick<MemberService, 'addWithin'>;
}

/** Takes over accounts from another system with the hashes it stored; each is renewed at the person's next sign-in. */
export class UserImport {
  readonly #parts: UserImportParts;

  constructor(parts: UserImportParts) {
    this.#parts = parts;
  }

  /**
   * Makes the account and its memberships, all or nothing; with `dry`, nothing, and the answer is what it would be. Throws
   * `already-exists` when another account has the user name.
   */
  async take(
    user: ImportedUser,
    licenceIds: readonly LicenceId[],
    by: By,
    dry: boolean,
  ): Promise<Changed<ImportOutcome>> {
    try {
      return await withTakenNamed(() => this.#make(user, licenceIds, by, dry));
    } catch (error) {
      if (error instanceof TakenBack) return { result: 'created', reached: 'applied' };
      if (!(error instanceof Problem) || error.members['pointer'] !== '/email') throw error;
      return { result: 'exists', reached: 'applied' };
    }
  }

  #make(
    { passwordHash, licences: _licences, line: _line, ...given }: ImportedUser,
    licenceIds: readonly LicenceId[],
    by: By,
    dry: boolean,
  ): Promise<Changed<ImportOutcome>> {
    const { changes, accounts, members } = this.#parts;
    return changes.make<ImportOutcome>(by, async (change) => {
      const { id } = await accounts.insert(change, given, passwordHash);
      for (const licenceId of licenceIds) await members.addWithin(change, licenceId, [{ userId: id }], 'everything');
      if (dry) throw new TakenBack();
      return 'created';
    });
  }
}

/** Ends a transaction that was only a trial. */
class TakenBack extends Error {}
