import type { EntityManager } from 'typeorm';
import { type By, personBehind } from '../audit/audit-log.js';
import type { Change } from '../audit/changes.js';
import type { UserId } from '../kernel/ids.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { momentInWords } from '../mail/templates.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import type { ClientReader } from '../sessions/client.js';

/** Each way credentials change, and what the person is told of it; null: another letter tells it. */
const inWords = {
  'password-changed': 'The password of your account was changed.',
  'password-reset': 'The password of your account was set anew, with a link that was sent to this address.',
  'reset-started': null,
  'not-me': null,
  'address-changed': 'The e-mail address of your account was changed.',
  'username-changed': 'The user name of your account was changed.',
  'factor-added': 'A way to sign in was added to your account.',
  'factor-removed': 'A way to sign in was removed from your account.',
  'recovery-codes-made': 'New recovery codes were made for your account. The ones before are worth nothing any more.',
  'recovery-used': 'Somebody signed in to your account with a recovery code.',
  'signed-out-everywhere': 'Your account was signed out everywhere.',
} as const;

/** A way in which credentials change. */
export type CredentialKind = keyof typeof inWords;

/** What a "this was not me" link is about: the change, and the address the account had before it, if that was confirmed. */
export type NotMe = { readonly kind: string; readonly before: string | null };

/** Whom a letter is for. */
export interface Addressee {
  readonly id: UserId;
  readonly email: string;
  readonly verified: boolean;
}

/** What the letters are made of. */
export interface CredentialLettersParts {
  readonly mail: Pick<MailOutbox, 'sends' | 'enqueue'>;
  readonly notMe: Pick<IssuedTokens<NotMe>, 'issue'>;
  readonly clients: Pick<ClientReader, 'describe'>;
  readonly publicUrl: string;
}

/** Tells people what was done with their credentials, each letter with a link to say that it was somebody else. */
export class CredentialLetters {
  readonly #parts: CredentialLettersParts;

  constructor(parts: CredentialLettersParts) {
    this.#parts = parts;
  }

  /** Queues the letter of a change, also to the address before. Nothing where this server sends no mail. */
  async tell(
    change: Change,
    user: Addressee,
    news: {
      readonly kind: CredentialKind;
      readonly detail?: string | undefined;
      readonly before?: string | undefined;
    },
  ): Promise<void> {
    const told = inWords[news.kind];
    const { mail } = this.#parts;
    if (told === null || !mail.sends) return;
    for (const to of news.before === undefined ? [user.email] : [user.email, news.before]) {
      const values = {
        what: news.detail === undefined ? told : `${told} It is about: ${news.detail}.`,
        when: momentInWords(change.now),
        from: this.whence(change.by, user.id),
        link: await this.notMeLink(change.tx, user, news.kind, news.before),
      };
      await mail.enqueue(change.tx, { to, template: 'credentials-changed', values });
    }
  }

  /** A new link to say that something was done by somebody else. `before`: the address before, where it was changed. */
  async notMeLink(tx: EntityManager, user: Addressee, kind: string, before?: string): Promise<string> {
    const { notMe, publicUrl } = this.#parts;
    // An address that was never confirmed may be a stranger's.
    const data = { kind, before: before ?? (user.verified ? user.email : null) };
    const { secret } = await notMe.issue(tx, { userId: user.id, data });
    return `${publicUrl}/auth/not-me#${secret}`;
  }

  /** From which browser and address something was done, for the person it was done to. */
  whence(by: By, userId: UserId): string {
    const person = personBehind(by);
    const others = by.actor === 'system' || (person !== undefined && person !== userId);
    if (others || by.caller === null) return 'the people who run this service';
    const { browser, os } = this.#parts.clients.describe(by.caller.userAgent ?? '');
    return `${browser} on ${os}, address ${by.caller.address ?? 'unknown'}`;
  }
}
