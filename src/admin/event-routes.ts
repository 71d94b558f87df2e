import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { invalid } from '../kernel/problem.js';
import { type Route, route } from '../kernel/route.js';
import type { NoticeFeed } from '../licences/notice-feed.js';
import { seatLevels } from '../licences/notice-levels.js';

const id = z.string();
const noticeView = z.object({
  id,
  licence: z.object({ id, name: z.string() }),
  kind: z.enum([...seatLevels, 'expiring-30', 'expiring-7', 'expiring-1']),
  at: z.iso.datetime(),
  used: z.number().int().nullable(),
  limit: z.number().int().nullable(),
  validTo: z.iso.datetime().nullable(),
});
const seatsView = z.object({ licenceId: id, used: z.number().int(), limit: z.number().int() });

/** Ids of notices are those of a bigint column. */
const noticeId = /^\d{1,18}$/;

/** What happens to licences, as a stream for staff. */
export function eventRoutes(feed: NoticeFeed): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/events',
      permission: 'licence.read',
      summary: 'What is noticed of licences, and how their seats change, as it happens; resumes after `Last-Event-ID`',
      input: {
        query: z.strictObject({
          /** For clients that cannot set the header. The header, which a browser sends when it comes back, counts first. */
          after: z.string().regex(noticeId, 'must be the id of a notice').optional(),
          /** How long to stream at most; 0: what was missed, and no more. */
          seconds: z
            .string()
            .regex(/^\d{1,5}$/, 'must be a whole number of seconds')
            .transform(Number)
            .optional(),
        }),
      },
      replies: { 200: null },
      problems: ['too-many-streams'],
      streams: { notice: noticeView, seats: seatsView },
      async handle({ query, caller }) {
        const last = caller.header('last-event-id');
        if (last !== undefined && !noticeId.test(last))
          throw invalid('header:last-event-id', 'must be the id of a notice');
        return {
          status: 200,
          stream: feed.follow({ after: last ?? query.after ?? null, forSeconds: query.seconds ?? null }),
        };
      },
    }),
  ];
}
