import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Clock, isoTime } from '../kernel/clock.js';
import { csvOf, csvType, wantsCsv } from '../kernel/csv.js';
import { type Route, route } from '../kernel/route.js';
import type { LicenceService } from '../licences/licence-service.js';
import { refusalsOf, sumOf } from '../usage/refusal-figures.js';
import { spans } from '../usage/span.js';
import type { Usage, UsageHistory } from '../usage/usage-history.js';
import { periodOf, periodQuery } from '../usage/usage-period.js';
import { itsManagers, licenceInPath } from './of-licence.js';

/** What the route of usage works with. */
export interface UsageRouteParts {
  readonly licences: Pick<LicenceService, 'get'>;
  readonly usage: UsageHistory;
  readonly clock: Clock;
}

const item = z.object({
  at: z.iso.datetime(),
  /** The most seats in use at once. */
  peak: z.number().int(),
  /** Seats in use, over the time of the bucket that has passed. */
  average: z.number(),
  /** How long no seat was free, in minutes. */
  minutesFull: z.number(),
  seatMinutes: z.number(),
  /** How many different people were let in. */
  distinctUsers: z.number().int(),
  admissions: z.number().int(),
  refusals: z.number().int(),
  /** Those neither followed by another attempt nor by success within two minutes. */
  trueRefusals: z.number().int(),
  /** Seats there were after the last event of the bucket; null where none happened. */
  limit: z.number().int().nullable(),
});

type Item = z.output<typeof item>;
const names = Object.keys(item.shape) as (keyof Item)[];

/** `GET /admin/api/licences/:id/usage`. */
export function usageRoutes({ licences, usage, clock }: UsageRouteParts): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/licences/:id/usage',
      permission: 'usage.read',
      managers: itsManagers,
      summary: 'How full a licence was, hour by hour, day by day or month by month (UTC); as JSON or CSV',
      input: { params: licenceInPath, query: z.strictObject(periodQuery) },
      replies: {
        200: z.object({
          licenceId: z.uuid(),
          from: z.iso.datetime(),
          to: z.iso.datetime(),
          bucket: z.enum(spans),
          items: z.array(item),
        }),
      },
      problems: ['not-found'],
      async handle({ params, query, caller }) {
        const period = periodOf(query, clock.nowMs());
        const { id: licenceId } = await licences.get(params.id);
        const items = (await usage.usage(licenceId, period)).map(itemOf);
        if (wantsCsv(query.format, caller.header('accept'))) {
          const rows = items.map((one) => names.map((name) => one[name]));
          return { status: 200, headers: { 'Content-Type': csvType }, body: csvOf(names, rows) };
        }
        const body = { licenceId, from: isoTime(period.fromMs), to: isoTime(period.toMs), bucket: period.span, items };
        return { status: 200, body };
      },
    }),
  ];
}

function itemOf(one: Usage): Item {
  const { all, telling } = sumOf(refusalsOf(one.hours));
  return {
    at: isoTime(one.startsAtMs),
    peak: one.peak,
    average: rounded(one.seatMs / one.lastsMs),
    minutesFull: rounded(one.fullMs / 60_000),
    seatMinutes: rounded(one.seatMs / 60_000),
    distinctUsers: one.people,
    admissions: one.hours.reduce((sum, hour) => sum + hour.admissions, 0),
    refusals: all,
    trueRefusals: telling,
    limit: one.hours.at(-1)?.last.limit ?? null,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
