import type { SignInUser, UserRepository } from '../accounts/user-repository.js';
import type { Caller, Delivery } from '../kernel/actor.js';
import type { LicenceId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { Reply } from '../kernel/route.js';
import type { ClientReader } from '../sessions/client.js';
import type { Proof } from '../sessions/store.js';
import { type Attempt, type Attempts, isUnavailable } from './attempts.js';
import type { Entrance, SeatWish } from './entrance.js';
import type { HashRenewal } from './hash-renewal.js';
import { deviceCookie, type KnownBrowsers } from './known-browser.js';
import type { PasswordCheck } from './password-check.js';
import type { SeatTickets, WaitingForSeat } from './seat-tickets.js';
import type { SecondFactorStep } from './second-factor-step.js';
import type { SignInThrottle } from './throttle.js';

/** What every sign-in may ask for besides showing who it is. */
export interface SignInWish extends SeatWish {
  readonly licenceId?: LicenceId | undefined;
  readonly remember?: boolean | undefined;
  readonly delivery: Delivery;
}

/** What a sign-in is asked with. */
export interface SignInInput extends SignInWish {
  readonly identifier: string;
  readonly password: string;
}

/** What the use case is made of. */
export interface SignInParts {
  readonly users: Pick<UserRepository, 'findForSignIn' | 'findWithPassword'>;
  readonly clients: ClientReader;
  readonly tickets: Pick<SeatTickets, 'take' | 'putBack'>;
  readonly throttle: SignInThrottle;
  readonly passwords: PasswordCheck;
  readonly browsers: KnownBrowsers;
  readonly renewal: HashRenewal;
  readonly attempts: Attempts;
  readonly entrance: Entrance;
  readonly secondFactors: Pick<SecondFactorStep, 'challenge'>;
}

/** What a password alone proves. */
export const byPassword: Proof = { amr: ['pwd'], aal: 1 };

/** Signs people in: password, second factor, licence, seat, in this order. The seat is taken last, and given back if the answer is lost. */
export class SignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /**
   * Answers 200 with the session view. Throws `invalid-credentials` alike for a wrong password, an unknown and a disabled
   * account (ASVS 6.3.8), `second-factor-required`, `too-many-attempts`, `busy`, what Seating throws, and StoreUnavailable.
   * Every attempt is entered in the sign-in log.
   */
  async signIn(input: SignInInput, caller: Caller): Promise<Reply> {
    const { attempts, entrance } = this.#parts;
    entrance.requireProgram(input.delivery, caller);
    return attempts.entered(caller, input.licenceId ?? null, (attempt) => this.#attempt(input, caller, attempt));
  }

  /**
   * Takes a seat with a ticket instead of the password. Answers and throws as `signIn` does; `invalid-credentials` when the
   * ticket is unknown, used, too old, shown by another client, or the account has changed since (ASVS 6.6.3).
   */
  async takeSeat(input: { readonly ticket: string } & SeatWish, caller: Caller): Promise<Reply> {
    const { tickets, entrance, attempts } = this.#parts;
    entrance.requireStore();
    const waiting = await tickets.take(input.ticket);
    if (waiting === null) throw new Problem('invalid-credentials');
    return attempts.entered(caller, waiting.licenceId, async (attempt) => {
      attempt.userId = waiting.userId;
      try {
        return await this.#withTicket(waiting, input, caller, attempt);
      } catch (error) {
        // Nothing was decided: the person need not give the password again.
        if (isUnavailable(error)) await tickets.putBack(waiting).catch(() => {});
        throw error;
      }
    });
  }

  async #withTicket(waiting: WaitingForSeat, wish: SeatWish, caller: Caller, attempt: Attempt): Promise<Reply> {
    const { users, clients, entrance } = this.#parts;
    entrance.requireProgram(waiting.delivery, caller);
    const user = await users.findWithPassword(waiting.userId);
    const same = clients.fingerprint(caller.userAgent).client === waiting.client;
    if (!same || user === null || user.disabledAt !== null || user.credentials !== waiting.credentials)
      throw new Problem('invalid-credentials');
    const { amr, aal, delivery, licenceId, remember, sinceMs, authenticatedAtMs = sinceMs } = waiting;
    const entering = { ...wish, delivery, licenceId, remember, sinceMs, proof: { amr, aal, authenticatedAtMs } };
    return entrance.enter(user, entering, caller, attempt);
  }

  async #attempt(input: SignInInput, caller: Caller, attempt: Attempt): Promise<Reply> {
    const { entrance, renewal, secondFactors } = this.#parts;
    entrance.requireStore();
    const user = await this.#whoseThePasswordIs(input, caller, attempt);
    const { identifier: _, password, remember = false, ...wish } = input;
    const asked = await secondFactors.challenge(user, { ...wish, remember }, caller);
    const reply = asked ?? (await entrance.enter(user, { ...wish, remember, proof: byPassword }, caller, attempt));
    // Not before the seat is taken, where the hash is compared once more.
    renewal.begin(user, password);
    if (reply instanceof Problem) throw reply;
    return reply;
  }

  async #whoseThePasswordIs(input: SignInInput, caller: Caller, attempt: Attempt): Promise<SignInUser> {
    const { users, browsers, passwords } = this.#parts;
    const user = await users.findForSignIn(input.identifier);
    attempt.userId = user?.id ?? null;
    const device = user === null ? null : browsers.deviceOf(user, caller.cookie(deviceCookie));
    const buckets = this.#buckets(input, attempt, device);
    const disabled = user !== null && user.disabledAt !== null;
    const right = await passwords.check(buckets, input.password, user?.passwordHash ?? null, disabled);
    if (!right || user === null) throw new Problem('invalid-credentials');
    return user;
  }

  /** A browser the owner has signed in from before counts for itself, so that others cannot lock its owner out. */
  #buckets(input: SignInInput, attempt: Attempt, device: string | null) {
    const { throttle } = this.#parts;
    if (device !== null) return [throttle.browserBucket(device)];
    const account =
      attempt.userId === null ? throttle.nameBucket(input.identifier) : throttle.accountBucket(attempt.userId);
    return [account, throttle.addressBucket(attempt.address)];
  }
}
