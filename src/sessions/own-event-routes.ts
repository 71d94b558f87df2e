import { z } from 'zod';
import { route } from '../kernel/route.js';
import type { OwnEvents } from './own-events.js';
import { endReasons } from './session.js';

const events = {
  ended: z.object({
    reason: z.enum(endReasons).exclude(['unclaimed']),
    /** Plain text from staff. */
    message: z.string().optional(),
    resumable: z.boolean(),
  }),
  expiring: z.object({ expiresAt: z.iso.datetime(), absoluteExpiresAt: z.iso.datetime() }),
  'role-changed': z.object({ roles: z.array(z.string()), permissions: z.array(z.string()) }),
};

/** What happens to one's own session, as a stream. */
export function ownEventRoutes(own: Pick<OwnEvents, 'follow'>) {
  return [
    route({
      method: 'GET',
      path: '/auth/events',
      permission: 'session',
      summary:
        'What happens to the session, as it happens: that it ends and why, that it is about to, that rights change',
      input: {
        query: z.strictObject({
          /** How long to stream at most; 0: one look, and no more. */
          seconds: z
            .string()
            .regex(/^\d{1,5}$/, 'must be a whole number of seconds')
            .transform(Number)
            .optional(),
        }),
      },
      replies: { 200: null },
      problems: ['too-many-streams'],
      streams: events,
      handle: async ({ actor, caller, query }) => ({
        status: 200,
        stream: own.follow(actor, caller, query.seconds ?? null),
      }),
    }),
  ];
}
