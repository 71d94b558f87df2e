import type { StepUpGuard } from '../access/step-up-guard.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Actor, Caller } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import { requireVersion } from '../kernel/version.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { AccountLetters, AccountLinks } from './account-letters.js';
import type { AccountRequests } from './account-requests.js';
import { type AccountService, withTakenNamed } from './account-service.js';
import type { CredentialChange } from './credential-change.js';
import { identifierKey } from './identifier.js';
import type { SignInUser, User, UserRepository } from './user-repository.js';

const dayMs = 86_400_000;
/** How fresh a sign-in must be for what changes the account, in seconds. */
const freshly = { maxAgeSeconds: 900 };

/** An account as its holder sees it. */
export interface OwnAccountView {
  readonly user: User;
  /** The address it is to get, once that has been confirmed. */
  readonly pendingEmail: string | null;
}

/** What became of one side of a change of address. */
export type AddressConfirmed = { readonly changed: boolean; readonly waitingFor: 'old' | 'new' | null };

/** Counts what somebody asks for who is signed in. Throws `too-many-attempts`, and StoreUnavailable. */
export type PersonLimit = (userId: UserId) => Promise<void>;

/** What an OwnAccount is made of. */
export interface OwnAccountParts {
  readonly changes: Changes;
  readonly users: UserRepository;
  readonly accounts: Pick<AccountService, 'write' | 'endings'>;
  readonly credentials: Pick<CredentialChange, 'confirmPresent' | 'changed'>;
  readonly requests: Pick<AccountRequests, 'add'>;
  readonly letters: Pick<AccountLetters, 'leaving' | 'removed'>;
  readonly links: Pick<AccountLinks, 'changeEmail' | 'keepAccount'>;
  readonly mail: Pick<MailOutbox, 'sends' | 'require'>;
  readonly limit: PersonLimit;
  readonly stepUps: Pick<StepUpGuard, 'require'>;
  /** For how long an account that was given up can be taken back. */
  readonly graceDays: number;
}

/** What people do with their own account. */
export class OwnAccount {
  readonly #parts: OwnAccountParts;

  constructor(parts: OwnAccountParts) {
    this.#parts = parts;
  }

  /** The account. Throws `not-found` when it was removed in this moment. */
  async get(actor: Actor): Promise<OwnAccountView> {
    const { users, links } = this.#parts;
    const user = await users.find(actor.person.id);
    if (user === null) throw new Problem('not-found');
    const [side] = await links.changeEmail.list(user.id);
    return { user, pendingEmail: side?.data.email ?? null };
  }

  /**
   * Changes what is given, and the sessions learn of it. A user name is what somebody signs in with: it wants a fresh sign-in,
   * and another one is told by mail (ASVS 6.3.7). Throws `already-exists`, `stale-version`, `step-up-required`.
   */
  async patch(
    actor: Actor,
    caller: Caller,
    given: { name?: string | null | undefined; username?: string | null | undefined; version?: number | undefined },
  ): Promise<Changed<OwnAccountView>> {
    const { changes, accounts, credentials, stepUps } = this.#parts;
    if (given.username !== undefined) await stepUps.require(actor, freshly);
    const changed = await withTakenNamed(() =>
      changes.make({ actor, caller }, async (change) => {
        const user = await this.#locked(change, actor);
        requireVersion(user, given.version);
        const next = await accounts.write(change, user, { name: given.name, username: given.username });
        if (next.username === user.username) return next;
        return credentials.changed(change, next, { kind: 'username-changed', keep: 'all' });
      }),
    );
    return { ...changed, result: await this.get(actor) };
  }

  /**
   * Asks for another address. It is taken when both sides have followed their links; the new one alone while the present
   * one was never confirmed. The answer is alike whether or not the new one has an account (ASVS 6.3.8). Throws
   * `invalid-credentials`, `mail-not-set-up`, `too-many-attempts`.
   */
  async changeEmail(actor: Actor, caller: Caller, email: string, password: string | undefined): Promise<void> {
    const { mail, limit, requests } = this.#parts;
    mail.require();
    const user = await this.#confirmed(actor, password);
    if (identifierKey(email) === identifierKey(user.email)) throw invalid('/email', 'must not be the present address');
    await limit(user.id);
    await requests.add('change-email', email, { userId: user.id }, caller);
  }

  /** Uses the link of one side. Of two at once each counts. Throws `invalid-code`, and `already-exists`. */
  async confirmEmail(token: string, caller: Caller): Promise<Changed<AddressConfirmed>> {
    const { links, users, changes, accounts } = this.#parts;
    const userId = (await links.changeEmail.find(token))?.userId;
    if (userId == null) throw new Problem('invalid-code');
    return withTakenNamed(() =>
      changes.make({ actor: null, caller }, async (change): Promise<AddressConfirmed> => {
        const user = await users.lock(change.tx, userId);
        const used = await links.changeEmail.use(change.tx, token);
        if (used === null || user === null || user.disabledAt !== null) throw new Problem('invalid-code');
        const { side, email, last } = used.data;
        if (!last) {
          const others = await links.changeEmail.list(userId, change.tx);
          const other = others.find((one) => one.data.side !== side && one.data.email === email);
          if (other === undefined) throw new Problem('invalid-code');
          await links.changeEmail.change(change.tx, other.id, { ...other.data, last: true });
          return { changed: false, waitingFor: other.data.side };
        }
        await accounts.write(change, user, { email, verified: true });
        return { changed: true, waitingFor: null };
      }),
    );
  }

  /** Ends every session of the person, this one too, every remembered browser, and what else was issued before. */
  async signOutEverywhere(actor: Actor, caller: Caller): Promise<Changed<void>> {
    const { changes, credentials } = this.#parts;
    return changes.make({ actor, caller }, async (change) => {
      await credentials.changed(change, await this.#locked(change, actor), { kind: 'signed-out-everywhere' });
    });
  }

  /**
   * Gives the account up: its sessions end and nobody can sign in with it; it is removed when the time of grace is over. A
   * letter tells how to keep it, or, without such a time, that it is gone. Throws `invalid-credentials`, and `invalid-request` for the last administrator.
   */
  async leave(actor: Actor, caller: Caller, password: string | undefined): Promise<Changed<void>> {
    const { changes, accounts, letters, mail, graceDays } = this.#parts;
    await this.#confirmed(actor, password);
    return changes.make({ actor, caller }, async (change) => {
      const user = await this.#locked(change, actor);
      if (graceDays === 0) {
        await accounts.endings.erase(change, user);
        if (mail.sends) await letters.removed(change, user);
        return;
      }
      const deletesAt = new Date(change.now.getTime() + graceDays * dayMs);
      await accounts.endings.shut(change, user, 'user.given-up', deletesAt);
      if (mail.sends) await letters.leaving(change, user, deletesAt);
    });
  }

  /** Uses the link that keeps an account which was given up. Throws `invalid-code`. */
  async keep(token: string, caller: Caller): Promise<void> {
    const { links, users, changes, accounts } = this.#parts;
    const userId = (await links.keepAccount.find(token))?.userId;
    if (userId == null) throw new Problem('invalid-code');
    await changes.make({ actor: null, caller }, async (change) => {
      const user = await users.lock(change.tx, userId);
      const used = await links.keepAccount.use(change.tx, token);
      if (used === null || user === null || user.deletesAt === null) throw new Problem('invalid-code');
      await accounts.endings.open(change, user);
    });
  }

  /** The account, once its password was given; one without a password wants a fresh sign-in instead. */
  async #confirmed(actor: Actor, password: string | undefined): Promise<SignInUser> {
    if (password !== undefined) return this.#parts.credentials.confirmPresent(actor, password);
    const user = await this.#parts.users.findWithPassword(actor.person.id);
    if (user === null) throw new Problem('not-found');
    if (user.passwordHash !== null) throw invalid('/password', 'is needed: the present password of your account');
    await this.#parts.stepUps.require(actor, freshly);
    return user;
  }

  async #locked(change: Change, actor: Actor): Promise<SignInUser> {
    const user = await this.#parts.users.lock(change.tx, actor.person.id);
    if (user === null || user.disabledAt !== null) throw new Problem('not-found');
    return user;
  }
}
