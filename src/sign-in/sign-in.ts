import type { SignInUser, UserRepository } from '../accounts/user-repository.js';
import type { Caller, Delivery } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { type LicenceId, newId, type UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import { JsonText, type OpenedSession, type Reply } from '../kernel/route.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import { StoreRefusesWrites, StoreUnavailable } from '../platform/unavailable.js';
import type { SessionCheck } from '../sessions/check.js';
import type { ClientReader } from '../sessions/client.js';
import { type Credential, licenceOfTag, type SessionRef } from '../sessions/session-id.js';
import type { SessionStore, Uncounted } from '../sessions/store.js';
import type { HashRenewal } from './hash-renewal.js';
import { deviceCookie, type KnownBrowsers } from './known-browser.js';
import type { PasswordCheck } from './password-check.js';
import type { Refusals } from './refusals.js';
import type { SeatTickets, WaitingForSeat } from './seat-tickets.js';
import type { Seated, Seating } from './seating.js';
import type { SignInEntry, SignInLog } from './sign-in-log.js';
import type { SignInThrottle } from './throttle.js';

/** What a person wants of a full licence, or without taking one of its seats. */
export interface SeatWish {
  readonly whenFull?: { readonly end?: SessionRef | undefined } | undefined;
  readonly uncounted?: Uncounted | undefined;
}

/** What a sign-in is asked with. */
export interface SignInInput extends SeatWish {
  readonly identifier: string;
  readonly password: string;
  readonly licenceId?: LicenceId | undefined;
  readonly delivery: Delivery;
}

/** What the use case is made of. */
export interface SignInParts {
  readonly users: Pick<UserRepository, 'findForSignIn' | 'findWithPassword'>;
  readonly clients: ClientReader;
  readonly tickets: Pick<SeatTickets, 'take' | 'putBack'>;
  readonly refusals: Refusals;
  readonly store: SessionStore;
  readonly check: SessionCheck;
  readonly throttle: SignInThrottle;
  readonly passwords: PasswordCheck;
  readonly browsers: KnownBrowsers;
  readonly seating: Seating;
  readonly renewal: HashRenewal;
  readonly signIns: SignInLog;
  readonly metrics: Pick<Metrics, 'signIn'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who asks, as far as it is known yet: it becomes the entry in the sign-in log. */
interface Attempt {
  readonly id: string;
  readonly address: string;
  readonly userAgent: string;
  userId: UserId | null;
  licenceId: LicenceId | null;
  ref: string | null;
}

const longestUserAgent = 512;

/** Signs people in: password, licence, seat, in this order. The seat is taken last, and given back if the answer is lost. */
export class SignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /**
   * Answers 200 with the session view. Throws `invalid-credentials` alike for a wrong password, an unknown and a disabled
   * account (ASVS 6.3.8), `too-many-attempts`, `busy`, what Seating throws, and StoreUnavailable. Every attempt is entered
   * in the sign-in log.
   */
  async signIn(input: SignInInput, caller: Caller): Promise<Reply> {
    if (input.delivery === 'bearer') refuseBrowsers(caller);
    return this.#logged(caller, input.licenceId ?? null, (attempt) => this.#attempt(input, caller, attempt));
  }

  /**
   * Takes a seat with a ticket instead of the password. Answers and throws as `signIn` does; `invalid-credentials` when the
   * ticket is unknown, used, too old, shown by another client, or the account has changed since (ASVS 6.6.3).
   */
  async takeSeat(input: { readonly ticket: string } & SeatWish, caller: Caller): Promise<Reply> {
    const { tickets } = this.#parts;
    this.#requireStore();
    const waiting = await tickets.take(input.ticket);
    if (waiting === null) throw new Problem('invalid-credentials');
    return this.#logged(caller, waiting.licenceId, async (attempt) => {
      attempt.userId = waiting.userId;
      try {
        return await this.#withTicket(waiting, input, caller, attempt);
      } catch (error) {
        // Nothing was decided: the person need not give the password again.
        if (isUnavailable(error)) await tickets.putBack(input.ticket, waiting).catch(() => {});
        throw error;
      }
    });
  }

  /** Enters the attempt in the sign-in log, however it goes. */
  async #logged(
    caller: Caller,
    licenceId: LicenceId | null,
    work: (attempt: Attempt) => Promise<Reply>,
  ): Promise<Reply> {
    const userAgent = caller.userAgent.slice(0, longestUserAgent);
    const attempt: Attempt = { id: newId(), address: caller.address, userAgent, userId: null, licenceId, ref: null };
    try {
      const reply = await work(attempt);
      this.#enter(attempt, 'signed-in');
      return reply;
    } catch (error) {
      attempt.licenceId ??= licenceIn(error);
      this.#enter(attempt, outcomeOf(error));
      this.#parts.refusals.begin(error, attempt, caller.requestId);
      throw error;
    }
  }

  async #withTicket(waiting: WaitingForSeat, wish: SeatWish, caller: Caller, attempt: Attempt): Promise<Reply> {
    const { users, clients, browsers } = this.#parts;
    if (waiting.delivery === 'bearer') refuseBrowsers(caller);
    const user = await users.findWithPassword(waiting.userId);
    const same = clients.fingerprint(caller.userAgent).client === waiting.client;
    if (!same || user === null || user.disabledAt !== null || user.epoch !== waiting.epoch)
      throw new Problem('invalid-credentials');
    const seated = await this.#seat(user, { ...wish, ...waiting }, caller, attempt);
    const device = browsers.deviceOf(user.id, caller.cookie(deviceCookie));
    return this.#reply(seated, waiting.delivery, browsers.remember(user.id, device));
  }

  async #attempt(input: SignInInput, caller: Caller, attempt: Attempt): Promise<Reply> {
    const { users, browsers, passwords, renewal } = this.#parts;
    this.#requireStore();
    const user = await users.findForSignIn(input.identifier);
    attempt.userId = user?.id ?? null;
    const device = user === null ? null : browsers.deviceOf(user.id, caller.cookie(deviceCookie));
    const buckets = this.#buckets(input, attempt, device);
    const disabled = user !== null && user.disabledAt !== null;
    const right = await passwords.check(buckets, input.password, user?.passwordHash ?? null, disabled);
    if (!right || user === null) throw new Problem('invalid-credentials');
    const seated = await this.#seat(user, input, caller, attempt);
    renewal.begin(user, input.password);
    return this.#reply(seated, input.delivery, browsers.remember(user.id, device));
  }

  async #seat(
    user: SignInUser,
    wish: SeatWish & Pick<SignInInput, 'licenceId' | 'delivery'> & { readonly sinceMs?: number },
    caller: Caller,
    attempt: Attempt,
  ): Promise<Seated> {
    const present = wish.delivery === 'cookie' ? this.#parts.check.presentedCookie(caller.header('cookie')) : null;
    const seated = await this.#parts.seating.seat(user, {
      licenceId: wish.licenceId,
      give: wish.whenFull?.end ?? null,
      uncounted: wish.uncounted ?? null,
      waitingSinceMs: wish.sinceMs ?? null,
      delivery: wish.delivery,
      attemptId: attempt.id,
      requestId: caller.requestId,
      address: attempt.address,
      userAgent: caller.userAgent,
      present,
    });
    attempt.ref = seated.session.ref;
    attempt.licenceId = seated.licence?.id ?? null;
    if (present !== null) await this.#leave(present, seated, caller);
    return seated;
  }

  /** No hash is spent while its outcome could not be stored. */
  #requireStore(): void {
    const { reachable, writesRefusedSinceMs } = this.#parts.store.health();
    if (!reachable) throw new StoreUnavailable('redis');
    if (writesRefusedSinceMs !== null) throw new StoreRefusesWrites();
  }

  /** A browser the owner has signed in from before counts for itself, so that others cannot lock its owner out. */
  #buckets(input: SignInInput, attempt: Attempt, device: string | null) {
    const { throttle } = this.#parts;
    if (device !== null) return [throttle.browserBucket(device)];
    const account =
      attempt.userId === null ? throttle.nameBucket(input.identifier) : throttle.accountBucket(attempt.userId);
    return [account, throttle.addressBucket(attempt.address)];
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

  #reply(seated: Seated, delivery: Delivery, device: NonNullable<Reply['cookies']>[number]): Reply {
    const view = this.#parts.check.view(seated.session, seated.snapshot);
    if (delivery === 'cookie') {
      return { status: 200, body: new JsonText(view), session: { bind: this.#opened(seated) }, cookies: [device] };
    }
    const withToken = `${view.slice(0, -1)},"sessionToken":${JSON.stringify(seated.issued.signed)}}`;
    return { status: 200, body: new JsonText(withToken), session: { bind: this.#opened(seated) } };
  }

  #opened({ issued, session }: Seated): OpenedSession {
    const { store, log } = this.#parts;
    const said = (err: unknown) =>
      log.warn({ err, ref: session.ref }, 'the grant of a new session could not be settled');
    return {
      id: issued.id,
      delivery: session.delivery,
      csrfSecret: session.csrfSecret,
      // The first check confirms as well, and a grant that nobody confirms lapses by itself.
      delivered: () => void store.confirm(issued).catch(said),
      undelivered: () =>
        void store.close(issued.tag, { handles: [issued.handle] }, { reason: 'unclaimed' }).catch(said),
    };
  }

  #enter(attempt: Attempt, outcome: string): void {
    const entry: SignInEntry = { ...attempt, atMs: this.#parts.clock.nowMs(), outcome };
    this.#parts.signIns.record(entry);
    this.#parts.metrics.signIn(outcome);
  }
}

/** A token in the body is for programs: in a browser, scripts could read it (ASVS 3.3.4). */
function refuseBrowsers(caller: Caller): void {
  if (caller.header('origin') === undefined && caller.header('sec-fetch-site') === undefined) return;
  throw invalid('/delivery', 'must be "cookie" in a browser');
}

/** The licence that refused, for an attempt that named none. */
function licenceIn(error: unknown): LicenceId | null {
  const licenceId = error instanceof Problem ? error.members['licenceId'] : null;
  return typeof licenceId === 'string' ? licenceOfTag(licenceId) : null;
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof Problem) return error.slug === 'busy';
  return error instanceof StoreUnavailable || error instanceof StoreRefusesWrites;
}

function outcomeOf(error: unknown): string {
  if (error instanceof Problem) return error.slug;
  return error instanceof StoreUnavailable ? 'store-unavailable' : 'internal';
}
