import type { CredentialChange } from '../accounts/credential-change.js';
import type { SignInUser, UserRepository } from '../accounts/user-repository.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Actor, Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { newId, type UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { brokenConstraint } from '../platform/postgres.js';
import { emailCodesName } from './email-codes.js';
import { type FactorRepository, newFactor } from './factor-repository.js';
import { type FactorRow, factorTable } from './factor-table.js';
import { type FactorThrottle, mostFailures } from './factor-throttle.js';
import type { RegistrationResponse } from './passkey-forms.js';
import type { Passkeys } from './passkeys.js';
import type { RecoveryCodes } from './recovery-codes.js';
import type { Totp, TotpSetUp } from './totp.js';

/** How long an authenticator app that has not been confirmed waits, in milliseconds. */
const pendingMs = 15 * 60_000;
/** How many factors one user may have. */
const mostFactors = 20;

/** What an Enrolment is made of. */
export interface EnrolmentParts {
  readonly changes: Changes;
  readonly users: Pick<UserRepository, 'find' | 'lock'>;
  readonly factors: FactorRepository;
  readonly throttle: FactorThrottle;
  readonly credentials: Pick<CredentialChange, 'changed'>;
  readonly mail: Pick<MailOutbox, 'require'>;
  readonly totp: Totp;
  readonly recoveryCodes: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly clock: Clock;
}

/**
 * How people get factors. A new one ends remembered browsers and sign-ins under way, and is told to the person; sessions
 * stay. Every method throws `invalid-request` when somebody has as many factors as one may have.
 */
export class Enrolment {
  readonly #parts: EnrolmentParts;

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
  }

  /** Begins with an authenticator app. It counts only once a code of it was shown, within 15 minutes. */
  async startTotp(actor: Actor, caller: Caller, name: string): Promise<TotpSetUp & { id: string; expiresAt: Date }> {
    const { changes, totp } = this.#parts;
    const { id: userId, email } = actor.person;
    const id = newId();
    const { sealedSeed, setUp } = await totp.make(userId, id, email);
    const { result } = await changes.make({ actor, caller }, async (change) => {
      await this.#room(change, userId);
      await change.tx.query("DELETE FROM factors WHERE user_id = $1 AND kind = 'totp' AND confirmed_at IS NULL", [
        userId,
      ]);
      await change.tx.insert(
        factorTable,
        newFactor({ id, userId, kind: 'totp', name, sealedSeed, createdAt: change.now }),
      );
      return new Date(change.now.getTime() + pendingMs);
    });
    return { id, ...setUp, expiresAt: result };
  }

  /** Ends it, with a code. Throws `invalid-code`, and `not-found` when it was not begun, lapsed, or guessed at ten times. */
  async confirmTotp(actor: Actor, caller: Caller, id: string, code: string): Promise<Changed<FactorRow>> {
    const { changes, throttle, totp, clock } = this.#parts;
    const userId = actor.person.id;
    const pending = await throttle.admitPending(userId, id, new Date(clock.nowMs() - pendingMs));
    if (pending === null) throw new Problem('not-found');
    const step = await totp.stepOf(userId, pending, code);
    if (step === null) throw new Problem('invalid-code');
    return changes.make({ actor, caller }, async (change) => {
      const user = await this.#room(change, userId);
      // Of several that confirm at once, one uses the step.
      if (!(await totp.use(id, step, change.tx))) throw new Problem('invalid-code');
      await change.tx.update(factorTable, { id }, { confirmedAt: change.now, failures: 0, lastUsedAt: null });
      return this.#added(change, user, id);
    });
  }

  /** Turns codes by mail on. Throws `mail-not-set-up`, and `address-not-verified`. */
  async turnOnEmail(actor: Actor, caller: Caller): Promise<Changed<FactorRow>> {
    const { changes, mail } = this.#parts;
    mail.require();
    return changes.make({ actor, caller }, async (change) => {
      const userId = actor.person.id;
      const user = await this.#room(change, userId);
      if (!user.verified) throw new Problem('address-not-verified');
      const [row] = await change.tx.findBy(factorTable, { userId, kind: 'email' });
      if (row !== undefined && row.confirmedAt !== null && row.failures < mostFailures) return row;
      if (row !== undefined) await this.#parts.factors.remove(change.tx, [row.id]);
      const { now } = change;
      const made = {
        id: newId(),
        userId,
        kind: 'email',
        name: emailCodesName,
        createdAt: now,
        confirmedAt: now,
      } as const;
      return this.#insert(change, user, newFactor(made));
    });
  }

  /** Makes new recovery codes in the place of the former. They can be read this once. */
  async makeRecoveryCodes(actor: Actor, caller: Caller): Promise<Changed<{ codes: string[] }>> {
    const { changes, recoveryCodes, credentials } = this.#parts;
    return changes.make({ actor, caller }, async (change) => {
      const userId = actor.person.id;
      const user = await this.#locked(change, userId);
      await change.tx.delete(factorTable, { userId, kind: 'recovery' });
      const { now } = change;
      const made = { id: newId(), userId, kind: 'recovery', name: 'Recovery codes', createdAt: now } as const;
      await change.tx.insert(factorTable, newFactor({ ...made, confirmedAt: now }));
      const codes = await recoveryCodes.make(change.tx, userId, made.id);
      await credentials.changed(change, user, { kind: 'recovery-codes-made', keep: 'all' });
      return { codes };
    });
  }

  /** Begins with a passkey: what the browser is to be given. */
  async startPasskey(actor: Actor): Promise<{ token: string; options: Record<string, unknown> }> {
    const user = await this.#parts.users.find(actor.person.id);
    if (user === null) throw new Problem('not-found');
    return this.#parts.passkeys.enrolmentOptions(user);
  }

  /** Ends it, with what the browser answered. Throws `invalid-code`, and `already-exists` for a passkey that is enrolled. */
  async addPasskey(
    actor: Actor,
    caller: Caller,
    given: { token: string; name: string; response: RegistrationResponse },
  ): Promise<Changed<FactorRow>> {
    const { changes, passkeys } = this.#parts;
    const userId = actor.person.id;
    const passkey = await passkeys.enrolled(userId, given.token, given.response);
    if (passkey === null) throw new Problem('invalid-code');
    try {
      return await changes.make({ actor, caller }, async (change) => {
        const user = await this.#room(change, userId);
        const { now } = change;
        const made = {
          id: newId(),
          userId,
          kind: 'passkey',
          name: given.name,
          createdAt: now,
          confirmedAt: now,
        } as const;
        return this.#insert(change, user, newFactor({ ...made, ...passkey }));
      });
    } catch (error) {
      if (brokenConstraint(error) === 'factors_credential')
        throw new Problem('already-exists', { pointer: '/response' });
      throw error;
    }
  }

  async #insert(change: Change, user: SignInUser, row: FactorRow): Promise<FactorRow> {
    await change.tx.insert(factorTable, row);
    return this.#added(change, user, row.id);
  }

  async #added(change: Change, user: SignInUser, id: string): Promise<FactorRow> {
    const row = await change.tx.findOneByOrFail(factorTable, { id });
    await this.#parts.credentials.changed(change, user, { kind: 'factor-added', detail: row.name, keep: 'all' });
    return row;
  }

  /** The user, whose row is held from here on, when there is room for another factor. */
  async #room(change: Change, userId: UserId): Promise<SignInUser> {
    const user = await this.#locked(change, userId);
    const { confirmed } = await this.#parts.factors.held(userId, change.tx);
    if (confirmed.length >= mostFactors)
      throw invalid('', `must not be more than ${mostFactors} factors: remove one first`);
    return user;
  }

  async #locked(change: Change, userId: UserId): Promise<SignInUser> {
    const user = await this.#parts.users.lock(change.tx, userId);
    if (user === null || user.disabledAt !== null) throw new Problem('not-found');
    return user;
  }
}
