import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { emailAddress } from '../kernel/text.js';
import type { Log } from '../platform/log.js';
import { type Mailer, MailRefused } from '../platform/mailer.js';
import type { Metrics } from '../platform/metrics.js';
import { askPostgres } from '../platform/postgres.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { MailRow } from './mail-outbox-table.js';
import { type MailTemplate, type MailValues, mailTemplates, writtenMail } from './templates.js';
import { urgencyOf } from './urgency.js';

/** A message to one person. */
export interface Mail<Name extends MailTemplate = MailTemplate> {
  readonly to: string;
  readonly template: Name;
  readonly values: MailValues<Name>;
}

/** How many of some messages an address gets within how long. */
export interface MailLimit {
  readonly templates: readonly MailTemplate[];
  readonly most: number;
  readonly withinMs: number;
}

/** What the mail outbox is made of. */
export interface MailOutboxParts {
  readonly dataSource: DataSource;
  /** Null when no way to send mail is set up. */
  readonly mailer: Mailer | null;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'mail' | 'mailWaiting'>;
}

const lookEveryMs = 1000;
const soonMs = 100;
const atOnce = 5;
/** Longer than the mailer may take for one message: after it another process takes a message for not sent. */
const leaseMs = 120_000;
const firstWaitMs = 10_000;
const longestWaitMs = 3_600_000;
const giveUpAfterMs = 86_400_000;
const keepMs = 30 * 86_400_000;
const purgeEveryMs = 3_600_000;
/** How long a stop waits for what is being sent. */
const patienceMs = 3000;

const waiting = 'sent_at IS NULL AND given_up_at IS NULL';
const takeSql = `UPDATE mail_outbox SET attempts = attempts + 1, next_attempt_at = $2
  WHERE id IN (SELECT id FROM mail_outbox WHERE ${waiting} AND next_attempt_at <= $1
    ORDER BY urgency, next_attempt_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
  RETURNING id, recipient, template, "values", attempts, created_at AS "createdAt"`;

type Taken = Pick<MailRow, 'id' | 'recipient' | 'template' | 'values' | 'attempts' | 'createdAt'>;

/**
 * Messages on their way to people: written down in the transaction of what they tell, sent after its commit, and tried
 * again for a day; what somebody waits for first, and what goes to many last. Several processes may send from one table. A message can arrive twice, then with the same Message-ID.
 */
export class MailOutbox {
  readonly #parts: MailOutboxParts;
  #running: Promise<void> | null = null;
  #stopped = false;
  #stopping = new AbortController();
  #wake: () => void = () => {};
  #purgedAtMs = 0;

  constructor(parts: MailOutboxParts) {
    this.#parts = parts;
  }

  /** Whether this server can send mail: `SMTP_URL` or `MAIL_DIR` is set. */
  get sends(): boolean {
    return this.#parts.mailer !== null;
  }

  /** Throws `mail-not-set-up` when this server cannot send mail: for what is of no use without. */
  require(): void {
    if (!this.sends) throw new Problem('mail-not-set-up');
  }

  /** Adds a message in the caller's transaction. Throws `mail-not-set-up` when this server cannot send mail. */
  async enqueue<Name extends MailTemplate>(tx: EntityManager, mail: Mail<Name>): Promise<void> {
    this.require();
    const values: Readonly<Record<string, string>> = mail.values;
    // What could not be written later is found out now.
    writtenMail(mail.template, values);
    await tx.query(
      `INSERT INTO mail_outbox (id, recipient, template, "values", urgency, created_at, next_attempt_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6)`,
      [
        newId(),
        emailAddress.parse(mail.to),
        mail.template,
        JSON.stringify(values),
        urgencyOf(mail.template),
        this.#in(0),
      ],
    );
    setTimeout(() => this.#wake(), soonMs).unref();
  }

  /** How many of these messages were written to an address since then, sent or not. */
  async countSince(tx: EntityManager, to: string, templates: readonly MailTemplate[], since: Date): Promise<number> {
    const [row] = await tx.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM mail_outbox
       WHERE created_at > $1 AND lower(recipient) = lower($2) AND template = ANY($3)`,
      [since, to, templates],
    );
    return row?.n ?? 0;
  }

  /** Seconds until these messages to an address are fewer than `most` within so long, 0 when they are now; sent or not. */
  async secondsUntilFewer(tx: EntityManager, to: string, about: MailLimit): Promise<number> {
    const { templates, most, withinMs } = about;
    const [decisive] = await tx.query<{ at: Date }[]>(
      `SELECT created_at AS at FROM mail_outbox
       WHERE created_at > $1 AND lower(recipient) = lower($2) AND template = ANY($3)
       ORDER BY created_at DESC OFFSET $4 LIMIT 1`,
      [this.#in(-withinMs), to, templates, most - 1],
    );
    if (decisive === undefined) return 0;
    return Math.max(1, Math.ceil((decisive.at.getTime() + withinMs - this.#parts.clock.nowMs()) / 1000));
  }

  /** Begins to send: at once when something was added here, else every second. */
  start(): void {
    if (this.#parts.mailer === null) return;
    this.#stopping = new AbortController();
    this.#running ??= this.#work(this.#parts.mailer);
  }

  /** Stops sending. What is under way has three seconds; what is left is sent after the next start. */
  async stop(): Promise<void> {
    const stopping = this.#stopping;
    const patience = setTimeout(() => stopping.abort('late'), patienceMs);
    this.#stopped = true;
    this.#wake();
    await this.#running;
    clearTimeout(patience);
    this.#running = null;
    this.#stopped = false;
  }

  async #work(mailer: Mailer): Promise<void> {
    while (!this.#stopped) {
      let sent = 0;
      try {
        sent = await this.#sendSome(mailer);
        if (sent === 0) await this.#tellAndPurge();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) this.#parts.log.error({ err: error }, 'mail: could not be sent');
      }
      if (sent === 0) await this.#sleep();
    }
  }

  /** Sends what is due, five at a time. How many there were. */
  async #sendSome(mailer: Mailer): Promise<number> {
    const [rows] = await this.#ask<[Taken[], number]>(takeSql, [this.#in(0), this.#in(leaseMs)]);
    await Promise.all(rows.map((row) => this.#sendOne(mailer, row)));
    return rows.length;
  }

  async #sendOne(mailer: Mailer, row: Taken): Promise<void> {
    const template = row.template as MailTemplate;
    try {
      const text = writtenMail(template, row.values);
      const { id, recipient: to, createdAt: writtenAt } = row;
      await mailer.send({ id, to, writtenAt, ...text }, this.#stopping.signal);
    } catch (error) {
      await this.#failed(row, error);
      return;
    }
    await this.#finish(row, 'sent_at', null);
    this.#parts.metrics.mail('sent');
  }

  async #failed(row: Taken, error: unknown): Promise<void> {
    const { log, metrics, clock } = this.#parts;
    const reason = shortly(error);
    const about = { reason, mail: row.id, template: row.template, attempts: row.attempts };
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (row.attempts - 1));
    const tooLate = clock.nowMs() + waitMs > row.createdAt.getTime() + giveUpAfterMs;
    if (error instanceof MailRefused || tooLate) {
      await this.#finish(row, 'given_up_at', reason);
      metrics.mail('given-up');
      log.error(about, 'mail: given up');
      return;
    }
    await this.#ask('UPDATE mail_outbox SET next_attempt_at = $1, last_error = $2 WHERE id = $3', [
      this.#in(this.#stopped ? 0 : waitMs),
      reason,
      row.id,
    ]);
    metrics.mail('postponed');
    log.warn(about, 'mail: not sent yet, will be tried again');
  }

  async #finish(row: Taken, column: 'sent_at' | 'given_up_at', error: string | null): Promise<void> {
    const known = Object.hasOwn(mailTemplates, row.template);
    const secrets: readonly string[] = known ? mailTemplates[row.template as MailTemplate].secrets : [];
    await this.#ask(
      `UPDATE mail_outbox SET ${column} = $1, last_error = $2, "values" = "values" - $3::text[] WHERE id = $4`,
      [this.#in(0), error, secrets, row.id],
    );
  }

  async #tellAndPurge(): Promise<void> {
    const [row] = await this.#ask<{ n: number }[]>(`SELECT count(*)::int AS n FROM mail_outbox WHERE ${waiting}`, []);
    this.#parts.metrics.mailWaiting(row?.n ?? 0);
    const now = this.#parts.clock.nowMs();
    if (now - this.#purgedAtMs < purgeEveryMs) return;
    this.#purgedAtMs = now;
    await this.#ask('DELETE FROM mail_outbox WHERE coalesce(sent_at, given_up_at) < $1', [this.#in(-keepMs)]);
  }

  #ask<T>(sql: string, parameters: unknown[]): Promise<T> {
    return askPostgres(() => this.#parts.dataSource.query<T>(sql, parameters));
  }

  #in(ms: number): Date {
    return new Date(this.#parts.clock.nowMs() + ms);
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

/** What went wrong, on one line, not too long, and without the addresses that mail servers repeat (ASVS 16.2.5). */
function shortly(error: unknown): string {
  const cause = error instanceof MailRefused ? error.cause : error;
  return String(cause)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/[^\s<>:;,"']+@[^\s<>:;,"']+/g, '[address]')
    .slice(0, 300);
}
