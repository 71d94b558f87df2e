import { z } from 'zod';
import type { Reply } from '../kernel/route.js';

/**
 * Whether a change, which is durable in Postgres, has reached Redis too. `pending`: Redis is away or refuses to write; it
 * will be told as soon as it can be.
 */
export type Reached = 'applied' | 'pending';

/** The reply to a change: `status` with `body`, or 202 with the same body plus `pending: true`. */
export function changeReply(reached: Reached, status: number, body?: object): Reply {
  if (reached === 'pending') return { status: 202, body: { ...body, pending: true } };
  return body === undefined ? { status } : { status, body };
}

/** The reply schema of a change that is pending. */
export function pendingOf<Shape extends z.ZodRawShape>(body: z.ZodObject<Shape>) {
  return body.extend({ pending: z.literal(true) });
}

/** The reply schema of a pending change that otherwise answers nothing. */
export const pendingReply = z.object({ pending: z.literal(true) });
