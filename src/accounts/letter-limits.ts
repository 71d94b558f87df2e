import type { By } from '../audit/audit-log.js';
import type { Change } from '../audit/changes.js';
import type { MailTemplate } from '../mail/templates.js';

const [minuteMs, hourMs] = [60_000, 3_600_000];
const most = { perMinute: 1, perHour: 5, perHourFromAnywhere: 20 } as const;

const countSql = `SELECT count(*)::int AS "perHourFromAnywhere",
    (count(*) FILTER (WHERE "values"->>'asker' = $4))::int AS "perHour",
    (count(*) FILTER (WHERE "values"->>'asker' = $4 AND created_at > $5))::int AS "perMinute"
  FROM mail_outbox WHERE created_at > $1 AND lower(recipient) = lower($2) AND template = ANY($3)`;

/**
 * How many letters may be asked for: one a minute and five an hour to one mailbox from one network, and twenty an hour from
 * everywhere, for each purpose. So nobody's mailbox can be filled through here, and nobody's own letter is left out because
 * a stranger asked for one first.
 */
export class LetterLimits {
  readonly #networkOf: (address: string) => string;

  /** `networkOf` names the network a client can move about in, without telling which one it is. */
  constructor(networkOf: (address: string) => string) {
    this.#networkOf = networkOf;
  }

  /** Who asks, as letters remember it. */
  askerOf({ caller }: By): string {
    return this.#networkOf(caller?.address ?? '');
  }

  /** Whether one more may go there now. Those who ask at the same time wait for each other. */
  async admits({ tx, now, by }: Change, to: string, templates: readonly MailTemplate[]): Promise<boolean> {
    const key = `letters ${templates[0]} ${to.toLowerCase()}`;
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
    const since = (ms: number) => new Date(now.getTime() - ms);
    const values = [since(hourMs), to, templates, this.askerOf(by), since(minuteMs)];
    const [sent] = await tx.query<Record<keyof typeof most, number>[]>(countSql, values);
    const kinds = ['perMinute', 'perHour', 'perHourFromAnywhere'] as const;
    return sent !== undefined && kinds.every((kind) => sent[kind] < most[kind]);
  }
}
