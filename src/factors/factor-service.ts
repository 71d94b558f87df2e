import type { CredentialChange } from '../accounts/credential-change.js';
import type { FactorsDropped } from '../accounts/recovery.js';
import { requireMayTouch, requireOther } from '../accounts/staff-rules.js';
import type { SignInUser, User, UserRepository } from '../accounts/user-repository.js';
import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Actor, Caller } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { parseRef } from '../sessions/session-id.js';
import type { FactorRepository, HeldFactors } from './factor-repository.js';
import type { FactorRule } from './factor-rule.js';
import { type FactorKind, type FactorRow, factorTable } from './factor-table.js';
import type { Passkeys } from './passkeys.js';

/** What a FactorService is made of. */
export interface FactorServiceParts {
  readonly changes: Changes;
  readonly users: Pick<UserRepository, 'find' | 'lock'>;
  readonly factors: FactorRepository;
  readonly rule: FactorRule;
  readonly credentials: Pick<CredentialChange, 'changed'>;
  readonly mail: Pick<MailOutbox, 'sends'>;
  readonly passkeys: Pick<Passkeys, 'possible'>;
}

/** A user's factors, whether one is required, and what can be enrolled. */
export interface FactorsShown {
  readonly held: HeldFactors;
  readonly required: boolean;
  readonly offers: readonly FactorKind[];
}

/**
 * What people and staff do with factors that exist. Removing one ends the other sessions and all remembered browsers, and
 * tells the person. Every method throws `not-found` for a user or a factor that is not there.
 */
export class FactorService {
  readonly #parts: FactorServiceParts;

  constructor(parts: FactorServiceParts) {
    this.#parts = parts;
  }

  /** All factors of a user. */
  async list(userId: UserId): Promise<FactorsShown> {
    const { users, factors, rule } = this.#parts;
    const user = await users.find(userId);
    if (user === null) throw new Problem('not-found');
    const [held, required] = await Promise.all([factors.held(userId), rule.requires(user)]);
    return { held, required, offers: this.#offers(user, held) };
  }

  /** Gives one of the own factors another name. */
  async rename(actor: Actor, caller: Caller, id: string, name: string): Promise<FactorRow> {
    const changed = await this.#parts.changes.make({ actor, caller }, async (change) => {
      const { row, user } = await this.#one(change, actor.person.id, id);
      await change.tx.update(factorTable, { id }, { name });
      const detail = { factor: { from: row.name, to: name } };
      await change.audit({ action: 'user.updated', target: { type: 'user', id: user.id }, detail });
      return { ...row, name };
    });
    return changed.result;
  }

  /** Removes one of the own factors. Throws `last-factor` for the last one of somebody who must have one. */
  remove(actor: Actor, caller: Caller, id: string): Promise<Changed<void>> {
    return this.#parts.changes.make({ actor, caller }, async (change) => {
      const { user, held, row } = await this.#one(change, actor.person.id, id);
      const last = row.kind !== 'recovery' && held.confirmed.length === 1;
      if (last && (await this.#parts.rule.requires(user, undefined, change.tx))) throw new Problem('last-factor');
      // Recovery codes stand in for another factor: without one they are of no use.
      await this.#drop(change, user, last ? allOf(held) : [row], parseRef(actor.session.ref) ?? undefined);
    });
  }

  /** Staff remove one factor of somebody else, also the last: whoever must have one then gets codes by mail. */
  removeOf(userId: UserId, id: string, by: By): Promise<Changed<void>> {
    return this.#parts.changes.make(by, async (change) => {
      const { user, held, row } = await this.#one(change, userId, id);
      requireMayDecide(by, user);
      const last = row.kind !== 'recovery' && held.confirmed.length === 1;
      await this.#drop(change, user, last ? allOf(held) : [row]);
    });
  }

  /** Staff remove all factors of somebody else, who has lost them. Does nothing when there are none. */
  reset(userId: UserId, by: By): Promise<Changed<void>> {
    return this.#parts.changes.make(by, async (change) => {
      const user = await this.#locked(change, userId);
      requireMayDecide(by, user);
      // Also what is only counted at, or was never confirmed.
      const rows = await change.tx.findBy(factorTable, { userId });
      const shown = rows.filter(({ confirmedAt }) => confirmedAt !== null);
      if (shown.length > 0) await this.#drop(change, user, rows, undefined, shown);
      else
        await this.#parts.factors.remove(
          change.tx,
          rows.map(({ id }) => id),
        );
    });
  }

  /** Removes what a user has enrolled since then, in a change that holds the user's row. What is left is told. */
  async dropSince({ tx }: Change, userId: UserId, since: Date): Promise<FactorsDropped> {
    const rows = await this.#parts.factors.confirmedSince(tx, userId, since);
    await this.#parts.factors.remove(
      tx,
      rows.map(({ id }) => id),
    );
    const held = await this.#parts.factors.held(userId, tx);
    const left = allOf(held).map(({ kind, name, confirmedAt, createdAt }) => {
      return { kind: kindsInWords[kind], name, since: confirmedAt ?? createdAt };
    });
    return { gone: rows.map(({ name }) => name), left };
  }

  async #drop(
    change: Change,
    user: SignInUser,
    rows: readonly FactorRow[],
    keep?: NonNullable<ReturnType<typeof parseRef>>,
    named: readonly FactorRow[] = rows,
  ): Promise<void> {
    await this.#parts.factors.remove(
      change.tx,
      rows.map(({ id }) => id),
    );
    const detail = named.map(({ name }) => name).join(', ');
    await this.#parts.credentials.changed(change, user, { kind: 'factor-removed', detail, keep });
  }

  async #one(
    change: Change,
    userId: UserId,
    id: string,
  ): Promise<{ user: SignInUser; held: HeldFactors; row: FactorRow }> {
    const user = await this.#locked(change, userId);
    const held = await this.#parts.factors.held(userId, change.tx);
    const row = allOf(held).find((each) => each.id === id);
    if (row === undefined) throw new Problem('not-found');
    return { user, held, row };
  }

  async #locked(change: Change, userId: UserId): Promise<SignInUser> {
    const user = await this.#parts.users.lock(change.tx, userId);
    if (user === null) throw new Problem('not-found');
    return user;
  }

  #offers(user: User, held: HeldFactors): FactorKind[] {
    const email = this.#parts.mail.sends && user.verified && !held.confirmed.some(({ kind }) => kind === 'email');
    return [
      ...(this.#parts.passkeys.possible ? (['passkey'] as const) : []),
      'totp',
      ...(email ? (['email'] as const) : []),
      'recovery',
    ];
  }
}

const kindsInWords = {
  passkey: 'passkey',
  totp: 'authenticator app',
  email: 'codes by mail',
  recovery: 'recovery codes',
} as const satisfies Record<FactorKind, string>;

function allOf({ confirmed, recovery }: HeldFactors): FactorRow[] {
  return recovery === null ? [...confirmed] : [...confirmed, recovery.row];
}

/** Staff, for others: their own factors they change as everybody does, with a fresh sign-in. */
function requireMayDecide(by: By, user: SignInUser): void {
  requireOther(by, user.id, '/id', 'must be somebody else: change your own factors with /auth/factors');
  requireMayTouch(by, user.roles);
}
