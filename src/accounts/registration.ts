import type { Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { AccountLinks } from './account-letters.js';
import type { AccountRequests } from './account-requests.js';
import { type AccountService, withTakenNamed } from './account-service.js';
import { identifierKey } from './identifier.js';
import type { NewPasswords } from './new-passwords.js';
import type { UserRepository } from './user-repository.js';

/** Who may make an account: everybody, those who are invited, or only staff. */
export type RegistrationPolicy = 'open' | 'invitation' | 'closed';

/** Counts what somebody asks for without an account. Throws `too-many-attempts`, and StoreUnavailable. */
export type RequestLimit = (caller: Caller) => Promise<void>;

/** What a Registration is made of. */
export interface RegistrationParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly accounts: Pick<AccountService, 'insert' | 'write'>;
  readonly hasher: Pick<NewPasswords, 'hash'>;
  readonly requests: Pick<AccountRequests, 'add'>;
  readonly links: Pick<AccountLinks, 'registration' | 'verifyEmail'>;
  readonly mail: Pick<MailOutbox, 'require'>;
  readonly limit: RequestLimit;
  readonly policy: RegistrationPolicy;
}

/** What somebody gives who wants an account. */
export interface Registrant {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
}

/**
 * Accounts that people make for themselves. Nothing exists until the address has been confirmed, and what is made then is
 * what was asked for with that very link: who asks for an account with somebody else's address makes none.
 */
export class Registration {
  readonly #parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /**
   * Asks for an account. What it costs and answers is alike whether or not the address has one (ASVS 6.3.8). Throws
   * `registration-closed`, `mail-not-set-up`, `too-many-attempts`, `invalid-request` for a password that is no good, `busy`.
   */
  async register({ email, password, name }: Registrant, caller: Caller): Promise<void> {
    const { policy, mail, limit, hasher, requests } = this.#parts;
    if (policy !== 'open') throw new Problem('registration-closed', undefined, closedBecause[policy]);
    mail.require();
    await limit(caller);
    const choice = { by: 'person', userId: null, about: { email, name }, pointer: '/password' } as const;
    const passwordHash = await hasher.hash(password, choice);
    await requests.add('register', email, { passwordHash, name: name ?? null }, caller);
  }

  /** Asks for the link that confirms an address once more. Alike whoever is named; throws as `register` does. */
  async resend(email: string, caller: Caller): Promise<void> {
    this.#parts.mail.require();
    await this.#parts.limit(caller);
    await this.#parts.requests.add('verify-email', email, null, caller);
  }

  /**
   * Uses the link that confirms an address: makes the account it is for, or marks the address of one as confirmed. Answers
   * the address. Throws `invalid-code`, and `already-exists` when the address has got an account meanwhile.
   */
  async verify(token: string, caller: Caller): Promise<string> {
    const { links, changes, accounts, users } = this.#parts;
    const by = { actor: null, caller };
    const changed = await withTakenNamed(() =>
      changes.make(by, async (change) => {
        const pending = await links.registration.use(change.tx, token);
        if (pending !== null) {
          const { email, name, passwordHash } = pending.data;
          return accounts.insert(change, { email, name, roles: ['user'], verified: true }, passwordHash);
        }
        const sent = await links.verifyEmail.use(change.tx, token);
        const user = sent === null || sent.userId === null ? null : await users.lock(change.tx, sent.userId);
        const same = user !== null && identifierKey(sent?.data.email ?? '') === identifierKey(user.email);
        if (!same || user.disabledAt !== null) throw new Problem('invalid-code');
        return user.verified ? user : accounts.write(change, user, { verified: true });
      }),
    );
    return changed.result.email;
  }
}

const closedBecause = {
  invitation: 'Accounts are made by invitation: ask whoever manages your licence for one.',
  closed: 'Accounts are made by the people who run this service: ask them for one.',
} as const;
