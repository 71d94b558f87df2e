import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { Scopes } from '../access/route-guard.js';
import type { UserId } from '../kernel/ids.js';
import { invalid } from '../kernel/problem.js';
import { type Route, route, type Streaming } from '../kernel/route.js';
import type { Visibility } from '../kernel/visibility.js';
import type { Following, NoticeFeed } from '../licences/notice-feed.js';
import { seatLevels } from '../licences/notice-levels.js';
import type { HouseFeed } from '../usage/house-feed.js';

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
/** Everybody who is signed in where the listener may look. */
const sessionsView = z.object({ live: z.number().int() });
/** The running hour, by result. Not for licence managers. */
const signInsView = z.object({ at: z.iso.datetime(), results: z.record(z.string(), z.number().int()) });

/** Ids of notices are those of a bigint column. */
const noticeId = /^\d{1,18}$/;

/** How soon a stream follows what its manager manages. */
const lookAgainMs = 3_000;

/** What the stream works with. */
export interface EventRouteParts {
  readonly notices: Pick<NoticeFeed, 'follow'>;
  readonly house: Pick<HouseFeed, 'follow'>;
  readonly scopes: Pick<Scopes, 'of'>;
}

/** What happens in the house, as a stream for staff. */
export function eventRoutes(parts: EventRouteParts): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/events',
      permission: 'licence.read',
      managers: { names: () => ({}), narrowed: true },
      summary: 'Notices, seats, sessions and sign-ins as they happen; notices resume after `Last-Event-ID`',
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
      streams: { notice: noticeView, seats: seatsView, sessions: sessionsView, 'sign-ins': signInsView },
      async handle({ query, caller, actor, visible }) {
        const last = caller.header('last-event-id');
        if (last !== undefined && !noticeId.test(last))
          throw invalid('header:last-event-id', 'must be the id of a notice');
        const after = last ?? query.after ?? null;
        const way = { after, forSeconds: query.seconds ?? null };
        return { status: 200, stream: streamOf(parts, way, { userId: actor.person.id, visible }) };
      },
    }),
  ];
}

function streamOf(
  { notices, house, scopes }: EventRouteParts,
  way: Pick<Following, 'after' | 'forSeconds'>,
  { userId, visible }: { readonly userId: UserId; readonly visible: Visibility },
): Streaming {
  return async (send, over) => {
    const follower = { visible, send };
    const leave = way.forSeconds === 0 ? () => {} : house.follow(follower);
    // An appointment and its end hold at once, also for a stream that is open (ASVS 8.3.2).
    const look = async () => {
      follower.visible = (await scopes.of(userId)) ?? { licences: new Set(), owners: new Set() };
    };
    const again = visible === 'everything' ? undefined : setInterval(() => void look().catch(() => {}), lookAgainMs);
    try {
      return await notices.follow({ ...way, visible: () => follower.visible })(send, over);
    } finally {
      clearInterval(again);
      leave();
    }
  };
}
