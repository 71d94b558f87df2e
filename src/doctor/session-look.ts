import type { DataSource } from 'typeorm';
import type { UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import { licenceOfTag } from '../sessions/session-id.js';
import { type Finding, finding } from './finding.js';
import type { Kept, Stray, Survey } from './survey.js';

/** What Postgres says that bears on some sessions. */
interface Known {
  /** Whether the account is disabled; deleted ones are missing. */
  readonly users: ReadonlyMap<string, boolean>;
  /** The state of each licence. */
  readonly licences: ReadonlyMap<string, string>;
  /** `<licence> <user>`, of members. */
  readonly members: ReadonlySet<string>;
  /** `<licence> <user>`, of those who may sit there without being members, and without counting. */
  readonly guests: ReadonlySet<string>;
  /** Ids of events. */
  readonly events: ReadonlySet<string>;
}

/** The ids of the events that wait in a tag's stream. */
export type Waiting = (tag: string) => Promise<ReadonlySet<string>>;

/** Compares what is kept of sessions with itself and with Postgres, and says what does not fit. */
export class SessionLook {
  readonly #survey: Survey;
  readonly #dataSource: DataSource;
  readonly #sinceMs: number;

  /** From `sinceMs` on the history is whole: what came before may have been forgotten on purpose. */
  constructor(survey: Survey, dataSource: DataSource, sinceMs: number) {
    this.#survey = survey;
    this.#dataSource = dataSource;
    this.#sinceMs = sinceMs;
  }

  /** Looks at every session key there is. `tags` gathers the tags that were met; answers how many sessions live. */
  async keyspace(tags: Set<string>, waiting: Waiting, say: (found: Finding) => void): Promise<number> {
    let live = 0;
    const seen = new Set<string>();
    for await (const page of this.#survey.keys()) {
      for (const { tag } of page) tags.add(tag);
      const told = await Promise.all(
        page
          .filter(({ handles, users }) => handles.length + users.length > 0)
          .map(({ tag, handles, users }) => this.#survey.ask(tag, { handles, users })),
      );
      for (const { strays } of told) for (const stray of strays) say(strayed(stray));
      const rows = told.flatMap(({ rows }) => rows);
      await this.#judge(rows, waiting, say);
      for (const row of rows) {
        if (!row.lives || seen.has(row.ref)) continue;
        seen.add(row.ref);
        live += 1;
      }
    }
    return live;
  }

  /** Looks at the places of a tag's indexes that lack something, and at clients of which there is no session. */
  async indexes(tag: string, say: (found: Finding) => void): Promise<void> {
    let from = 0;
    do {
      const { next, rows } = await this.#survey.ask(tag, { from });
      for (const row of rows) for (const found of misfits(row)) say(found);
      from = next;
    } while (from !== 0);
    for await (const handles of this.#survey.described(tag)) {
      const { rows } = await this.#survey.ask(tag, { described: handles });
      for (const row of rows) for (const found of misfits(row)) say(found);
    }
  }

  async #judge(rows: readonly Kept[], waiting: Waiting, say: (found: Finding) => void): Promise<void> {
    for (const row of rows) for (const found of misfits(row)) say(found);
    const live = rows.filter((row) => row.lives);
    if (live.length === 0) return;
    const known = await this.#known(live);
    for (const row of live) {
      const found = trespass(row, known);
      if (found !== null) say(found);
      const { tag, ref, handle, userId, openedAtMs } = row;
      if (known.events.has(`${ref}:released`)) {
        say(finding('session-revived', tag, handle, { ref, handle, userId }));
      } else if (
        openedAtMs !== null &&
        openedAtMs >= this.#sinceMs &&
        !known.events.has(`${ref}:admitted`) &&
        !(await waiting(tag)).has(`${ref}:admitted`)
      ) {
        const reason = row.uncountedUntilMs === null ? null : 'support';
        say(finding('admission-missing', tag, handle, { ref, handle, userId, reason, atMs: openedAtMs }));
      }
    }
  }

  async #known(rows: readonly Kept[]): Promise<Known> {
    const users = [...new Set(rows.flatMap(({ userId }) => userId ?? []))];
    const licences = [...new Set(rows.flatMap(({ tag }) => licenceOfTag(tag) ?? []))];
    const events = rows.flatMap(({ ref }) => [`${ref}:admitted`, `${ref}:released`]);
    const ask = <Row>(sql: string, values: readonly unknown[]) =>
      askPostgres(() => this.#dataSource.query<Row[]>(sql, [...values]));
    const placesIn = (table: 'members' | 'uncounted_places') =>
      ask<{ place: string }>(
        `SELECT licence_id || ' ' || user_id AS place FROM ${table}
          WHERE licence_id = ANY($1::uuid[]) AND user_id::text = ANY($2)`,
        [licences, users],
      );
    const [accounts, states, members, guests, written] = await Promise.all([
      ask<{ id: string; disabled: boolean }>(
        'SELECT id, disabled_at IS NOT NULL AS disabled FROM users WHERE id::text = ANY($1)',
        [users],
      ),
      ask<{ id: string; state: string }>('SELECT id, state FROM licences WHERE id = ANY($1::uuid[])', [licences]),
      placesIn('members'),
      placesIn('uncounted_places'),
      ask<{ id: string }>('SELECT id FROM session_events WHERE id = ANY($1)', [events]),
    ]);
    return {
      users: new Map(accounts.map(({ id, disabled }) => [id, disabled])),
      licences: new Map(states.map(({ id, state }) => [id, state])),
      members: new Set(members.map(({ place }) => place)),
      guests: new Set(guests.map(({ place }) => place)),
      events: new Set(written.map(({ id }) => id)),
    };
  }
}

/** What does not fit within Redis. A session whose time has come waits for the next sweep, and fits. */
function misfits(row: Kept): Finding[] {
  const { tag, ref, handle, userId, record } = row;
  const facts = { ref, handle, userId };
  const say = (kind: Finding['kind']) => finding(kind, tag, handle, facts);
  const found: Finding[] = [];
  if (record === 'live' && row.seatUntilMs === null) found.push(say('session-without-seat'));
  else if (record !== 'live' && row.seatUntilMs !== null) found.push(say('seat-without-session'));
  else if (record !== 'live' && row.listedAtMs !== null) found.push(say('listed-without-session'));
  else if (record !== 'live' && row.described) found.push(say('client-stray'));
  if (row.uncountedUntilMs !== null && row.uncountedUntilMs !== row.seatUntilMs) found.push(say('uncounted-stray'));
  if (!row.lives) return found;
  if (row.listedAtMs === null) found.push(say('session-unlisted'));
  if (!row.indexed) found.push(say('index-missing'));
  if (!row.described) found.push(say('client-missing'));
  if (row.knownEpoch !== null && row.epoch < row.knownEpoch) found.push(say('session-outdated'));
  return found;
}

/** Why somebody may not sit where they do; null when they may. */
function trespass({ tag, ref, handle, userId, uncountedUntilMs }: Kept, known: Known): Finding | null {
  const facts = { ref, handle, userId };
  if (userId === null || known.users.get(userId) !== false) return finding('session-of-nobody', tag, handle, facts);
  const licenceId = licenceOfTag(tag);
  if (licenceId === null) return null;
  const state = known.licences.get(licenceId);
  if (state === undefined) return finding('session-of-no-licence', tag, handle, { ...facts, licenceId });
  const counts = uncountedUntilMs === null;
  if (counts && state === 'suspended')
    return finding('session-in-suspended-licence', tag, handle, { ...facts, licenceId });
  const place = `${licenceId} ${userId}`;
  if (known.members.has(place) || (!counts && known.guests.has(place))) return null;
  return finding('session-of-stranger', tag, handle, { ...facts, licenceId });
}

function strayed({ tag, userId, handle }: Stray): Finding {
  return finding('index-stray', tag, `${userId} ${handle}`, { handle, userId: userId as UserId });
}
