import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Clock, isoTime } from '../kernel/clock.js';
import { csvOf, csvType, wantsCsv } from '../kernel/csv.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import type { LicenceService } from '../licences/licence-service.js';
import type { HourFigures } from '../usage/hour-figures.js';
import { refusalsOf, sumOf } from '../usage/refusal-figures.js';
import type { RefusalEntry, RefusalHistory } from '../usage/refusal-history.js';
import { spans } from '../usage/span.js';
import type { UsageHistory } from '../usage/usage-history.js';
import { periodOf, periodQuery } from '../usage/usage-period.js';
import { itsManagers, licenceInPath } from './of-licence.js';

/** What the route of refusals works with. */
export interface DenialRouteParts {
  readonly licences: Pick<LicenceService, 'get'>;
  readonly usage: UsageHistory;
  readonly refusals: RefusalHistory;
  readonly clock: Clock;
}

const counts = z.object({ refusals: z.number().int(), trueRefusals: z.number().int() });
const figures = counts.extend({ byReason: z.record(z.string(), counts) });
const denial = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** FULL, USER_MAX, NOT_MEMBER, SUSPENDED, NOT_STARTED, EXPIRED or RATE. */
  reason: z.string(),
  /** Neither followed by another attempt nor by success within two minutes. */
  true: z.boolean(),
  /** Null when the account is gone; to licence managers also when it is no member's. */
  user: z.object({ id: z.uuid(), email: z.string(), name: z.string().nullable() }).nullable(),
  /** Seats in use, and the limit, at that moment. */
  used: z.number().int(),
  limit: z.number().int().nullable(),
});
const columns = ['at', 'reason', 'true', 'userId', 'email', 'name', 'used', 'limit'];

/** `GET /admin/api/licences/:id/denials`. */
export function denialRoutes({ licences, usage, refusals, clock }: DenialRouteParts): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/licences/:id/denials',
      permission: 'usage.read',
      managers: itsManagers,
      summary: 'Whom a licence refused and why, newest first, with totals over time; as CSV the whole list',
      input: {
        params: licenceInPath,
        query: z.strictObject({ ...periodQuery, ...pageQuery }),
      },
      replies: {
        200: pageOf(denial).extend({
          licenceId: z.uuid(),
          from: z.iso.datetime(),
          to: z.iso.datetime(),
          bucket: z.enum(spans),
          /** Over the whole time, also where the refusals themselves are not kept any more. */
          totals: figures,
          /** Those buckets in which somebody was refused. */
          buckets: z.array(figures.extend({ at: z.iso.datetime() })),
        }),
      },
      problems: ['not-found'],
      async handle({ params, query, visible, caller }) {
        const period = periodOf(query, clock.nowMs());
        const { fromMs, toMs, span: bucket } = period;
        const { id: licenceId } = await licences.get(params.id);
        const membersOnly = visible !== 'everything';
        const filter = { licenceId, from: new Date(fromMs), to: new Date(toMs), membersOnly };
        if (wantsCsv(query.format, caller.header('accept'))) {
          const rows = (await refusals.all(filter)).map(viewOf).map(cellsOf);
          return { status: 200, headers: { 'Content-Type': csvType }, body: csvOf(columns, rows) };
        }
        const { items, ...page } = await refusals.list(filter, pageRequest(query));
        const stretches = await usage.usage(licenceId, period);
        const buckets = stretches
          .map((one) => ({ at: isoTime(one.startsAtMs), ...figuresOf(one.hours) }))
          .filter((one) => one.refusals > 0);
        const totals = figuresOf(stretches.flatMap((one) => one.hours));
        const time = { from: isoTime(fromMs), to: isoTime(toMs), bucket };
        return { status: 200, body: { licenceId, ...time, totals, buckets, items: items.map(viewOf), ...page } };
      },
    }),
  ];
}

function figuresOf(hours: readonly HourFigures[]): z.output<typeof figures> {
  const byReason = refusalsOf(hours);
  return {
    ...countsOf(sumOf(byReason)),
    byReason: Object.fromEntries([...byReason].map(([code, some]) => [code, countsOf(some)])),
  };
}

function countsOf({ all, telling }: { all: number; telling: number }): z.output<typeof counts> {
  return { refusals: all, trueRefusals: telling };
}

function viewOf({ at, telling, ...entry }: RefusalEntry): z.output<typeof denial> {
  return { ...entry, at: isoTime(at), true: telling };
}

function cellsOf(one: z.output<typeof denial>) {
  const { user } = one;
  return [one.at, one.reason, one.true, user?.id ?? null, user?.email ?? null, user?.name ?? null, one.used, one.limit];
}
