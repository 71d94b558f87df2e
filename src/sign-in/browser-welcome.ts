import type { RememberedBrowsers } from '../accounts/remembered-browsers.js';
import type { Caller } from '../kernel/actor.js';
import type { CookieInstruction } from '../kernel/route.js';
import type { Entered, Welcome } from './entrance.js';
import type { NewBrowserNotice } from './new-browser.js';

/** Remembers the browsers of those who want that, and tells people of browsers they never signed in from before. */
export class BrowserWelcome implements Welcome {
  readonly #remembered: Pick<RememberedBrowsers, 'remember' | 'forgetShown'>;
  readonly #notice: Pick<NewBrowserNotice, 'tell'>;

  constructor(
    remembered: Pick<RememberedBrowsers, 'remember' | 'forgetShown'>,
    notice: Pick<NewBrowserNotice, 'tell'>,
  ) {
    this.#remembered = remembered;
    this.#notice = notice;
  }

  /**
   * What the browser was remembered by before is gone in either case: on a computer that is shared, whoever signs in next
   * must not be followed by the one before.
   */
  async remember({ user, seated }: Entered, wanted: boolean, caller: Caller): Promise<readonly CookieInstruction[]> {
    const gone = await this.#remembered.forgetShown(caller);
    if (!wanted) return gone;
    const { ref, amr, authenticatedAtMs } = seated.session;
    const held = { ref, amr, authenticatedAtMs, licenceId: seated.licence?.id ?? null };
    return [await this.#remembered.remember(user.id, held, caller)];
  }

  /** See Welcome. */
  tell(entered: Entered, caller: Caller): void {
    this.#notice.tell(entered, caller);
  }
}
