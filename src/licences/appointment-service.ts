import type { DataSource } from 'typeorm';
import { type By, personBehind } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import { newId, type UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { invalid, Problem } from '../kernel/problem.js';
import { askPostgres, brokenConstraint } from '../platform/postgres.js';
import { userKeyOf } from '../sessions/pushes.js';
import type { AppointmentEndings } from './appointment-endings.js';
import { type AppointmentRepository, columnsOf, type Post } from './appointment-repository.js';
import { type AppointmentRow, appointmentTable } from './appointment-table.js';
import type { MemberAccounts, MemberPerson } from './member-service.js';

/** Somebody who manages a licence, or the licences of an owner. */
export interface Appointed extends MemberPerson {
  readonly userId: UserId;
  readonly appointedOn: Date;
  /** Null: nobody who has an account. */
  readonly appointedBy: UserId | null;
}

/** What appointments need of accounts. */
export type AppointmentAccounts = Pick<MemberAccounts, 'lockMany' | 'people'>;

/**
 * Who manages which licences. An appointment gives no permission: what it allows is looked up at every request, so that it
 * holds, and ends, at once. Every method throws `not-found` when there is no such licence or owner.
 */
export class AppointmentService {
  readonly #dataSource: DataSource;
  readonly #changes: Changes;
  readonly #appointments: AppointmentRepository;
  readonly #accounts: AppointmentAccounts;
  readonly #endings: AppointmentEndings;

  constructor(parts: {
    dataSource: DataSource;
    changes: Changes;
    appointments: AppointmentRepository;
    accounts: AppointmentAccounts;
    endings: AppointmentEndings;
  }) {
    this.#dataSource = parts.dataSource;
    this.#changes = parts.changes;
    this.#appointments = parts.appointments;
    this.#accounts = parts.accounts;
    this.#endings = parts.endings;
  }

  /** A page of those appointed for exactly this, the latest first. */
  async list(post: Post, page: PageRequest): Promise<Page<Appointed>> {
    await this.#require(post);
    const { items, ...rest } = await this.#appointments.list(post, page);
    const people = await this.#accounts.people(items.map((row) => row.userId as UserId));
    return { items: items.flatMap((row) => appointedIn(row, people.get(row.userId))), ...rest };
  }

  /** Appoints a user. `added` is false for one who is appointed already. Throws `invalid-request` for an unknown user. */
  async appoint(post: Post, userId: UserId, by: By): Promise<Changed<{ appointed: Appointed; added: boolean }>> {
    await this.#require(post);
    const { result: added, reached } = await this.#make(by, async (change) => {
      // Whoever appoints the same person at the same time waits here.
      const locked = await this.#accounts.lockMany(change.tx, [userId]);
      if (locked.length === 0) throw invalid('/userId', 'must be the id of a user');
      if (await change.tx.existsBy(appointmentTable, { userId, ...columnsOf(post) })) {
        change.await(userKeyOf(userId));
        return false;
      }
      await change.tx.insert(appointmentTable, {
        id: newId(),
        userId,
        ...columnsOf(post),
        appointedOn: change.now,
        appointedBy: personBehind(by) ?? null,
      });
      await change.audit({ action: 'manager.appointed', target: post, detail: { userId } });
      return true;
    });
    const where = { userId, ...columnsOf(post) };
    const row = await askPostgres(() => this.#dataSource.manager.findOneBy(appointmentTable, where));
    const people = await this.#accounts.people([userId]);
    const [appointed] = row === null ? [] : appointedIn(row, people.get(userId));
    // Dismissed again between the commit and now.
    if (appointed === undefined) throw new Problem('not-found');
    return { result: { appointed, added }, reached };
  }

  /** Ends an appointment, and the sessions in licences where it was the only reason. Throws `not-found` when there is none. */
  dismiss(post: Post, userId: UserId, by: By): Promise<Changed<void>> {
    return this.#changes.make(by, async (change) => {
      const [user] = await this.#accounts.lockMany(change.tx, [userId]);
      const gone = await change.tx.delete(appointmentTable, { userId, ...columnsOf(post) });
      if (user === undefined || gone.affected !== 1) throw new Problem('not-found');
      await change.audit({ action: 'manager.dismissed', target: post, detail: { userId } });
      await this.#endings.end(change, [user], post.id);
    });
  }

  async #require(post: Post): Promise<void> {
    if (!(await this.#appointments.exists(post))) throw new Problem('not-found');
  }

  async #make<T>(by: By, work: (change: Change) => Promise<T>): Promise<Changed<T>> {
    try {
      return await this.#changes.make(by, work);
    } catch (error) {
      const broken = brokenConstraint(error);
      // Removed since it was looked for.
      if (broken === 'licence_managers_licence_fk' || broken === 'licence_managers_owner_fk') {
        throw new Problem('not-found');
      }
      throw error;
    }
  }
}

function appointedIn(row: AppointmentRow, person: MemberPerson | undefined): Appointed[] {
  if (person === undefined) return [];
  const { appointedOn, appointedBy } = row;
  return [{ userId: row.userId as UserId, ...person, appointedOn, appointedBy: appointedBy as UserId | null }];
}
