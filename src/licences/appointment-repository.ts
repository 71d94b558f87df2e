import type { DataSource, EntityManager } from 'typeorm';
import { isStaff, roleNames } from '../access/roles.js';
import type { Scopes } from '../access/route-guard.js';
import { isUuid, type LicenceId, type OwnerId, type UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import type { Scope } from '../kernel/visibility.js';
import { newestFirst } from '../platform/keyset.js';
import { askPostgres } from '../platform/postgres.js';
import { type AppointmentRow, appointmentTable } from './appointment-table.js';
import { licenceTable } from './licence-table.js';
import { ownerTable } from './owner-table.js';

/** What somebody is appointed for: one licence, or an owner with all its licences, also those to come. */
export type Post =
  | { readonly type: 'licence'; readonly id: LicenceId }
  | { readonly type: 'owner'; readonly id: OwnerId };

/** What somebody manages, by name. */
export interface ManagedNames {
  readonly licences: readonly { readonly id: string; readonly name: string }[];
  readonly owners: readonly { readonly id: string; readonly name: string }[];
}

const staffRoles = roleNames.filter((role) => isStaff([role]));
const managedLicences =
  'FROM licence_managers m JOIN licences l ON l.id = m.licence_id OR l.owner_id = m.owner_id WHERE m.user_id = $1';

/** Reads who manages what. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class AppointmentRepository implements Scopes {
  readonly #dataSource: DataSource;
  readonly #identifierKey: (text: string) => string;

  /** `identifierKey` gives the form by which addresses and user names are compared. */
  constructor(dataSource: DataSource, identifierKey: (text: string) => string) {
    this.#dataSource = dataSource;
    this.#identifierKey = identifierKey;
  }

  /** See Scopes. */
  async of(userId: UserId): Promise<Scope | null> {
    const rows = await this.#ask<{ owner: string | null; licence: string | null }>(
      `SELECT m.owner_id AS owner, l.id AS licence FROM licence_managers m
       LEFT JOIN licences l ON l.id = m.licence_id OR l.owner_id = m.owner_id WHERE m.user_id = $1`,
      [userId],
    );
    if (rows.length === 0) return null;
    const present = (ids: readonly (string | null)[]) => new Set(ids.filter((id) => id !== null));
    return { licences: present(rows.map((row) => row.licence)), owners: present(rows.map((row) => row.owner)) };
  }

  /** See Scopes. */
  async hasMember(scope: Scope, member: string): Promise<boolean> {
    const found = isUuid(member) ? 'u.id = $2::uuid' : '(u.email_key = $2 OR u.username_key = $2)';
    const rows = await this.#ask(
      `SELECT 1 FROM members m JOIN users u ON u.id = m.user_id WHERE m.licence_id = ANY($1) AND ${found} LIMIT 1`,
      [[...scope.licences], isUuid(member) ? member : this.#identifierKey(member)],
    );
    return rows.length > 0;
  }

  /** Whether the user manages the licence, by itself or through its owner. */
  async manages(userId: UserId, licenceId: LicenceId): Promise<boolean> {
    return (await this.#ask(`SELECT 1 ${managedLicences} AND l.id = $2 LIMIT 1`, [userId, licenceId])).length > 0;
  }

  /** Whether the user has been appointed to anything. */
  async managesAnything(userId: UserId): Promise<boolean> {
    return (await this.#ask('SELECT 1 FROM licence_managers WHERE user_id = $1 LIMIT 1', [userId])).length > 0;
  }

  /** The names of what a scope holds, each list in the order of its names. */
  async namesOf(scope: Scope): Promise<ManagedNames> {
    const [licences, owners] = await Promise.all([
      this.#ask<{ id: string; name: string }>('SELECT id, name FROM licences WHERE id = ANY($1) ORDER BY name, id', [
        [...scope.licences],
      ]),
      this.#ask<{ id: string; name: string }>(
        "SELECT id, concat_ws(' ', name, surname) AS name FROM owners WHERE id = ANY($1) ORDER BY name, id",
        [[...scope.owners]],
      ),
    ]);
    return { licences, owners };
  }

  /** Whether there is what somebody could be appointed for. */
  exists({ type, id }: Post): Promise<boolean> {
    const { manager } = this.#dataSource;
    return askPostgres(() => manager.existsBy<{ id: string }>(type === 'licence' ? licenceTable : ownerTable, { id }));
  }

  /** The ids of those appointed for exactly this. */
  async appointed(tx: EntityManager, post: Post): Promise<UserId[]> {
    const rows = await tx.findBy(appointmentTable, columnsOf(post));
    return rows.map(({ userId }) => userId as UserId);
  }

  /** Locks the row of the licence or owner, if there is one. */
  async lock(tx: EntityManager, { type, id }: Post): Promise<void> {
    await tx.query(`SELECT 1 FROM ${type === 'licence' ? 'licences' : 'owners'} WHERE id = $1 FOR UPDATE`, [id]);
  }

  /**
   * Where the user, who is not on the staff, sits or may sit without a seat and, as the transaction sees it, without any
   * reason left: licences that the user does not manage, and null for sitting in none when nothing is managed any more. A
   * licence of which the user is a member is told only if it is `gone` or of the owner `gone`, which was managed until now:
   * nobody knows here which of the sessions there takes no seat.
   */
  async placesLost(tx: EntityManager, userId: UserId, gone: Post['id']): Promise<(LicenceId | null)[]> {
    const rows = await tx.query<{ id: LicenceId | null }[]>(
      `SELECT p.licence_id AS id FROM uncounted_places p JOIN licences l ON l.id = p.licence_id
       WHERE p.user_id = $1 AND NOT EXISTS (SELECT 1 FROM users WHERE id = $1 AND roles && $2::text[])
         AND NOT EXISTS (SELECT 1 FROM licence_managers a
                         WHERE a.user_id = $1 AND (a.licence_id = l.id OR a.owner_id = l.owner_id))
         AND ($3 IN (l.id, l.owner_id)
              OR NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = $1 AND m.licence_id = l.id))
       UNION ALL
       SELECT NULL FROM users WHERE id = $1 AND NOT roles && $2::text[]
         AND NOT EXISTS (SELECT 1 FROM licence_managers WHERE user_id = $1)`,
      [userId, staffRoles, gone],
    );
    return rows.map(({ id }) => id);
  }

  /** A page of those appointed for exactly this, the latest first. */
  list(post: Post, page: PageRequest): Promise<Page<AppointmentRow>> {
    const query = this.#dataSource.createQueryBuilder(appointmentTable, 'a').where(columnsOf(post));
    return newestFirst(query, page, { alias: 'a', time: 'appointedOn', id: 'userId' });
  }

  #ask<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return askPostgres(() => this.#dataSource.query<Row[]>(sql, [...parameters]));
  }
}

/** The columns that say what somebody is appointed for. */
export function columnsOf(post: Post): { licenceId: LicenceId } | { ownerId: OwnerId } {
  return post.type === 'licence' ? { licenceId: post.id } : { ownerId: post.id };
}
