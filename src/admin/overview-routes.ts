import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import { type Route, route } from '../kernel/route.js';
import { type Attention, attentionKinds } from '../usage/attention.js';
import { type HourCount, totalsOf } from '../usage/hour-counts.js';
import type { House, Overview } from '../usage/overview.js';

const time = z.iso.datetime();
const named = z.object({ id: z.uuid(), name: z.string() });
const counts = z.record(z.string(), z.number().int());
/** How many licences, and how many things to look at, are told. */
const most = 50;

const overview = z.object({
  at: time,
  /** Everybody who is signed in, those who take no seat among them. */
  sessions: z.object({ live: z.number().int() }),
  seats: z.object({ used: z.number().int(), limit: z.number().int() }),
  /** The fullest first. */
  licences: z.object({
    items: z.array(
      named.extend({
        owner: named,
        seats: z.number().int(),
        used: z.number().int(),
        over: z.number().int(),
        state: z.enum(['active', 'draining', 'suspended']),
        validTo: time.nullable(),
      }),
    ),
    total: z.number().int(),
  }),
  /** By result, of the last 24 hours and the running one; null to licence managers, and until more than can be counted at once has been counted. */
  signIns: z
    .object({ from: time, to: time, hours: z.array(z.object({ at: time, results: counts })), totals: counts })
    .nullable(),
  refusals: z.object({ hours: z.array(z.object({ at: time, reasons: counts })), totals: counts }),
  /** What should be looked at, the most urgent first. */
  attention: z.object({
    items: z.array(
      z.object({
        kind: z.enum(attentionKinds),
        urgency: z.enum(['now', 'soon']),
        at: time.nullable(),
        licence: named.nullable(),
        used: z.number().int().nullable(),
        limit: z.number().int().nullable(),
        count: z.number().int().nullable(),
      }),
    ),
    total: z.number().int(),
  }),
});

/** `GET /admin/api/overview`. */
export function overviewRoutes(house: Pick<Overview, 'look'>): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/overview',
      permission: 'licence.read',
      managers: { names: () => ({}), narrowed: true },
      summary: 'The house at a glance: who is inside, how full the licences are, a day of sign-ins, what to look at',
      input: {},
      replies: { 200: overview },
      async handle({ visible }) {
        return { status: 200, body: viewOf(await house.look(visible)) };
      },
    }),
  ];
}

function viewOf({ atMs, live, seats, licences, signIns, refusals, attention }: House): z.output<typeof overview> {
  const items = licences.slice(0, most).map(({ id, name, owner, seats: limit, used, state, validToMs }) => ({
    ...{ id, name, owner, seats: limit, used, over: Math.max(0, used - limit), state, validTo: isoTime(validToMs) },
  }));
  return {
    at: isoTime(atMs),
    sessions: { live },
    seats,
    licences: { items, total: licences.length },
    signIns: signIns === null ? null : signInsOf(signIns, atMs),
    refusals: {
      hours: refusals.map(({ startsAtMs, counts: reasons }) => ({ at: isoTime(startsAtMs), reasons })),
      totals: totalsOf(refusals),
    },
    attention: { items: attention.slice(0, most).map(attentionView), total: attention.length },
  };
}

function signInsOf(hours: readonly HourCount[], atMs: number) {
  return {
    from: isoTime(hours[0]?.startsAtMs ?? atMs),
    to: isoTime(atMs),
    hours: hours.map(({ startsAtMs, counts: results }) => ({ at: isoTime(startsAtMs), results })),
    totals: totalsOf(hours),
  };
}

function attentionView({ atMs, ...rest }: Attention) {
  return { ...rest, at: isoTime(atMs) };
}
