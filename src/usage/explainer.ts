import type { DataSource } from 'typeorm';
import { isUuid, type LicenceId, type UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { narrowedTo, type Visibility } from '../kernel/visibility.js';
import { askPostgres } from '../platform/postgres.js';
import type { ExplainedAttempt, ExplainedPerson, ExplainedRefusal, ExplainedSession, Facts } from './explanation.js';
import { isTelling } from './hour-figures.js';
import { type LicenceThen, licenceThen } from './licence-then.js';

/** How far around the moment is looked, in milliseconds. */
const aroundMs = 900_000;
/** More of a kind than anybody will read is not told: the nearest are. */
const most = 20;

/** What is asked. */
export interface Question {
  /** An id, an address or a user name. */
  readonly user: string;
  readonly at: Date;
  readonly licenceId?: LicenceId | undefined;
  /** What of it the asker may see. */
  readonly visible: Visibility;
}

/** Finds accounts for the explainer. */
export interface KnownPeople {
  find(id: UserId): Promise<ExplainedPerson | null>;
  findForSignIn(identifier: string): Promise<ExplainedPerson | null>;
}

interface RefusalRow {
  at: Date;
  licence_id: LicenceId | null;
  reason: string | null;
  used: number;
  seat_limit: number | null;
  admitted_at: Date | null;
  telling: boolean;
}

/** Whose history is looked at, and what of it: the first three parameters of every statement. */
type Asked = readonly [user: UserId, licence: LicenceId | null, visible: readonly string[] | null];

/** SQL: whether a row speaks of what the asker asks for ($2, or all) and may see ($3, or all). */
function isAsked(alias: string): string {
  return `($2::uuid IS NULL OR ${alias}.licence_id = $2)
    AND ($3::uuid[] IS NULL OR ${alias}.licence_id IS NULL OR ${alias}.licence_id = ANY($3))`;
}

const refusalColumns = `e.at, e.licence_id, e.reason, e.used, e.seat_limit, ${isTelling('e')} AS telling,
  (SELECT n.at FROM session_events n
   WHERE n.user_id = e.user_id AND n.licence_id IS NOT DISTINCT FROM e.licence_id AND n.kind = 'admitted'
     AND (n.at, n.seq) > (e.at, e.seq) AND n.at < e.at + interval '7 days'
   ORDER BY n.at, n.seq LIMIT 1) AS admitted_at`;

/** Answers why somebody was refused at some time, or what happened instead. */
export class Explainer {
  readonly #dataSource: DataSource;
  readonly #people: KnownPeople;

  constructor(dataSource: DataSource, people: KnownPeople) {
    this.#dataSource = dataSource;
    this.#people = people;
  }

  /** Everything known about it. Throws `not-found` when there is no such account, and StoreUnavailable. */
  async explain({ user, at, licenceId, visible }: Question): Promise<Facts> {
    const found = isUuid(user) ? await this.#people.find(user as UserId) : await this.#people.findForSignIn(user);
    if (found === null) throw new Problem('not-found');
    const { id, email, username, name, disabledAt } = found;
    const window = { from: new Date(Math.max(0, at.getTime() - aroundMs)), to: new Date(at.getTime() + aroundMs) };
    const asked: Asked = [id, licenceId ?? null, narrowedTo(visible, 'licences')];
    const [refusals, attempts, sessions, memberships] = await Promise.all([
      this.#refusals(asked, at, window),
      this.#attempts(asked, at, window),
      this.#sessions(asked, at, window),
      this.#memberships(asked),
    ]);
    const lastRefusal = refusals.length > 0 ? null : await this.#lastRefusal(asked, window.from);
    const spoken = [
      ...refusals,
      ...attempts,
      ...sessions,
      ...memberships,
      ...(lastRefusal === null ? [] : [lastRefusal]),
    ];
    const licencesThen: LicenceThen[] = [];
    for (const membership of memberships) {
      const then = await licenceThen(this.#dataSource, membership.licenceId, at.getTime());
      if (then !== null) licencesThen.push(then);
    }
    return {
      person: { id, email, username, name, disabledAt },
      at,
      ...window,
      refusals,
      attempts,
      sessions,
      lastRefusal,
      memberships,
      licencesThen,
      names: await this.#names(spoken.flatMap((one) => one.licenceId ?? [])),
    };
  }

  async #refusals(asked: Asked, at: Date, { from, to }: Window): Promise<ExplainedRefusal[]> {
    const rows = await this.#ask<RefusalRow>(
      `SELECT * FROM (
         SELECT ${refusalColumns}, e.seq FROM session_events e
         WHERE e.user_id = $1 AND ${isAsked('e')} AND e.kind = 'refused' AND e.at >= $4 AND e.at <= $5
         ORDER BY abs(extract(epoch FROM e.at - $6::timestamptz)) LIMIT ${most}) nearest
       ORDER BY at, seq`,
      [...asked, from, to, at],
    );
    return Promise.all(rows.map((row) => this.#refusalIn(row)));
  }

  async #lastRefusal(asked: Asked, before: Date): Promise<ExplainedRefusal | null> {
    const [row] = await this.#ask<RefusalRow>(
      `SELECT ${refusalColumns} FROM session_events e
       WHERE e.user_id = $1 AND ${isAsked('e')} AND e.kind = 'refused' AND e.at < $4
       ORDER BY e.at DESC, e.seq DESC LIMIT 1`,
      [...asked, before],
    );
    return row === undefined ? null : this.#refusalIn(row);
  }

  /** Attempts that failed for a reason the refusals do not tell. A refusal carries the id of its attempt. */
  #attempts(asked: Asked, at: Date, { from, to }: Window): Promise<ExplainedAttempt[]> {
    return this.#ask(
      `SELECT at, outcome, licence_id AS "licenceId" FROM (
         SELECT s.at, s.id, s.outcome, s.licence_id FROM sign_ins s
         WHERE s.user_id = $1 AND (s.licence_id IS NULL OR (${isAsked('s')})) AND s.at >= $4 AND s.at <= $5
           AND s.outcome <> 'signed-in'
           AND NOT EXISTS (SELECT 1 FROM session_events e WHERE e.id = s.id || ':refused')
         ORDER BY abs(extract(epoch FROM s.at - $6::timestamptz)) LIMIT ${most}) nearest
       ORDER BY at, id`,
      [...asked, from, to, at],
    );
  }

  /** Sessions that were opened in the window, or that lived at the moment. */
  #sessions(asked: Asked, at: Date, { from, to }: Window): Promise<ExplainedSession[]> {
    return this.#ask(
      `SELECT "licenceId", since, kind, until, "endReason" FROM (
         SELECT e.licence_id AS "licenceId", e.at AS since, e.reason AS kind, r.at AS until, r.reason AS "endReason", e.seq
         FROM session_events e
         LEFT JOIN session_events r ON r.ref = e.ref AND r.kind = 'released'
         WHERE e.user_id = $1 AND ${isAsked('e')} AND e.kind = 'admitted' AND e.at <= $5
           AND (e.at >= $4 OR (e.at <= $6 AND (r.at IS NULL OR r.at > $6)))
         ORDER BY e.at DESC, e.seq DESC LIMIT ${most}) latest
       ORDER BY since, seq`,
      [...asked, from, to, at],
    );
  }

  #memberships(asked: Asked): Promise<Facts['memberships'][number][]> {
    return this.#ask(
      `SELECT m.licence_id AS "licenceId", l.name, m.added_on AS since
       FROM members m JOIN licences l ON l.id = m.licence_id
       WHERE m.user_id = $1 AND ${isAsked('m')}
       ORDER BY l.name, l.id LIMIT ${most}`,
      asked,
    );
  }

  async #names(ids: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#ask<{ id: string; name: string }>('SELECT id, name FROM licences WHERE id = ANY($1)', [
      ids,
    ]);
    return new Map(rows.map((row) => [row.id, row.name]));
  }

  async #refusalIn(row: RefusalRow): Promise<ExplainedRefusal> {
    const { at, licence_id: licenceId, used, seat_limit: limit, admitted_at: admittedAt, telling } = row;
    const licence = licenceId === null ? null : await licenceThen(this.#dataSource, licenceId, at.getTime());
    return { at, licenceId, licence, reason: row.reason ?? '', used, limit, admittedAt, telling };
  }

  #ask<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return askPostgres(() => this.#dataSource.query<Row[]>(sql, [...parameters]));
  }
}

interface Window {
  readonly from: Date;
  readonly to: Date;
}
