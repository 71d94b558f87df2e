import type { DataSource, EntityManager } from 'typeorm';
import { isStaff } from '../access/roles.js';
import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Person } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { invalid, Problem } from '../kernel/problem.js';
import { anywhere } from '../kernel/text.js';
import type { Visibility } from '../kernel/visibility.js';
import { newestFirst } from '../platform/keyset.js';
import { askPostgres, brokenConstraint } from '../platform/postgres.js';
import { causeOf, userEndedPush, userKeyOf, userRefreshedPush } from '../sessions/pushes.js';
import type { LicenceRepository } from './licence-repository.js';
import { type AddedLine, foreseeMembers } from './member-foresight.js';
import { type MemberRow, memberCalledSql, memberTable } from './member-table.js';
import { insertNew, membersElsewhere, type NewMember, ranksOf, withPlace } from './new-members.js';
import { tagsOfMany } from './places.js';

/** What a list of members shows of a person. */
export interface MemberPerson {
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly disabled: boolean;
}

/** A member of a licence. */
export interface Member extends MemberPerson {
  readonly userId: UserId;
  readonly addedOn: Date;
  /** When this licence is tried for the member who names none, the smallest first; null: it is not. */
  readonly rank: number | null;
}

/** An account whose row is locked. */
export interface LockedAccount {
  readonly id: UserId;
  readonly epoch: number;
  readonly roles: readonly string[];
}

/** What memberships need of accounts. */
export interface MemberAccounts {
  /** The ids of the accounts with these addresses; an address without account is left out. */
  idsByEmail(tx: EntityManager, emails: readonly string[]): Promise<Map<string, UserId>>;
  /** Locks the rows of those that exist, in the order of their ids. */
  lockMany(tx: EntityManager, ids: readonly UserId[]): Promise<readonly LockedAccount[]>;
  /** Notes that memberships of these changed. */
  membershipsChanged(tx: EntityManager, ids: readonly UserId[], now: Date): Promise<void>;
  /** Sets the epoch of an account whose row the caller holds. */
  setEpoch(tx: EntityManager, id: UserId, epoch: number): Promise<void>;
  /** What sessions in the licence answer about these accounts. */
  persons(tx: EntityManager, ids: readonly UserId[], licence: LicenceId): Promise<Map<UserId, Person>>;
  /** What lists show of these accounts. */
  people(ids: readonly UserId[]): Promise<Map<string, MemberPerson>>;
}

/** The epoch of an account whose sessions have never been ended: no sign-in can carry an older one. */
export const firstEpoch = 1;

/**
 * Who may sit in a licence. Who manages some licences, and so sees not everything, neither adds staff to them nor puts them
 * in an order before those of others. The locks are taken in one order: the user's row, then memberships.
 *
 * Why no sign-in can slip in behind an ending: it reads the user's epoch first and the memberships afterwards. Removing a
 * member raises the epoch in that licence; adding one brings the present epoch there; ending a user raises it in every
 * licence the user is a member of at that moment. So whoever carries an older epoch finds a newer one wherever it may sit.
 */
export class MemberService {
  readonly #dataSource: DataSource;
  readonly #changes: Changes;
  readonly #licences: LicenceRepository;
  readonly #accounts: MemberAccounts;

  constructor(parts: {
    dataSource: DataSource;
    changes: Changes;
    licences: LicenceRepository;
    accounts: MemberAccounts;
  }) {
    this.#dataSource = parts.dataSource;
    this.#changes = parts.changes;
    this.#licences = parts.licences;
    this.#accounts = parts.accounts;
  }

  /** Every tag the user's sessions can live in. With `tx`, as that transaction sees it. */
  async tagsOf(userId: UserId, tx: EntityManager = this.#dataSource.manager): Promise<string[]> {
    const tags = await askPostgres(() => tagsOfMany(tx, [userId]));
    return [...(tags.get(userId) ?? [])];
  }

  /** The same of many users. */
  tagsOfMany(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly string[]>> {
    return askPostgres(() => tagsOfMany(this.#dataSource.manager, userIds));
  }

  /** Whether the user is a member of the licence. */
  isMember(userId: UserId, licenceId: LicenceId): Promise<boolean> {
    return askPostgres(() => this.#dataSource.manager.existsBy(memberTable, { licenceId, userId }));
  }

  /** A page of members, newest first; `q` is looked for in what they are called. Throws `not-found`: no such licence. */
  async list(licenceId: LicenceId, page: PageRequest, q?: string): Promise<Page<Member>> {
    await this.#requireLicence(licenceId);
    const query = this.#dataSource
      .createQueryBuilder(memberTable, 'm')
      .where('m.licenceId = :licenceId', { licenceId });
    if (q !== undefined) query.andWhere(memberCalledSql, { q: anywhere(q) });
    const { items, ...rest } = await newestFirst(query, page, { alias: 'm', time: 'addedOn', id: 'userId' });
    const people = await this.#accounts.people(items.map((row) => row.userId as UserId));
    return { items: items.flatMap((row) => memberOf(row, people.get(row.userId))), ...rest };
  }

  /** Makes a user a member. `added` is false for one who is already. Throws `not-found` and `invalid-request`. */
  async add(
    licenceId: LicenceId,
    userId: UserId,
    by: By,
    visible: Visibility = 'everything',
  ): Promise<Changed<{ member: Member; added: boolean }>> {
    const { result: added, reached } = await this.change(licenceId, by, async (change) => {
      const { known, barred, added } = await this.addWithin(change, licenceId, [{ userId }], visible);
      if (barred.has(userId)) throw invalid('/userId', 'cannot be added by you: ask staff');
      if (!known.has(userId)) throw invalid('/userId', 'must be the id of a user');
      return added.has(userId);
    });
    return { result: { member: await this.get(licenceId, userId), added }, reached };
  }

  /**
   * Gives a membership its place in the member's order of use: a member who names no licence sits in the one with the
   * smallest rank. Null takes it away. Throws `not-found` when there is no such member, and `invalid-request` when the
   * order is not for the caller to say.
   */
  async setRank(
    { licenceId, userId }: { readonly licenceId: LicenceId; readonly userId: UserId },
    rank: number | null,
    by: By,
    visible: Visibility,
  ): Promise<Member> {
    await this.#changes.make(by, async (change) => {
      await this.#accounts.lockMany(change.tx, [userId]);
      const row = await change.tx.findOneBy(memberTable, { licenceId, userId });
      if (row === null) throw new Problem('not-found');
      if (row.rank === rank) return;
      if (rank !== null && (await membersElsewhere(change.tx, [userId], visible)).length > 0) {
        throw invalid('/rank', 'cannot be set by you for this person: ask staff, or send null');
      }
      await change.tx.update(memberTable, { licenceId, userId }, { rank });
      await this.#accounts.membershipsChanged(change.tx, [userId], change.now);
      const detail = { userId, rank: { from: row.rank, to: rank } };
      await change.audit({ action: 'member.updated', target: { type: 'licence', id: licenceId }, detail });
    });
    return this.get(licenceId, userId);
  }

  /**
   * Makes the users with these addresses members in a change of the caller's, and says what became of each. A rank is that
   * of a new membership: one that exists keeps its own.
   */
  async addByEmail(
    change: Change,
    licenceId: LicenceId,
    lines: readonly { readonly email: string; readonly rank?: number | null | undefined }[],
    visible: Visibility,
  ): Promise<AddedLine[]> {
    const emails = lines.map(({ email }) => email);
    const ids = await this.#accounts.idsByEmail(change.tx, emails);
    const wanted = new Map<UserId, NewMember>();
    for (const { email, rank } of lines) {
      const userId = ids.get(email);
      if (userId !== undefined && !wanted.has(userId)) wanted.set(userId, { userId, rank });
    }
    const { known, barred, added } = await this.addWithin(change, licenceId, [...wanted.values()], visible);
    return emails.map((email) => {
      const userId = ids.get(email);
      if (userId === undefined || !known.has(userId)) return { email, result: 'no-such-user', userId: null };
      if (barred.has(userId)) return { email, result: 'cannot-be-added', userId: null };
      return { email, result: added.has(userId) ? 'added' : 'already-member', userId };
    });
  }

  /** What `addByEmail` would answer. Writes nothing. Throws `not-found` when there is no such licence. */
  async foresee(licenceId: LicenceId, emails: readonly string[], visible: Visibility): Promise<AddedLine[]> {
    await this.#requireLicence(licenceId);
    const { manager } = this.#dataSource;
    return askPostgres(() => foreseeMembers(manager, this.#accounts, { licenceId, visible }, emails));
  }

  /** Ends a membership and the member's sessions in the licence. Throws `not-found` when there is no such member. */
  remove(licenceId: LicenceId, userId: UserId, by: By): Promise<Changed<void>> {
    return this.#changes.make(by, async (change) => {
      const [user] = await this.#accounts.lockMany(change.tx, [userId]);
      const gone = await change.tx.delete(memberTable, { licenceId, userId });
      if (user === undefined || gone.affected !== 1) throw new Problem('not-found');
      const epoch = user.epoch + 1;
      await this.#accounts.setEpoch(change.tx, userId, epoch);
      await this.#accounts.membershipsChanged(change.tx, [userId], change.now);
      await change.audit({ action: 'member.removed', target: { type: 'licence', id: licenceId }, detail: { userId } });
      const cause = causeOf('member-removed', by);
      await change.push(userEndedPush({ userId, epoch, tags: [licenceId], cause }));
    });
  }

  /**
   * Adds members in a change of the caller's. Answers which accounts exist, which of them are not for the caller to add, and
   * which were no members before.
   */
  async addWithin(change: Change, licenceId: LicenceId, members: readonly NewMember[], visible: Visibility) {
    const locked = await this.#accounts.lockMany(
      change.tx,
      members.map(({ userId }) => userId),
    );
    const known = new Set(locked.map(({ id }) => id));
    const isBarred = ({ roles }: LockedAccount) => visible !== 'everything' && isStaff(roles);
    const barred = new Set(locked.filter(isBarred).map(({ id }) => id));
    const accounts = locked.filter(({ id }) => !barred.has(id));
    const ranks = await ranksOf(change.tx, members, visible);
    const added = await insertNew(
      change,
      licenceId,
      accounts.map(({ id }) => ({ userId: id, rank: ranks.get(id) ?? null })),
    );
    if (added.size > 0) await this.#accounts.membershipsChanged(change.tx, [...added], change.now);
    const target = { type: 'licence' as const, id: licenceId };
    const entries = [...added].map((userId) => ({ action: 'member.added' as const, target, detail: { userId } }));
    await change.audit(...entries);
    for (const { id } of accounts) if (!added.has(id)) change.await(userKeyOf(id));
    await this.#bringEpochs(
      change,
      licenceId,
      accounts.filter(({ id, epoch }) => added.has(id) && epoch > firstEpoch),
    );
    return { known, barred, added };
  }

  /**
   * Brings the present epochs of new members to the licence. Nobody can sit there yet but who needed no membership: those
   * sessions stay.
   */
  async #bringEpochs(change: Change, licenceId: LicenceId, users: readonly LockedAccount[]): Promise<void> {
    const ids = users.map(({ id }) => id);
    const placed = await withPlace(change.tx, licenceId, ids);
    const persons =
      placed.size === 0 ? new Map<UserId, Person>() : await this.#accounts.persons(change.tx, [...placed], licenceId);
    const cause = causeOf('member-removed', change.by);
    for (const { id, epoch } of users) {
      const person = persons.get(id);
      if (person !== undefined) await change.push(userRefreshedPush(person, epoch, [licenceId]));
      else await change.push(userEndedPush({ userId: id, epoch, tags: [licenceId], cause }));
    }
  }

  /** A change of who is a member of a licence. Throws `not-found` when there is no such licence. */
  async change<T>(licenceId: LicenceId, by: By, work: (change: Change) => Promise<T>): Promise<Changed<T>> {
    await this.#requireLicence(licenceId);
    return this.#make(by, work);
  }

  /** The member. Throws `not-found` when there is no such one. */
  async get(licenceId: LicenceId, userId: UserId): Promise<Member> {
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(memberTable, { licenceId, userId }));
    const people = await this.#accounts.people([userId]);
    const [member] = row === null ? [] : memberOf(row, people.get(userId));
    if (member === undefined) throw new Problem('not-found');
    return member;
  }

  async #make<T>(by: By, work: (change: Change) => Promise<T>): Promise<Changed<T>> {
    try {
      return await this.#changes.make(by, work);
    } catch (error) {
      const broken = brokenConstraint(error);
      // The licence was removed meanwhile.
      if (broken === 'members_licence_fk' || broken === 'invitations_licence_fk') throw new Problem('not-found');
      throw error;
    }
  }

  async #requireLicence(id: LicenceId): Promise<void> {
    if ((await this.#licences.find(id)) === null) throw new Problem('not-found');
  }
}

function memberOf(row: MemberRow, person: MemberPerson | undefined): Member[] {
  if (person === undefined) return [];
  return [{ userId: row.userId as UserId, addedOn: row.addedOn, rank: row.rank, ...person }];
}
