import type { DataSource } from 'typeorm';
import { isoTime } from '../kernel/clock.js';
import type { StreamedEvent, Streaming } from '../kernel/route.js';
import { narrowedTo, type Visibility } from '../kernel/visibility.js';
import type { Log } from '../platform/log.js';
import { askPostgres } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';

const everyMs = 1_000;
/** How many notices somebody who comes back is sent at most: the latest. */
const mostMissed = 1_000;

interface Told {
  id: string;
  licenceId: string;
  licenceName: string;
  kind: string;
  raisedAt: Date;
  used: number | null;
  limit: number | null;
  validTo: Date | null;
}

const noticesSql = `SELECT n.id::text, n.licence_id AS "licenceId", l.name AS "licenceName", n.kind,
    n.raised_at AS "raisedAt", n.used, n.seat_limit AS "limit", n.valid_to AS "validTo"
  FROM licence_notices n JOIN licences l ON l.id = n.licence_id
  WHERE n.told AND n.id > $1 AND ($2::uuid[] IS NULL OR n.licence_id = ANY($2)) ORDER BY n.id DESC LIMIT ${mostMissed}`;
type Listener = (event: StreamedEvent, noticeId: bigint, licenceId: string) => void;

/** When to stop following, and what was had before. */
export interface Following {
  /** The id of the last notice that was had; null: none is missed. */
  readonly after: string | null;
  /** Null: for as long as somebody listens. */
  readonly forSeconds: number | null;
  /** What the listener may see at that moment. */
  visible(): Visibility;
}

/**
 * What is noticed of licences, as it happens, whichever server process brings it about. Asks Postgres once a second while
 * somebody listens, however many do.
 */
export class NoticeFeed {
  readonly #dataSource: DataSource;
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();
  #lastId: bigint | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(dataSource: DataSource, log: Log) {
    this.#dataSource = dataSource;
    this.#log = log;
  }

  /** Sends `notice` events, those that were missed first. */
  follow({ after, forSeconds, visible }: Following): Streaming {
    return async (send, over) => {
      const began = await this.#latest();
      this.#lastId ??= began;
      let last = after === null ? began : BigInt(after);
      let held: Parameters<Listener>[] | null = [];
      const pass: Listener = (event, id, licenceId) => {
        const seen = visible();
        if (id <= last || (seen !== 'everything' && !seen.licences.has(licenceId))) return;
        last = id;
        send(event);
      };
      // What happens while the missed ones are read is sent behind them.
      const listener: Listener = (...told) => (held === null ? pass(...told) : held.push(told));
      this.#listen(listener);
      try {
        const missed = await this.#noticesAfter(last, narrowedTo(visible(), 'licences'));
        for (const one of missed) pass(noticeEvent(one), BigInt(one.id), one.licenceId);
        for (const told of held) pass(...told);
        held = null;
        await lasting(forSeconds, over);
      } finally {
        this.#leave(listener);
      }
    };
  }

  #listen(listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#timer === null) this.#again();
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.#timer === null || this.#looking) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#forget();
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      this.#looking = true;
      void this.#look().finally(() => {
        this.#looking = false;
        this.#timer = null;
        if (this.#listeners.size > 0) this.#again();
        else this.#forget();
      });
    }, everyMs);
  }

  /** Nobody listens any more: whoever comes next begins with what is then. */
  #forget(): void {
    this.#lastId = null;
  }

  async #look(): Promise<void> {
    if (this.#listeners.size === 0) return;
    try {
      this.#lastId ??= await this.#latest();
      for (const one of await this.#noticesAfter(this.#lastId)) {
        this.#lastId = BigInt(one.id);
        for (const listener of this.#listeners) listener(noticeEvent(one), this.#lastId, one.licenceId);
      }
    } catch (error) {
      // A stream goes on while Postgres is away; what was missed is found when it is back.
      if (!(error instanceof StoreUnavailable)) this.#log.error({ err: error }, 'notices: could not be followed');
    }
  }

  async #latest(): Promise<bigint> {
    const [row] = await this.#ask<{ id: string }[]>('SELECT coalesce(max(id), 0)::text AS id FROM licence_notices', []);
    return BigInt(row?.id ?? 0);
  }

  /** The oldest first. The order of ids is the order of commits, so that none appears behind one that has been sent. */
  async #noticesAfter(id: bigint, licences: readonly string[] | null = null): Promise<Told[]> {
    return (await this.#ask<Told[]>(noticesSql, [String(id), licences])).reverse();
  }

  #ask<T>(sql: string, parameters: unknown[]): Promise<T> {
    return askPostgres(() => this.#dataSource.query<T>(sql, parameters));
  }
}

function noticeEvent({ id, licenceId, licenceName, kind, raisedAt, used, limit, validTo }: Told): StreamedEvent {
  const data = {
    id,
    licence: { id: licenceId, name: licenceName },
    kind,
    at: isoTime(raisedAt),
    used,
    limit,
    validTo: isoTime(validTo),
  };
  return { name: 'notice', id, data };
}

async function lasting(seconds: number | null, over: AbortSignal): Promise<void> {
  if (over.aborted || seconds === 0) return;
  await new Promise<void>((resolve) => {
    const timer = seconds === null ? undefined : setTimeout(resolve, seconds * 1000);
    over.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
