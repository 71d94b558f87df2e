import type { EntityManager } from 'typeorm';
import type { Change } from '../audit/changes.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { momentInWords } from '../mail/templates.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import type { ClientReader } from '../sessions/client.js';
import type { Addressee, NotMe } from './credential-letters.js';

/** Where somebody came from, as the person is told. */
export interface SeenFrom {
  readonly userAgent: string;
  readonly address: string;
}

/** What the letters are made of. */
export interface BrowserLettersParts {
  readonly mail: Pick<MailOutbox, 'sends' | 'enqueue'>;
  readonly notMe: Pick<IssuedTokens<NotMe>, 'issue'>;
  readonly clients: Pick<ClientReader, 'describe'>;
  readonly publicUrl: string;
}

/**
 * Tells people of the browsers their account is used from, each letter with a link to say that it was somebody else. Queues
 * nothing where this server sends no mail.
 */
export class BrowserLetters {
  readonly #parts: BrowserLettersParts;

  constructor(parts: BrowserLettersParts) {
    this.#parts = parts;
  }

  /** Whether this server sends any. */
  get sends(): boolean {
    return this.#parts.mail.sends;
  }

  /** Somebody has signed in from a browser the person never signed in from before. */
  async newBrowser(tx: EntityManager, user: Addressee, seen: SeenFrom, at: Date): Promise<void> {
    if (!this.sends) return;
    const { browser, os } = this.#parts.clients.describe(seen.userAgent);
    const values = { when: momentInWords(at), from: `${browser} on ${os}, address ${seen.address}` };
    const link = await this.#link(tx, user, 'new-browser');
    await this.#parts.mail.enqueue(tx, { to: user.email, template: 'new-browser', values: { ...values, link } });
  }

  /** A cookie of a remembered browser was shown after it had been replaced. */
  async usedTwice(
    change: Change,
    user: Addressee,
    remembered: { readonly browser: string; readonly os: string },
  ): Promise<void> {
    if (!this.sends) return;
    const values = {
      browser: `${remembered.browser} on ${remembered.os}`,
      when: momentInWords(change.now),
      address: change.by.caller?.address ?? 'unknown',
      link: await this.#link(change.tx, user, 'remembered-reused'),
    };
    await this.#parts.mail.enqueue(change.tx, { to: user.email, template: 'remembered-reused', values });
  }

  async #link(tx: EntityManager, { id, email, verified }: Addressee, kind: string): Promise<string> {
    const data = { kind, before: verified ? email : null };
    const { secret } = await this.#parts.notMe.issue(tx, { userId: id, data });
    return `${this.#parts.publicUrl}/auth/not-me#${secret}`;
  }
}
