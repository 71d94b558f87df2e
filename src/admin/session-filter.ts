import { z } from 'zod';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { idParameter, isoInstant, line } from '../kernel/text.js';
import type { Visibility } from '../kernel/visibility.js';
import { parseRef } from '../sessions/session-id.js';
import { placeIn, sessionSorts } from '../sessions/session-order.js';
import type { SessionFilter } from '../sessions/session-service.js';
import type { SessionTraits } from '../sessions/session-traits.js';

const longestSeconds = 31_536_000;
const seconds = z.number().int().min(0).max(longestSeconds);
const secondsInQuery = z
  .string()
  .regex(/^\d{1,8}$/, 'must be a whole number of seconds')
  .transform(Number)
  .pipe(seconds);
const texts = {
  /** What the user is called: address, user name or name contain it. */
  q: line(100).optional(),
  /** The address begins so. */
  ip: line(50).optional(),
  browser: line(50).optional(),
  os: line(50).optional(),
};

const ref = z
  .string()
  .max(100)
  .transform((text, context) => {
    const found = parseRef(text);
    if (found !== null) return found;
    context.addIssue({ code: 'custom', message: 'must be the ref of a session' });
    return z.NEVER;
  });

/** The id of a licence in a filter. */
export const licenceId = idParameter<LicenceId>();
/** The id of a user in a filter. */
export const userId = idParameter<UserId>();

/** The query parameters of a list of live sessions, but for where they are. */
export const sessionQuery = {
  ...texts,
  idleForSeconds: secondsInQuery.optional(),
  olderThanSeconds: secondsInQuery.optional(),
  sort: z.enum(sessionSorts).optional(),
  /** `no`: the total is not wanted. It takes as long as all sessions take to be looked at; the page does not. */
  count: z.enum(['yes', 'no']).optional(),
};

/** Which sessions are to be ended. */
export const endFilter = z
  .strictObject({
    licenceId: licenceId.optional(),
    userId: userId.optional(),
    ...texts,
    idleForSeconds: seconds.optional(),
    olderThanSeconds: seconds.optional(),
    /** Opened then or before: with the `at` of a dry run none that came after it. */
    openedBefore: isoInstant.optional(),
    all: z.literal(true).optional(),
    /** These and no others. */
    refs: z.array(ref).min(1).max(200).optional(),
  })
  .refine(
    (filter) => filter.refs === undefined || Object.keys(filter).length === 1,
    'takes refs alone, or whatever else it takes without them',
  )
  .refine((filter) => Object.keys(filter).length > 0, 'must name something; {"all":true} means every session');

/** The `nextCursor` of the call before: endings go from the newest on. */
export const endCursor = z.string().max(300).refine(isPlace, 'must be the nextCursor of an earlier answer');

function isPlace(cursor: string): boolean {
  try {
    placeIn(cursor, 'newest');
    return true;
  } catch {
    return false;
  }
}

/** What of a session can be asked for, in a query as in the body of an ending. */
export type AskedSessions = Omit<z.output<typeof endFilter>, 'openedBefore' | 'all' | 'refs'>;

/** The users whose email, username or name contains the text; null when they are too many to be looked at one by one. */
export type FindUsers = (text: string, visible: Visibility) => Promise<readonly UserId[] | null>;

/**
 * The filter that was asked for. A text that few people are called by is looked up among them; for one that many are called
 * by, what the sessions know of their people is looked through.
 */
export async function sessionFilter(
  asked: AskedSessions,
  visible: Visibility,
  findUsers: FindUsers,
): Promise<SessionFilter> {
  const { licenceId, userId, q } = asked;
  const called = q === undefined || userId !== undefined ? null : await findUsers(q, visible);
  const userIds = userId === undefined ? called : [userId];
  const text = q !== undefined && called === null ? { text: q } : {};
  return {
    visible,
    ...(licenceId && { licenceId }),
    ...(userIds && { userIds }),
    traits: { ...traitsOf(asked), ...text },
  };
}

function traitsOf({ ip, browser, os, idleForSeconds, olderThanSeconds }: AskedSessions): SessionTraits {
  return {
    ...(ip !== undefined && { ip }),
    ...(browser !== undefined && { browser }),
    ...(os !== undefined && { os }),
    ...(idleForSeconds !== undefined && { idleMs: idleForSeconds * 1000 }),
    ...(olderThanSeconds !== undefined && { ageMs: olderThanSeconds * 1000 }),
  };
}
