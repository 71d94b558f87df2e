import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Clock, isoTime } from '../kernel/clock.js';
import { type Route, route } from '../kernel/route.js';
import type { LicenceService } from '../licences/licence-service.js';
import { licencePolicy } from '../licences/policy.js';
import type { PolicyForesight } from '../usage/policy-foresight.js';
import { adviseSeats } from '../usage/seat-advice.js';
import { hourMs } from '../usage/span.js';
import type { UsageHistory } from '../usage/usage-history.js';
import { periodOf } from '../usage/usage-period.js';
import { itsManagers, licenceInPath } from './of-licence.js';

/** What the routes work with. */
export interface LicenceStoryParts {
  readonly licences: Pick<LicenceService, 'get'>;
  readonly usage: UsageHistory;
  readonly foresight: Pick<PolicyForesight, 'of'>;
  readonly clock: Clock;
}

const whole = z.number().int();
const advice = z.object({
  /** The seats there are. */
  seats: whole,
  /** Null: there is too little to go by. */
  recommended: whole.nullable(),
  ground: z.object({
    days: whole,
    busyHours: whole,
    peak: whole,
    peakAt: z.iso.datetime().nullable(),
    usual: whole,
    hoursFull: z.number(),
    turnedAway: whole,
    mostTurnedAway: whole,
  }),
});
const step = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sits'), upTo: whole }),
  z.object({ kind: z.literal('per-person'), most: whole }),
  z.object({ kind: z.literal('reclaim-idle'), idleMinutes: whole, now: z.object({ count: whole }) }),
  z.object({ kind: z.literal('end-own') }),
  z.object({ kind: z.literal('displace'), which: z.enum(['oldest', 'idlest']) }),
  z.object({
    kind: z.literal('overage'),
    seats: whole,
    upTo: whole,
    daysPerYear: whole,
    daysUsed: whole,
    daysLeft: whole,
  }),
  z.object({ kind: z.literal('refuse') }),
]);
const fate = z.enum(['waits', 'chooses', 'displaces', 'reclaims', 'overage']);
const preview = z.object({
  seats: whole,
  used: whole,
  /** Which person the story is about: the one after the last seat. */
  next: whole,
  steps: z.array(step),
  newcomer: fate,
  insider: fate,
});

/** The routes that tell how many seats a licence could do with, and what a policy would do in it. */
export function licenceStoryRoutes(parts: LicenceStoryParts): Route<RoutePermission>[] {
  return [adviceRoute(parts), previewRoute(parts)];
}

function adviceRoute({ licences, usage, clock }: LicenceStoryParts) {
  return route({
    method: 'GET',
    path: '/admin/api/licences/:id/advice',
    permission: 'usage.read',
    managers: itsManagers,
    summary: 'How many seats a licence could do with, from its load hour by hour, and on which ground',
    input: {
      params: licenceInPath,
      query: z.strictObject({ days: z.coerce.number().int().min(7).max(366).default(90) }),
    },
    replies: { 200: advice },
    problems: ['not-found'],
    async handle({ params, query: { days } }) {
      const { id, seats } = await licences.get(params.id);
      const now = clock.nowMs();
      const period = periodOf({ from: new Date(now - days * 24 * hourMs), bucket: 'hour' }, now);
      const { recommended, ground } = adviseSeats(await usage.usage(id, period));
      const { peakAtMs, hoursFull, ...figures } = ground;
      const told = { days, ...figures, peakAt: isoTime(peakAtMs), hoursFull: Math.round(hoursFull * 1000) / 1000 };
      return { status: 200, body: { seats, recommended, ground: told } };
    },
  });
}

function previewRoute({ licences, foresight }: LicenceStoryParts) {
  return route({
    method: 'POST',
    path: '/admin/api/licences/:id/policy/preview',
    permission: 'licence.read',
    managers: itsManagers,
    summary:
      'What a policy would do in a licence as it is now, step by step. Writes nothing; what is left out is as it is',
    input: {
      params: licenceInPath,
      body: z.strictObject({ seats: whole.min(0).max(10_000_000), policy: licencePolicy }).partial(),
    },
    replies: { 200: preview },
    problems: ['not-found'],
    async handle({ params, body }) {
      const licence = await licences.get(params.id);
      const { seats = licence.seats, policy = licence.policy } = body;
      const foreseen = await foresight.of(licence, policy, seats);
      return { status: 200, body: { ...foreseen, next: seats + 1 } };
    },
  });
}
