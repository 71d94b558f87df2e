import { z } from 'zod';
import type { Blocked } from '../accounts/block-users.js';
import type { By } from '../audit/audit-log.js';
import type { Actor, Caller, Person, SeatedLicence } from '../kernel/actor.js';
import { isoTime, systemClock } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { Problem } from '../kernel/problem.js';
import { route } from '../kernel/route.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';
import { shownClient, staffSession } from '../sessions/reply-schemas.js';
import { licenceOfTag, parseRef, type SessionRef } from '../sessions/session-id.js';
import { type ListRequest, mostEnded, type SessionService } from '../sessions/session-service.js';
import type { Cause, ListedSession, SessionStore } from '../sessions/store.js';
import {
  endCursor,
  endFilter,
  type FindUsers,
  licenceId,
  sessionFilter,
  sessionQuery,
  userId,
} from './session-filter.js';

/** What the staff routes of sessions work with. */
export interface StaffSessionParts {
  readonly service: Pick<SessionService, 'list' | 'clients' | 'end' | 'endMatching' | 'endNamed'>;
  readonly store: Pick<SessionStore, 'seats'>;
  readonly findUsers: FindUsers;
  /** Disables users so that they cannot come straight back; each change is audited. */
  block(users: readonly UserId[], by: By): Promise<Blocked>;
}

const message = z.string().min(1).max(200);
const seatsOfLicence = z
  .object({ id: z.string(), limit: z.number().int().nullable(), used: z.number().int() })
  .nullable();

/** The routes by which staff see and end live sessions. */
export function staffSessionRoutes(parts: StaffSessionParts) {
  return [listSessions(parts), listClients(parts), endSession(parts), endSessions(parts)];
}

function listSessions({ service, findUsers }: StaffSessionParts) {
  return route({
    method: 'GET',
    path: '/admin/api/sessions',
    permission: 'session.list',
    managers: { names: ({ query }) => ({ licence: query.licenceId, member: query.userId }), narrowed: true },
    summary:
      'Live sessions, newest first or those idle longest first; of a licence, a user, a browser …; with count=no the total is null',
    input: {
      query: z.object({
        ...pageQuery,
        licenceId: licenceId.optional(),
        userId: userId.optional(),
        ...sessionQuery,
      }),
    },
    replies: { 200: pageOf(staffSession).extend({ total: z.number().int().nullable() }) },
    handle: async ({ query, visible, caller }) => {
      const filter = await sessionFilter(query, visible, findUsers);
      const page = await service.list(filter, { ...listRequest(query), asker: caller });
      return { status: 200, body: { ...page, items: page.items.map(shown) } };
    },
  });
}

const frequent = z.array(z.object({ name: z.string(), count: z.number().int() }));

function listClients({ service }: StaffSessionParts) {
  return route({
    method: 'GET',
    path: '/admin/api/sessions/clients',
    permission: 'session.list',
    managers: { names: ({ query }) => ({ licence: query.licenceId }), narrowed: true },
    summary: 'Which browsers and systems are signed in with, the most frequent first, among at most 20,000 sessions',
    input: { query: z.object({ licenceId: licenceId.optional() }) },
    replies: { 200: z.object({ browsers: frequent, systems: frequent }) },
    handle: async ({ query, visible }) => {
      const filter = { visible, ...(query.licenceId && { licenceId: query.licenceId }) };
      return { status: 200, body: await service.clients(filter) };
    },
  });
}

/** The part of a list of sessions that a query asks for. */
export function listRequest(query: {
  limit: number;
  cursor?: string | undefined;
  sort?: 'newest' | 'idlest' | undefined;
  count?: 'yes' | 'no' | undefined;
}): ListRequest {
  return {
    ...pageRequest(query),
    ...(query.sort === undefined ? {} : { sort: query.sort }),
    counted: query.count !== 'no',
  };
}

/** A live session as staff see it. */
export function shown(session: ListedSession): z.output<typeof staffSession> {
  const person: Person = JSON.parse(session.snapshot.person);
  const licence: SeatedLicence | null = JSON.parse(session.snapshot.licence);
  return {
    ref: session.ref,
    user: { id: person.id, email: person.email, username: person.username, name: person.name },
    licence: licence === null ? null : { id: licence.id, name: licence.name },
    createdAt: isoTime(session.createdAtMs),
    lastSeenAt: isoTime(session.lastSeenAtMs),
    expiresAt: isoTime(session.expiresAtMs),
    ...shownClient(session.client),
    takesSeat: session.takesSeat ?? true,
  };
}

function endSession({ service, store }: StaffSessionParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/sessions/:ref',
    permission: 'session.end',
    managers: { names: ({ params }) => ({ licence: licenceOfRef(params.ref) }) },
    summary: 'Ends one session and tells its browser why',
    input: { params: z.object({ ref: z.string().max(100) }), query: z.object({ message: message.optional() }) },
    replies: { 200: z.object({ ended: z.number().int(), licence: seatsOfLicence }), 202: pendingReply },
    problems: ['not-found'],
    handle: async ({ params, query, actor, caller }) => {
      const ref = parseRef(params.ref);
      if (ref === null) throw new Problem('not-found');
      const outcome = await service.end([ref], endedByStaff(actor, caller, query.message));
      if (outcome.kind === 'pending') return { status: 202, body: { pending: true } };
      return { status: 200, body: { ended: outcome.ended, licence: await seatsAfter(ref, store) } };
    },
  });
}

/** The licence that a ref's session sits in; null for one that sits in none, and for what is no ref. */
function licenceOfRef(text: string): LicenceId | null {
  const ref = parseRef(text);
  return ref === null ? null : licenceOfTag(ref.tag);
}

async function seatsAfter({ tag }: SessionRef, store: StaffSessionParts['store']) {
  const id = licenceOfTag(tag);
  return id === null ? null : { id, ...(await store.seats(tag)) };
}

function endSessions(parts: StaffSessionParts) {
  return route({
    method: 'POST',
    path: '/admin/api/sessions/end',
    permission: 'session.end',
    managers: {
      names: ({ body: { filter } }) => ({ licence: filter.licenceId, member: filter.userId }),
      narrowed: true,
    },
    summary: 'Ends all sessions that match, but for the own one; a dry run only counts them',
    input: { body: endBody },
    replies: { 200: endedCounts, 202: pendingOf(endedCounts) },
    problems: ['forbidden'],
    handle: async ({ body, actor, visible, caller }) => {
      // Disabling somebody is a change to their account, whoever may end their sessions.
      if (body.block && !actor.permissions.has('user.write'))
        throw new Problem('forbidden', { permission: 'user.write' });
      const { filter } = body;
      const at = isoTime(systemClock.nowMs());
      const options = {
        spared: actor.session.ref,
        dryRun: body.dryRun,
        cause: endedByStaff(actor, caller, body.message),
        asker: caller,
        atMost: body.atMost,
        openedByMs: filter.openedBefore?.getTime(),
        cursor: body.cursor,
        named: body.block,
      };
      const { users, pending, nextCursor, ...counts } =
        filter.refs === undefined
          ? await parts.service.endMatching(await sessionFilter(filter, visible, parts.findUsers), options)
          : await parts.service.endNamed(filter.refs, visible, options);
      // A user who is named is blocked although not signed in at this moment.
      const named = filter.userId === undefined ? users : users.add(filter.userId);
      const block = body.block && !body.dryRun ? await parts.block(others(named, actor), { actor, caller }) : none;
      const place = { ...(body.dryRun && { at }), ...(nextCursor !== null && { nextCursor }) };
      const reached = pending || block.pending ? 'pending' : 'applied';
      return changeReply(reached, 200, { ...counts, blocked: block.blocked, ...place });
    },
  });
}

const none: Blocked = { blocked: 0, pending: false };
const endedCounts = z.object({
  matched: z.number().int(),
  ended: z.number().int(),
  more: z.boolean(),
  blocked: z.number().int(),
  /** Of a dry run: when it was asked for. As `openedBefore` it keeps whoever comes later out of the ending. */
  at: z.iso.datetime().optional(),
  /** While there are more: passed back as `cursor`, the next call goes on where this one ended. */
  nextCursor: z.string().optional(),
});

const endBody = z.object({
  filter: endFilter,
  message: message.optional(),
  block: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  cursor: endCursor.optional(),
  /** So few at a time that somebody who waits sees them become fewer. */
  atMost: z.number().int().min(1).max(mostEnded).default(mostEnded),
});

/** Staff who end their own other sessions by a filter are not locked out by it. */
function others(users: ReadonlySet<UserId>, actor: Actor): UserId[] {
  return [...users].filter((id) => id !== actor.person.id);
}

function endedByStaff(actor: Actor, caller: Caller, text: string | undefined): Cause {
  return {
    reason: 'ended-by-staff',
    by: actor.person.id,
    requestId: caller.requestId,
    ...(text === undefined ? {} : { message: text }),
  };
}
