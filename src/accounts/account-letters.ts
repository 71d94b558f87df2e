import type { Change } from '../audit/changes.js';
import type { UserId } from '../kernel/ids.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { momentInWords } from '../mail/templates.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import { addressId } from './address-id.js';
import type { CredentialLetters } from './credential-letters.js';
import type { LetterLimits } from './letter-limits.js';
import type { User } from './user-repository.js';

/** How long a link to a new password is good, in minutes (ASVS 6.5.5). */
export const resetMinutes = 30;

/** An account that is made when its address has been confirmed. */
export type PendingRegistration = {
  readonly email: string;
  readonly name: string | null;
  readonly passwordHash: string;
  /** When and from where it was asked for, as the letter tells it. */
  readonly when: string;
  readonly from: string;
};

/** The address a link was sent to, which must still be the account's. */
export type SentTo = { readonly email: string };

/** One side of a change of address. */
export type AddressSide = {
  readonly side: 'old' | 'new';
  /** The address to be. */
  readonly email: string;
  /** Whether nothing but this side is missing. */
  readonly last: boolean;
};

/** The links that letters carry, one kind of secret for each. */
export interface AccountLinks {
  readonly registration: IssuedTokens<PendingRegistration>;
  readonly verifyEmail: IssuedTokens<SentTo>;
  readonly reset: IssuedTokens<SentTo>;
  readonly changeEmail: IssuedTokens<AddressSide>;
  readonly keepAccount: IssuedTokens<null>;
}

/** A second factor that is still there, as a letter tells it. */
export interface FactorLeft {
  /** In words: `passkey`. */
  readonly kind: string;
  readonly name: string;
  readonly since: Date;
}

/** What the letters are made of. */
export interface AccountLettersParts {
  readonly mail: Pick<MailOutbox, 'enqueue'>;
  readonly limits: Pick<LetterLimits, 'admits' | 'askerOf'>;
  readonly links: AccountLinks;
  readonly credentials: Pick<CredentialLetters, 'whence' | 'notMeLink'>;
  readonly publicUrl: string;
}

/**
 * The letters about accounts, each with its link, within LetterLimits: what is beyond them is left out without a word. Links lead to `PUBLIC_URL`
 * and nowhere else, whatever a request says of its host.
 */
export class AccountLetters {
  readonly #parts: AccountLettersParts;

  constructor(parts: AccountLettersParts) {
    this.#parts = parts;
  }

  /** To an address without an account: the link that makes it. */
  async registration(change: Change, email: string, account: { name: string | null; passwordHash: string }, at: Date) {
    if (!(await this.#parts.limits.admits(change, email, ['registration', 'account-exists']))) return;
    const told = { when: momentInWords(at), from: this.#whence(change, addressId(email)) };
    await this.#sendRegistration(change, { email, ...account, ...told });
  }

  /** Once more to an address without an account; the link before is worth nothing then. */
  async registrationAgain(change: Change, { id, data }: { id: string; data: PendingRegistration }): Promise<void> {
    const { email } = data;
    if (!(await this.#parts.limits.admits(change, email, ['registration', 'account-exists']))) return;
    await this.#parts.links.registration.revokeOne(change.tx, addressId(email), id);
    await this.#sendRegistration(change, data);
  }

  /** To somebody who has an account, although somebody asks for one. */
  async accountExists(change: Change, user: User, at: Date): Promise<void> {
    if (!(await this.#parts.limits.admits(change, user.email, ['registration', 'account-exists']))) return;
    const values = { ...this.#asker(change), when: momentInWords(at), from: this.#whence(change, user.id) };
    await this.#parts.mail.enqueue(change.tx, { to: user.email, template: 'account-exists', values });
  }

  /** To an account whose address has not been confirmed. */
  async verifyEmail(change: Change, { id: userId, email }: User): Promise<void> {
    const { mail, links } = this.#parts;
    if (!(await this.#parts.limits.admits(change, email, ['verify-email']))) return;
    await links.verifyEmail.revokeAll(change.tx, userId);
    const { secret } = await links.verifyEmail.issue(change.tx, { userId, data: { email } });
    const values = { ...this.#asker(change), link: this.#link('/auth/verify-email', secret) };
    await mail.enqueue(change.tx, { to: email, template: 'verify-email', values });
  }

  /** To somebody who has forgotten the password. */
  async forgotten(change: Change, user: User): Promise<void> {
    if (!(await this.#parts.limits.admits(change, user.email, ['password-reset']))) return;
    await this.reset(change, user, 'Somebody, you we hope, asked for a new password for your account.');
  }

  /** A link to a new password, and no other is good any more. `why` is the letter's first sentence. */
  async reset(change: Change, { id: userId, email }: User, why: string): Promise<void> {
    const link = await this.#resetLink(change, userId, email);
    const values = { ...this.#asker(change), why, link, minutes: `${resetMinutes}` };
    await this.#parts.mail.enqueue(change.tx, { to: email, template: 'password-reset', values });
  }

  /** The same to somebody who has said that a change was not made by them, with the second factors that are still there. */
  async afterNotMe(change: Change, { id: userId, email }: User, left: readonly FactorLeft[]): Promise<void> {
    const link = await this.#resetLink(change, userId, email);
    const values = { link, minutes: `${resetMinutes}`, factors: factorsInWords(left) };
    await this.#parts.mail.enqueue(change.tx, { to: email, template: 'not-me-done', values });
  }

  /**
   * To both sides of a change of address; to the new one alone while the present one was never confirmed. Whether the new
   * one is `taken` shows nowhere but in what is sent there.
   */
  async changeEmail(change: Change, user: User, email: string, taken: User | null, at: Date): Promise<void> {
    const { mail, links } = this.#parts;
    const { id: userId } = user;
    if (!(await this.#parts.limits.admits(change, user.email, ['address-old']))) return;
    const mayWrite = await this.#parts.limits.admits(change, email, ['address-new', 'account-exists', 'registration']);
    await links.changeEmail.revokeAll(change.tx, userId);
    const sides = user.verified ? (['new', 'old'] as const) : (['new'] as const);
    for (const side of sides) {
      const data: AddressSide = { side, email, last: sides.length === 1 };
      const { secret } = await links.changeEmail.issue(change.tx, { userId, data });
      const link = this.#link('/auth/account/email/confirm', secret);
      if (side === 'old') {
        const told = { address: email, when: momentInWords(at), from: this.#whence(change, userId), link };
        const values = { ...this.#asker(change), ...told };
        await mail.enqueue(change.tx, { to: user.email, template: 'address-old', values });
      } else if (taken === null && mayWrite) {
        await mail.enqueue(change.tx, { to: email, template: 'address-new', values: { ...this.#asker(change), link } });
      }
    }
    if (taken !== null) await this.accountExists(change, taken, at);
  }

  /** To somebody who gives the account up: how to keep it, and what to do when it was somebody else. */
  async leaving(change: Change, user: User, until: Date): Promise<void> {
    const { mail, links, credentials } = this.#parts;
    const { id: userId, email } = user;
    await links.keepAccount.revokeAll(change.tx, userId);
    const lifeMs = until.getTime() - change.now.getTime();
    const { secret } = await links.keepAccount.issue(change.tx, { userId, data: null, lifeMs });
    const values = {
      ...{ until: momentInWords(until), when: momentInWords(change.now), from: this.#whence(change, userId) },
      link: this.#link('/auth/account/keep', secret),
      notMe: await credentials.notMeLink(change.tx, user, 'given-up'),
    };
    await mail.enqueue(change.tx, { to: email, template: 'account-leaving', values });
  }

  /** To somebody whose account was removed at once: nothing can be taken back. */
  async removed(change: Change, { id: userId, email }: User): Promise<void> {
    const values = { when: momentInWords(change.now), from: this.#whence(change, userId) };
    await this.#parts.mail.enqueue(change.tx, { to: email, template: 'account-removed', values });
  }

  async #resetLink({ tx }: Change, userId: UserId, email: string): Promise<string> {
    const { reset } = this.#parts.links;
    await reset.revokeAll(tx, userId);
    const { secret } = await reset.issue(tx, { userId, data: { email } });
    return this.#link('/auth/password/reset', secret);
  }

  async #sendRegistration(change: Change, data: PendingRegistration): Promise<void> {
    const { mail, links } = this.#parts;
    const { email, when, from } = data;
    const { secret } = await links.registration.issue(change.tx, { userId: addressId(email), data });
    const values = { ...this.#asker(change), when, from, link: this.#link('/auth/verify-email', secret) };
    await mail.enqueue(change.tx, { to: email, template: 'registration', values });
  }

  #asker({ by }: Change): { readonly asker: string } {
    return { asker: this.#parts.limits.askerOf(by) };
  }

  #whence(change: Change, userId: UserId): string {
    return this.#parts.credentials.whence(change.by, userId);
  }

  #link(path: string, secret: string): string {
    return `${this.#parts.publicUrl}${path}#${secret}`;
  }
}

function factorsInWords(left: readonly FactorLeft[]): string {
  if (left.length === 0) return 'Your account has no second factor now.';
  const each = left.map(({ kind, name, since }) => `${kind} “${name}” (since ${momentInWords(since)})`);
  return (
    `These second factors were there before that change, so they stay and are asked for when you sign in: ${each.join('; ')}. ` +
    'If one of them is not yours, follow the link in the message that told you of it. If you have none, or it is too old, ' +
    'ask the people who run this service to remove it.'
  );
}
