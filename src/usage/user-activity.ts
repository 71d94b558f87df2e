import type { DataSource } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { isOpen } from '../licences/licence-repository.js';
import type { Validity } from '../licences/validity.js';
import { askPostgres } from '../platform/postgres.js';
import { licenceOfTag } from '../sessions/session-id.js';
import type { SessionService } from '../sessions/session-service.js';
import { everySession } from './every-session.js';

/** A licence somebody is a member of. */
export interface UserPlace {
  readonly licence: {
    readonly id: LicenceId;
    readonly name: string;
    readonly serial: string;
    readonly state: 'active' | 'draining' | 'suspended';
    readonly owner: { readonly id: string; readonly name: string };
  };
  /** Active, and now lies between its dates. */
  readonly valid: boolean;
  readonly addedOn: Date;
  readonly rank: number | null;
  /** The roles of applications the member has there. */
  readonly roles: readonly string[];
  /** How many live sessions the member has there. */
  readonly sessions: number;
}

/** A licence or an owner that somebody manages. */
export interface ManagedPlace {
  readonly type: 'licence' | 'owner';
  readonly id: string;
  readonly name: string;
}

type PlaceRow = Omit<UserPlace, 'valid' | 'sessions'> & Validity;

/** More than anybody will read. */
const most = 500;

const lastSql = `SELECT one.id, last.at FROM unnest($1::uuid[]) AS one(id)
  CROSS JOIN LATERAL (
    SELECT s.at FROM sign_ins s WHERE s.user_id = one.id AND s.outcome = 'signed-in' ORDER BY s.at DESC LIMIT 1) last`;

const placesSql = `SELECT json_build_object('id', l.id, 'name', l.name, 'serial', l.serial, 'state', l.state,
    'owner', json_build_object('id', o.id, 'name', concat_ws(' ', o.name, o.surname))) AS licence,
    l.valid_from AS "validFrom", l.valid_to AS "validTo", l.duration_days AS "durationDays", m.added_on AS "addedOn", m.rank,
    ARRAY(SELECT r.role FROM licence_roles r JOIN app_roles a ON a.name = r.role AND a.deleted_at IS NULL
          WHERE r.licence_id = l.id AND r.user_id = m.user_id ORDER BY r.role) AS roles
  FROM members m JOIN licences l ON l.id = m.licence_id JOIN owners o ON o.id = l.owner_id
  WHERE m.user_id = $1 ORDER BY l.name, l.id LIMIT ${most}`;

const managedSql = `SELECT 'licence' AS type, l.id, l.name FROM licence_managers m JOIN licences l ON l.id = m.licence_id
  WHERE m.user_id = $1
  UNION ALL SELECT 'owner', o.id, concat_ws(' ', o.name, o.surname) FROM licence_managers m JOIN owners o ON o.id = m.owner_id
  WHERE m.user_id = $1 ORDER BY type, name LIMIT ${most}`;

/** Tells where people belong and whether they are there. Throws StoreUnavailable. */
export class UserActivity {
  readonly #dataSource: DataSource;
  readonly #sessions: Pick<SessionService, 'list'>;
  readonly #clock: Clock;

  constructor(dataSource: DataSource, sessions: Pick<SessionService, 'list'>, clock: Clock) {
    this.#dataSource = dataSource;
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** When these last signed in, as far as the log goes back; null: not since then. */
  async lastSignIns(ids: readonly UserId[]): Promise<(id: UserId) => Date | null> {
    const rows = await this.#ask<{ id: UserId; at: Date }>(lastSql, [ids]);
    const found = new Map(rows.map(({ id, at }) => [id, at]));
    return (id) => found.get(id) ?? null;
  }

  /** How many live sessions somebody has. */
  async liveSessions(id: UserId): Promise<number> {
    return (await this.#sessions.list({ visible: 'everything', userIds: [id] }, { limit: 1, cursor: null })).total;
  }

  /** The licences somebody is a member of, by name. */
  async places(id: UserId): Promise<UserPlace[]> {
    const rows = await this.#ask<PlaceRow>(placesSql, [id]);
    const seated = rows.length === 0 ? new Map<LicenceId, number>() : await this.#seated(id);
    const now = this.#clock.nowMs();
    return rows.map(({ licence, validFrom, validTo, durationDays, ...rest }) => ({
      ...rest,
      licence,
      valid: isOpen({ state: licence.state, validFrom, validTo, durationDays }, now),
      sessions: seated.get(licence.id) ?? 0,
    }));
  }

  /** What somebody manages, licences first. */
  managed(id: UserId): Promise<ManagedPlace[]> {
    return this.#ask(managedSql, [id]);
  }

  async #seated(id: UserId): Promise<Map<LicenceId, number>> {
    const counts = new Map<LicenceId, number>();
    for await (const { tag } of everySession(this.#sessions, { visible: 'everything', userIds: [id] })) {
      const licence = licenceOfTag(tag);
      if (licence !== null) counts.set(licence, (counts.get(licence) ?? 0) + 1);
    }
    return counts;
  }

  #ask<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return askPostgres(() => this.#dataSource.query<Row[]>(sql, [...parameters]));
  }
}
