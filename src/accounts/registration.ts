import type { Change, Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import { invalid, Problem } from '../kernel/problem.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { PasswordHasher } from '../platform/password-hash.js';
import type { AccountLinks } from './account-letters.js';
import type { AccountRequests } from './account-requests.js';
import { type AccountService, withTakenNamed } from './account-service.js';
import { identifierKey } from './identifier.js';
import type { NewPasswords } from './new-passwords.js';
import type { User, UserRepository } from './user-repository.js';

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
  readonly comparer: Pick<PasswordHasher, 'verify'>;
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
 * Accounts that people make for themselves. Nothing exists until the address has been confirmed, with the password that was
 * chosen: who asks for an account with somebody else's address makes none, whoever follows the link.
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
   * the address. An account is made for whoever gives the password that was chosen for it: who merely follows the link of
   * somebody else's request makes none. Throws `invalid-code`, also after five wrong ones, `invalid-credentials`,
   * `invalid-request` when it is missing, `busy`, and `already-exists` when the address has got an account meanwhile.
   */
  async verify(token: string, password: string | undefined, caller: Caller): Promise<string> {
    const pending = await this.#parts.links.registration.find(token);
    const make = (work: (change: Change) => Promise<User>) =>
      withTakenNamed(() => this.#parts.changes.make({ actor: null, caller }, work));
    if (pending === null) return (await make((change) => this.#confirm(change, token))).result.email;
    await this.#requireOwner(token, password, pending.data.passwordHash);
    return (await make((change) => this.#insert(change, token))).result.email;
  }

  async #requireOwner(token: string, password: string | undefined, stored: string): Promise<void> {
    if (password === undefined) throw invalid('/password', 'is needed: the one that was chosen at registration');
    const { links, comparer } = this.#parts;
    const taken = async () => ((await links.registration.takeTry(token, mostTries)) === null ? 'refused' : 'go');
    const verdict = await comparer.verify(password, stored, taken);
    if (verdict === 'refused') throw new Problem('invalid-code');
    if (verdict === 'wrong') throw new Problem('invalid-credentials', undefined, wrongPassword);
  }

  async #insert(change: Change, token: string): Promise<User> {
    const { links, accounts } = this.#parts;
    const pending = await links.registration.use(change.tx, token);
    if (pending === null) throw new Problem('invalid-code');
    const { email, name, passwordHash } = pending.data;
    return accounts.insert(change, { email, name, roles: ['user'], verified: true }, passwordHash);
  }

  /** The account first, then the link, as everybody: so of two at once none waits for the other for ever. */
  async #confirm(change: Change, token: string): Promise<User> {
    const { links, users, accounts } = this.#parts;
    const userId = (await links.verifyEmail.find(token, change.tx))?.userId;
    const user = userId == null ? null : await users.lock(change.tx, userId);
    const sent = await links.verifyEmail.use(change.tx, token);
    const same = user !== null && identifierKey(sent?.data.email ?? '') === identifierKey(user.email);
    if (!same || user.disabledAt !== null) throw new Problem('invalid-code');
    return user.verified ? user : accounts.write(change, user, { verified: true });
  }
}

/** How often the password may be given for one link. */
const mostTries = 5;
const wrongPassword =
  'This is not the password that was chosen when the account was asked for. Try again, or register again.';

const closedBecause = {
  invitation: 'Accounts are made by invitation: ask whoever manages your licence for one.',
  closed: 'Accounts are made by the people who run this service: ask them for one.',
} as const;
