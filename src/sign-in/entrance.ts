import type { SignInUser } from '../accounts/user-repository.js';
import type { Caller, Delivery } from '../kernel/actor.js';
import type { LicenceId } from '../kernel/ids.js';
import { invalid } from '../kernel/problem.js';
import { type CookieInstruction, JsonText, type OpenedSession, type Reply } from '../kernel/route.js';
import type { Log } from '../platform/log.js';
import { StoreRefusesWrites, StoreUnavailable } from '../platform/unavailable.js';
import type { SessionCheck } from '../sessions/check.js';
import type { Credential, SessionRef } from '../sessions/session-id.js';
import type { Proof, SessionStore, Uncounted } from '../sessions/store.js';
import type { Attempt } from './attempts.js';
import { deviceCookie, type KnownBrowsers } from './known-browser.js';
import type { Seated, Seating } from './seating.js';
import type { Withdrawals } from './withdrawals.js';

/** What a person wants of a full licence, or without taking one of its seats. */
export interface SeatWish {
  readonly whenFull?: { readonly end?: SessionRef | undefined } | undefined;
  readonly uncounted?: Uncounted | undefined;
}

/** What somebody who has been authenticated comes in with. */
export interface Entering extends SeatWish {
  readonly delivery: Delivery;
  readonly licenceId?: LicenceId | undefined;
  /** Whether this browser is to be remembered. */
  readonly remember: boolean;
  readonly proof: Proof;
  /** Since when the person waits for a seat, who comes with a ticket. */
  readonly sinceMs?: number;
  /** Set for a remembered browser that comes back: the session it held, which it does not present itself. */
  readonly resumes?: { readonly present: Credential | null };
}

/** Somebody who has just come in. */
export interface Entered {
  readonly user: SignInUser;
  readonly seated: Seated;
  readonly proof: Proof;
  /** Whether the person has signed in from this browser before. */
  readonly knownBrowser: boolean;
}

/** What is done for whoever has come in by a cookie, before the answer is sent. */
export interface Welcome {
  /** The cookies by which this browser is remembered from now on, if that is wanted, or is not any more. */
  remember(entered: Entered, wanted: boolean, caller: Caller): Promise<readonly CookieInstruction[]>;
  /** Tells the person of a browser or program that was not known. Neither waits nor throws. */
  tell(entered: Entered, caller: Caller): void;
}

/** What an Entrance is made of. */
export interface EntranceParts {
  readonly store: SessionStore;
  readonly check: SessionCheck;
  readonly seating: Seating;
  readonly withdrawals: Pick<Withdrawals, 'withdraw'>;
  readonly browsers: KnownBrowsers;
  readonly welcome: Welcome;
  readonly log: Log;
}

/** The last steps of every way in, for somebody who has been authenticated: a seat, the session, the reply that carries it. */
export class Entrance {
  readonly #parts: EntranceParts;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  /** Throws StoreUnavailable or StoreRefusesWrites: no hash is spent while its outcome could not be stored. */
  requireStore(): void {
    const { reachable, writesRefusedSinceMs } = this.#parts.store.health();
    if (!reachable) throw new StoreUnavailable('redis');
    if (writesRefusedSinceMs !== null) throw new StoreRefusesWrites();
  }

  /** A token in the body is for programs: in a browser, scripts could read it (ASVS 3.3.4). Throws `invalid-request`. */
  requireProgram(delivery: Delivery, caller: Caller): void {
    if (delivery !== 'bearer') return;
    if (caller.header('origin') === undefined && caller.header('sec-fetch-site') === undefined) return;
    throw invalid('/delivery', 'must be "cookie" in a browser');
  }

  /** Takes a seat and answers 200 with the session view. Throws what Seating throws. */
  async enter(user: SignInUser, entering: Entering, caller: Caller, attempt: Attempt): Promise<Reply> {
    attempt.userId = user.id;
    const present = this.#present(entering, caller);
    const seated = await this.#parts.seating.seat(user, {
      licenceId: entering.licenceId,
      give: entering.whenFull?.end ?? null,
      uncounted: entering.uncounted ?? null,
      waitingSinceMs: entering.sinceMs ?? null,
      delivery: entering.delivery,
      remember: entering.remember,
      proof: entering.proof,
      attemptId: attempt.id,
      requestId: caller.requestId,
      address: attempt.address,
      userAgent: caller.userAgent,
      present,
    });
    attempt.ref = seated.session.ref;
    attempt.licenceId = seated.licence?.id ?? null;
    if (present !== null) await this.#leave(present, seated, caller);
    if (entering.delivery === 'cookie') return this.#cookieReply(user, seated, entering, caller);
    this.#parts.welcome.tell({ user, seated, proof: entering.proof, knownBrowser: false }, caller);
    return this.#tokenReply(seated);
  }

  /** The session this browser holds already. */
  #present({ delivery, resumes }: Entering, caller: Caller): Credential | null {
    if (delivery === 'bearer') return null;
    return resumes?.present ?? this.#parts.check.presentedCookie(caller.header('cookie'));
  }

  async #cookieReply(user: SignInUser, seated: Seated, entering: Entering, caller: Caller): Promise<Reply> {
    const { browsers, welcome, check } = this.#parts;
    const device = browsers.deviceOf(user, caller.cookie(deviceCookie));
    const entered: Entered = { user, seated, proof: entering.proof, knownBrowser: device !== null };
    const cookies = [browsers.remember(user, device)];
    if (entering.resumes === undefined) {
      cookies.push(...(await this.#remembered(entered, entering.remember, caller)));
      welcome.tell(entered, caller);
    }
    const view = check.view(seated.session, seated.snapshot);
    return { status: 200, body: new JsonText(view), session: { bind: this.#opened(seated) }, cookies };
  }

  /** The person is in already: that the browser could not be remembered must not turn them away. */
  async #remembered(entered: Entered, wanted: boolean, caller: Caller): Promise<readonly CookieInstruction[]> {
    try {
      return await this.#parts.welcome.remember(entered, wanted, caller);
    } catch (err) {
      this.#parts.log.warn({ err, requestId: caller.requestId }, 'a browser could not be remembered');
      return [];
    }
  }

  #tokenReply(seated: Seated): Reply {
    const view = this.#parts.check.view(seated.session, seated.snapshot);
    const withToken = `${view.slice(0, -1)},"sessionToken":${JSON.stringify(seated.issued.signed)}}`;
    return { status: 200, body: new JsonText(withToken), session: { bind: this.#opened(seated) } };
  }

  /** The new session is open already: that the old one could not be ended must not take it away. */
  async #leave(present: Credential, seated: Seated, caller: Caller): Promise<void> {
    try {
      await this.#parts.seating.leave(present, seated.issued, caller);
    } catch (err) {
      this.#parts.log.warn(
        { err, requestId: caller.requestId },
        'the session this browser held before could not be ended',
      );
    }
  }

  #opened({ issued, session }: Seated): OpenedSession {
    const { store, withdrawals, log } = this.#parts;
    const said = (err: unknown) => log.warn({ err, ref: session.ref }, 'a new session could not be confirmed');
    return {
      id: issued.id,
      delivery: session.delivery,
      csrfSecret: session.csrfSecret,
      // The first check confirms as well, and a grant that nobody confirms lapses by itself.
      delivered: () => void store.confirm(issued).catch(said),
      undelivered: () => withdrawals.withdraw(issued),
    };
  }
}
