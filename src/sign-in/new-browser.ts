import type { DataSource } from 'typeorm';
import type { BrowserLetters, SeenFrom } from '../accounts/browser-letters.js';
import type { User } from '../accounts/user-repository.js';
import type { Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { Log } from '../platform/log.js';
import { inTransaction } from '../platform/postgres.js';
import type { Entered } from './entrance.js';
import { deviceCookie, type KnownBrowsers } from './known-browser.js';
import type { SignInLog } from './sign-in-log.js';

/** How many people are told of within how long: somebody who clears the cookies all the time is not flooded with mail. */
const most = 3;
const withinMs = 10 * 60_000;
/** The first sign-in of an account is news to nobody while the account is so young. Of an older one the log may be gone. */
const youngMs = 30 * 86_400_000;

/** How many may wait to be told, in memory. */
const mostWaiting = 5_000;
const earlier = "WHERE user_id = $1 AND outcome = 'signed-in' AND ref <> $2";

/** What the notice is made of. */
export interface NewBrowserNoticeParts {
  readonly dataSource: DataSource;
  readonly browsers: Pick<KnownBrowsers, 'wasOf'>;
  readonly signIns: Pick<SignInLog, 'settled'>;
  readonly letters: Pick<BrowserLetters, 'sends' | 'newBrowser'>;
  readonly mail: Pick<MailOutbox, 'countSince'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells people of sign-ins from browsers and programs that their account was not used from before (ASVS 6.3.5). It is decided
 * from the sign-in log and like it written behind the answer: a sign-in waits for no row. A stop waits for both; a server
 * that dies takes the entries and notices of its last moments with it.
 */
export class NewBrowserNotice {
  readonly #parts: NewBrowserNoticeParts;
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: NewBrowserNoticeParts) {
    this.#parts = parts;
  }

  /** Begins to tell of a sign-in, if there is anything to tell. Neither waits nor throws. */
  tell({ user, seated, knownBrowser }: Entered, caller: Caller): void {
    if (knownBrowser || !this.#parts.letters.sends) return;
    const { delivery, ref } = seated.session;
    // What cannot keep a cookie, and a browser from before a change of credentials, are known by where they come from.
    const knownByPlace = delivery === 'bearer' || this.#parts.browsers.wasOf(user.id, caller.cookie(deviceCookie));
    const seen = { userAgent: caller.userAgent, address: caller.address };
    const failed = (err: unknown) => this.#parts.log.error({ err, ref }, 'nobody could be told of a new browser');
    if (this.#waiting >= mostWaiting) {
      failed(new Error('too many wait to be told'));
      return;
    }
    this.#waiting += 1;
    // One after the other: a class that signs in at once must not wait for connections because of this.
    this.#writing = this.#writing
      .then(() => this.#write(user, seen, ref, knownByPlace))
      .catch(failed)
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** Resolves when nothing is being written. For tests and for shutting down. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(user: User, seen: SeenFrom, ref: string, knownByPlace: boolean): Promise<void> {
    const { dataSource, signIns, letters, mail, clock } = this.#parts;
    await signIns.settled();
    await inTransaction(dataSource, async (tx) => {
      const now = clock.nowMs();
      // Nor do several servers each find that little has been written.
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`new-browser:${user.id}`]);
      const [before] = await tx.query<{ any: boolean; here: boolean }[]>(
        `SELECT EXISTS (SELECT 1 FROM sign_ins ${earlier}) AS any,
           EXISTS (SELECT 1 FROM sign_ins ${earlier} AND address = $3 AND user_agent = $4) AS here`,
        [user.id, ref, seen.address, seen.userAgent.slice(0, 512)],
      );
      if (before?.any !== true && now - user.createdOn.getTime() < youngMs) return;
      if (knownByPlace && before?.here === true) return;
      if ((await mail.countSince(tx, user.email, ['new-browser'], new Date(now - withinMs))) >= most) return;
      await letters.newBrowser(tx, user, seen, new Date(now));
    });
  }
}
