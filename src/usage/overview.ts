import type { DataSource } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import { narrowedTo, type Visibility } from '../kernel/visibility.js';
import { askPostgres } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { counted, type TagCounts } from '../sessions/counted.js';
import { licenceTag, seatlessTags } from '../sessions/session-id.js';
import type { SessionStore } from '../sessions/store.js';
import { type Attention, attentionOf, type Backlog, type SeatedLicenceFigures, shareOf } from './attention.js';
import { refusalsIn, signInsIn } from './happenings.js';
import { countHours, type HourCount, HourCounts, lastDay } from './hour-counts.js';

/** The house at a glance. */
export interface House {
  readonly atMs: number;
  /** Sessions that live, those without a seat among them. */
  readonly live: number;
  readonly seats: { readonly used: number; readonly limit: number };
  /** Every licence that is seen, the fullest first. */
  readonly licences: readonly SeatedLicenceFigures[];
  /**
   * How sign-ins ended; null to who manages licences, as nobody knows for which licence most of them were, and while there are
   * more than can be counted in time.
   */
  readonly signIns: readonly HourCount[] | null;
  readonly refusals: readonly HourCount[];
  readonly attention: readonly Attention[];
}

const licencesSql = `SELECT l.id, l.name, l.seats, l.state, l.valid_from AS "validFrom", l.valid_to AS "validTo",
    o.id AS "ownerId", concat_ws(' ', o.name, o.surname) AS "ownerName"
  FROM licences l JOIN owners o ON o.id = l.owner_id
  WHERE $1::uuid[] IS NULL OR l.id = ANY($1)`;

const backlogSql = `SELECT
    (SELECT count(*)::int FROM outbox WHERE applied_at IS NULL) AS changes,
    (SELECT min(created_at) FROM outbox WHERE applied_at IS NULL) AS "oldestChange",
    (SELECT count(*)::int FROM mail_outbox WHERE sent_at IS NULL AND given_up_at IS NULL AND attempts > 0) AS mail,
    (SELECT min(created_at) FROM mail_outbox WHERE sent_at IS NULL AND given_up_at IS NULL AND attempts > 0) AS "oldestMail",
    (SELECT count(*)::int FROM mail_outbox WHERE created_at > $1::timestamptz - interval '2 days'
      AND given_up_at > $1::timestamptz - interval '1 day') AS "givenUp"`;

interface LicenceRow extends Omit<SeatedLicenceFigures, 'id' | 'used' | 'owner' | 'validFromMs' | 'validToMs'> {
  id: LicenceId;
  validFrom: Date | null;
  validTo: Date | null;
  ownerId: string;
  ownerName: string;
}

interface BacklogRow {
  changes: number;
  oldestChange: Date | null;
  mail: number;
  oldestMail: Date | null;
  givenUp: number;
}

/** Looks at the whole house: the store counts seats and sessions, Postgres knows what happened. */
export class Overview {
  readonly #dataSource: DataSource;
  readonly #store: Pick<SessionStore, 'counts' | 'health'>;
  readonly #clock: Clock;
  readonly #signIns: HourCounts;
  readonly #refusals: HourCounts;

  constructor(dataSource: DataSource, store: Pick<SessionStore, 'counts' | 'health'>, clock: Clock) {
    this.#dataSource = dataSource;
    this.#store = store;
    this.#clock = clock;
    this.#signIns = new HourCounts((span) => signInsIn(dataSource, span), clock);
    this.#refusals = new HourCounts((span) => refusalsIn(dataSource, span, null), clock);
  }

  /** What of the house can be seen. Throws StoreUnavailable when a store cannot be asked. */
  async look(visible: Visibility): Promise<House> {
    const ids = narrowedTo(visible, 'licences');
    const [counted, signIns, refusals, backlog] = await Promise.all([
      this.#licences(ids),
      ids === null ? this.#signInsInTime() : null,
      ids === null ? this.#refusals.lastDay() : this.#refusalsOf(ids),
      ids === null ? this.#backlog() : null,
    ]);
    const atMs = this.#clock.nowMs();
    const { licences, elsewhere } = counted;
    const used = licences.reduce((sum, one) => sum + one.used, 0);
    const limit = licences.reduce((sum, one) => sum + one.seats, 0);
    const inLicences = licences.reduce((sum, one) => sum + one.living, 0);
    const fullest = licences.toSorted(
      (a, b) => shareOf({ ...b, limit: b.seats }) - shareOf({ ...a, limit: a.seats }) || a.name.localeCompare(b.name),
    );
    const attention = attentionOf(fullest, backlog, atMs);
    return {
      atMs,
      live: inLicences + elsewhere,
      seats: { used, limit },
      licences: fullest,
      signIns,
      refusals,
      attention,
    };
  }

  /** The running hour of sign-ins. */
  runningSignIns(): Promise<HourCount> {
    return this.#signIns.running();
  }

  async #licences(ids: readonly string[] | null) {
    const rows = await askPostgres(() => this.#dataSource.query<LicenceRow[]>(licencesSql, [ids]));
    const licences: (SeatedLicenceFigures & { readonly living: number })[] = [];
    for await (const [row, counts] of counted(this.#store, rows, ({ id }) => licenceTag(id)))
      licences.push(figuresOf(row, counts));
    const others = ids === null ? await this.#store.counts(seatlessTags()) : [];
    return { licences, elsewhere: others.reduce((sum, { living }) => sum + living, 0) };
  }

  /** Null while there are more than can be counted in time: the rest of the house is shown all the same. */
  async #signInsInTime(): Promise<HourCount[] | null> {
    try {
      return await this.#signIns.lastDay();
    } catch (error) {
      if (error instanceof StoreUnavailable) return null;
      throw error;
    }
  }

  #refusalsOf(ids: readonly string[]): Promise<HourCount[]> {
    return countHours(lastDay(this.#clock.nowMs()), (span) => refusalsIn(this.#dataSource, span, ids));
  }

  async #backlog(): Promise<Backlog> {
    const now = new Date(this.#clock.nowMs());
    const [row] = await askPostgres(() => this.#dataSource.query<BacklogRow[]>(backlogSql, [now]));
    return {
      writesRefusedSinceMs: this.#store.health().writesRefusedSinceMs,
      changes: { count: row?.changes ?? 0, oldestMs: row?.oldestChange?.getTime() ?? null },
      mail: { count: row?.mail ?? 0, oldestMs: row?.oldestMail?.getTime() ?? null },
      mailGivenUp: row?.givenUp ?? 0,
    };
  }
}

function figuresOf(row: LicenceRow, { used, living }: TagCounts) {
  const { id, name, seats, state, validFrom, validTo, ownerId, ownerName } = row;
  return {
    ...{ id, name, seats, state, owner: { id: ownerId, name: ownerName } },
    used,
    living,
    validFromMs: validFrom?.getTime() ?? null,
    validToMs: validTo?.getTime() ?? null,
  };
}
