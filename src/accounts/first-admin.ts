import { isStaff, roleNames } from '../access/roles.js';
import { bySystem } from '../audit/audit-log.js';
import type { Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import { type AccountService, withTakenNamed } from './account-service.js';
import type { NewPasswords } from './new-passwords.js';
import type { PasswordChoice } from './password-rules.js';
import { lockStaffDecisions } from './staff-rules.js';
import type { User, UserRepository } from './user-repository.js';

/** How long a set-up link is good, in milliseconds. */
export const setUpLinkMs = 86_400_000;
const staffRoles = roleNames.filter((role) => isStaff([role]));

/** What a first start found or did. `token` is the secret of a set-up link, good for 24 hours and one use. */
export type FirstStart =
  | { readonly kind: 'staffed' }
  | { readonly kind: 'created'; readonly user: User }
  | { readonly kind: 'link'; readonly token: string };

/** What a FirstAdmin is made of. */
export interface FirstAdminParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly accounts: AccountService;
  readonly tokens: IssuedTokens<null>;
  readonly hasher: Pick<NewPasswords, 'hash'>;
}

/** Makes the first staff account: from settings, or by a one-time link. Both only while there is no staff account. */
export class FirstAdmin {
  readonly #parts: FirstAdminParts;

  constructor(parts: FirstAdminParts) {
    this.#parts = parts;
  }

  /**
   * Called at each start. With credentials and no staff account, creates an administrator; without, makes a set-up link.
   * Several processes may do it at once: one account is made. Throws `already-exists` when another account has the address.
   */
  async prepare(credentials: { email: string; password: string } | null): Promise<FirstStart> {
    const { changes, users, tokens, hasher } = this.#parts;
    const before = await changes.make(bySystem, ({ tx }) => users.anyWith(tx, staffRoles));
    if (before.result) return { kind: 'staffed' };
    const passwordHash = credentials === null ? null : await hasher.hash(credentials.password, handedOver(credentials));
    const changed = await changes.make<FirstStart>(bySystem, async (change) => {
      await lockStaffDecisions(change.tx);
      if (await users.anyWith(change.tx, staffRoles)) return { kind: 'staffed' };
      if (credentials === null) {
        const { secret } = await tokens.issue(change.tx, { userId: null, data: null });
        return { kind: 'link', token: secret };
      }
      const given = { email: credentials.email, roles: ['admin' as const] };
      const user = await withTakenNamed(() => this.#parts.accounts.insert(change, given, passwordHash));
      return { kind: 'created', user };
    });
    return changed.result;
  }

  /** Creates the administrator a set-up link is for, and uses the link up. Throws `invalid-code`, `already-exists`. */
  async setUp(
    given: { token: string; email: string; password: string; name?: string | undefined },
    caller: Caller,
  ): Promise<User> {
    const { changes, users, tokens, hasher, accounts } = this.#parts;
    // Before the hash is spent: nobody without a link costs us one.
    if ((await tokens.find(given.token)) === null) throw new Problem('invalid-code');
    const passwordHash = await hasher.hash(given.password, {
      by: 'person',
      userId: null,
      about: given,
      pointer: '/password',
    });
    const changed = await withTakenNamed(() =>
      changes.make({ actor: null, caller }, async (change) => {
        await lockStaffDecisions(change.tx);
        const used = await tokens.use(change.tx, given.token);
        if (used === null || (await users.anyWith(change.tx, staffRoles))) throw new Problem('invalid-code');
        await tokens.forget(change.tx);
        const { email, name } = given;
        return accounts.insert(change, { email, name, roles: ['admin'] }, passwordHash);
      }),
    );
    return changed.result;
  }
}

function handedOver({ email }: { email: string }): PasswordChoice {
  return { by: 'staff', userId: null, about: { email }, pointer: 'ADMIN_PASSWORD' };
}
