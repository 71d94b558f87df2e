import type { DataSource } from 'typeorm';
import type { By } from '../audit/audit-log.js';
import type { Change, Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Log } from '../platform/log.js';
import type { Json } from '../platform/outbox-table.js';
import { askPostgres } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { AccountRequestRow } from './account-request-table.js';

/** What can be asked for without it being told whether there is an account, and what goes with it. */
export interface AccountRequestDetails {
  readonly register: { readonly passwordHash: string; readonly name: string | null };
  readonly 'verify-email': null;
  readonly reset: null;
  readonly 'change-email': { readonly userId: string };
}

/** A request that is being looked at: the address it is about, and what was given with it. */
export interface AccountRequest<Kind extends keyof AccountRequestDetails> {
  readonly email: string;
  readonly details: AccountRequestDetails[Kind];
  readonly askedAt: Date;
}

/** Decides what a request leads to, in the change that takes it from the table. */
export type AccountAnswer<Kind extends keyof AccountRequestDetails> = (
  change: Change,
  request: AccountRequest<Kind>,
) => Promise<void>;

/** What AccountRequests are made of. */
export interface AccountRequestsParts {
  readonly dataSource: DataSource;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly log: Log;
  readonly answers: { readonly [Kind in keyof AccountRequestDetails]: AccountAnswer<Kind> };
}

type Waiting = Pick<
  AccountRequestRow,
  'id' | 'kind' | 'email' | 'details' | 'requestId' | 'address' | 'userAgent' | 'createdAt'
>;

const lookEveryMs = 1000;
/** Long enough that nobody can tell from the time of the answer, or of the next one, what was found. */
const soonMs = 100;
const firstWaitMs = 5_000;
const longestWaitMs = 600_000;
const giveUpAfterMs = 86_400_000;
const longestUserAgent = 512;

const takeSql = `SELECT id, kind, email, details, request_id AS "requestId", address, user_agent AS "userAgent",
  created_at AS "createdAt" FROM account_requests WHERE next_attempt_at <= $1
  ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED`;

/**
 * Requests about an address of which nobody is told whether it has an account (ASVS 6.3.8): whoever asks, and for whom, one
 * row is written and nothing is looked up. What it leads to is decided afterwards, in one transaction with the row's end:
 * once, also when a process dies in between. Several processes may work on one table.
 */
export class AccountRequests {
  readonly #parts: AccountRequestsParts;
  #running: Promise<void> | null = null;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(parts: AccountRequestsParts) {
    this.#parts = parts;
  }

  /** Writes a request down. Throws StoreUnavailable. */
  async add<Kind extends keyof AccountRequestDetails>(
    kind: Kind,
    email: string,
    details: AccountRequestDetails[Kind],
    caller: Caller,
  ): Promise<void> {
    const { dataSource, clock } = this.#parts;
    const { requestId, address } = caller;
    const userAgent = caller.userAgent.slice(0, longestUserAgent);
    const now = new Date(clock.nowMs());
    await askPostgres(() =>
      dataSource.query(
        `INSERT INTO account_requests (id, kind, email, details, request_id, address, user_agent, created_at, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
        [newId(), kind, email, JSON.stringify(details), requestId, address, userAgent, now],
      ),
    );
    setTimeout(() => this.#wake(), soonMs).unref();
  }

  /** Begins to look at what waits: soon when something was added here, else every second. */
  start(): void {
    this.#stopped = false;
    this.#running ??= this.#work();
  }

  /** Stops, and waits for what is being looked at. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    this.#running = null;
  }

  /** Looks at the first request that is due. False when there is none. Throws StoreUnavailable. */
  async next(): Promise<boolean> {
    const taken: { row: Waiting | null } = { row: null };
    try {
      await this.#parts.changes.make(nobody, async (change) => {
        const [row] = await change.tx.query<Waiting[]>(takeSql, [change.now]);
        if (row === undefined) return;
        taken.row = row;
        const { requestId, address, userAgent } = row;
        await this.#answer({ ...change, by: { actor: null, caller: { requestId, address, userAgent } } }, row);
        await change.tx.query('DELETE FROM account_requests WHERE id = $1', [row.id]);
      });
    } catch (error) {
      if (taken.row === null || error instanceof StoreUnavailable) throw error;
      await this.#postpone(taken.row, error);
    }
    return taken.row !== null;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      let more = false;
      try {
        more = await this.next();
      } catch (error) {
        if (!(error instanceof StoreUnavailable))
          this.#parts.log.error({ err: error }, 'account requests: the worker failed');
      }
      if (!more) await this.#sleep();
    }
  }

  #answer(change: Change, row: Waiting): Promise<void> {
    const answer = this.#parts.answers[row.kind as keyof AccountRequestDetails] as
      | ((change: Change, request: { email: string; details: Json; askedAt: Date }) => Promise<void>)
      | undefined;
    if (answer === undefined) throw new Error(`account requests of the kind ${row.kind} have no answer`);
    return answer(change, { email: row.email, details: row.details, askedAt: row.createdAt });
  }

  /** What fails is tried again for a day, later each time. */
  async #postpone({ id, kind, createdAt }: Waiting, error: unknown): Promise<void> {
    const { log, clock, dataSource } = this.#parts;
    log.error({ err: error, request: id, kind }, 'account requests: one failed');
    const now = clock.nowMs();
    const tooLate = now > createdAt.getTime() + giveUpAfterMs;
    const [sql, values] = tooLate
      ? ['DELETE FROM account_requests WHERE id = $1', [id]]
      : [postponeSql, [id, new Date(now), firstWaitMs, longestWaitMs]];
    await askPostgres(() => dataSource.query(sql, values));
  }

  async #sleep(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lookEveryMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const nobody: By = { actor: null, caller: null };
const postponeSql = `UPDATE account_requests SET attempts = attempts + 1,
  next_attempt_at = $2::timestamptz + least($3 * 2 ^ least(attempts, 20), $4) * interval '1 millisecond' WHERE id = $1`;
