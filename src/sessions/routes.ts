import { z } from 'zod';
import type { Actor, Caller } from '../kernel/actor.js';
import { isoTime } from '../kernel/clock.js';
import { Problem } from '../kernel/problem.js';
import { type CookieInstruction, JsonText, type Reply, route } from '../kernel/route.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { dataText, type SessionCheck } from './check.js';
import { ownSession, seatStatus, sessionView, shownClient } from './reply-schemas.js';
import { isResumable, mostDataBytes } from './session.js';
import { parseRef } from './session-id.js';
import type { EndOutcome, SessionService } from './session-service.js';
import type { ListedSession, SaveOutcome, SessionStore } from './store.js';

/** What the routes of one's own sessions work with. */
export interface SessionRouteParts {
  readonly check: Pick<SessionCheck, 'view' | 'presented'>;
  readonly service: Pick<SessionService, 'ownSessions' | 'end' | 'endOthers'>;
  readonly store: Pick<SessionStore, 'saveData' | 'seats'>;
  /** Forgets what this browser is remembered by, if it is, and answers the cookies that go. Throws StoreUnavailable. */
  forgetBrowser(caller: Caller): Promise<readonly CookieInstruction[]>;
}

const pendingReply: Reply = { status: 202, body: { pending: true } };
const pendingSchema = z.object({ pending: z.literal(true) });

/** The routes of a signed-in person's own sessions: check, data, list, end, seat. */
export function sessionRoutes(parts: SessionRouteParts) {
  return [
    showSession(parts),
    logout(parts),
    showData,
    changeData(parts),
    listOwn(parts),
    endOwn(parts),
    endOthers(parts),
    showSeat(parts),
  ];
}

function showSession({ check }: SessionRouteParts) {
  return route({
    method: 'GET',
    path: '/auth/session',
    permission: 'session',
    summary: 'Who is signed in, where they sit, and until when',
    input: {},
    replies: { 200: sessionView },
    handle: async ({ actor }) => {
      const snapshot = { person: JSON.stringify(actor.person), licence: JSON.stringify(actor.licence) };
      return { status: 200, body: new JsonText(check.view(actor.session, snapshot)) };
    },
  });
}

function logout({ service, forgetBrowser }: SessionRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/logout',
    permission: 'session',
    summary: 'Sign out: the session ends, its seat is free, and this browser is not remembered any more',
    input: {},
    replies: { 204: null, 202: pendingSchema },
    handle: async ({ actor, caller }) => {
      const outcome = await service.end([actor.session], {
        reason: 'signed-out',
        by: actor.person.id,
        requestId: caller.requestId,
      });
      const cookies = await forgetBrowser(caller).catch(laterByHistory);
      return { ...(outcome.kind === 'pending' ? pendingReply : { status: 204 }), session: 'drop', cookies };
    },
    withoutSession: async ({ caller }) => ({ status: 204, session: 'drop', cookies: await forgetBrowser(caller) }),
  });
}

/** With the session that has just ended its browser is forgotten as well, as soon as Postgres answers. */
function laterByHistory(error: unknown): readonly CookieInstruction[] {
  if (error instanceof StoreUnavailable) return [];
  throw error;
}

const showData = route({
  method: 'GET',
  path: '/auth/session/data',
  permission: 'session',
  summary: "The session's own data",
  input: {},
  replies: { 200: z.record(z.string(), z.unknown()) },
  handle: async ({ actor }) => ({ status: 200, body: new JsonText(dataText(actor.session.data)) }),
});

function changeData({ check, store }: SessionRouteParts) {
  return route({
    method: 'PATCH',
    path: '/auth/session/data',
    permission: 'session',
    summary: "Replaces the fields of the session's own data that are named; null removes one",
    input: { body: z.record(z.string().min(1).max(64), z.unknown()) },
    replies: { 200: z.record(z.string(), z.unknown()) },
    problems: ['payload-too-large', 'session-ended'],
    handle: async ({ body, caller }) => {
      const changes = new Map<string, string | null>();
      for (const [name, value] of Object.entries(body))
        changes.set(name, value === null ? null : JSON.stringify(value));
      const credential = check.presented(caller.header('authorization'), caller.header('cookie'));
      if (credential === null) throw new Problem('not-signed-in');
      const data = saved(await store.saveData(credential, changes, mostDataBytes));
      return { status: 200, body: new JsonText(dataText(data)) };
    },
  });
}

/** The data after a change. Throws what the caller must be told when nothing was saved. */
function saved(outcome: SaveOutcome): ReadonlyMap<string, string> {
  switch (outcome.kind) {
    case 'saved':
      return outcome.data;
    case 'too-large':
      throw new Problem(
        'payload-too-large',
        undefined,
        `The session's data may come to ${mostDataBytes} bytes in all.`,
      );
    case 'ended':
      throw new Problem('session-ended', {
        reason: outcome.reason,
        ...(outcome.message === null ? {} : { message: outcome.message }),
        resumable: isResumable(outcome.reason),
      });
    default:
      throw new Problem('not-signed-in');
  }
}

function listOwn({ service }: SessionRouteParts) {
  return route({
    method: 'GET',
    path: '/auth/sessions',
    permission: 'session',
    summary: 'All live sessions of the signed-in person',
    input: {},
    replies: { 200: z.object({ items: z.array(ownSession) }) },
    handle: async ({ actor }) => {
      const found = await service.ownSessions(actor.person.id);
      return { status: 200, body: { items: found.map((session) => shown(session, actor)) } };
    },
  });
}

function shown(session: ListedSession, actor: Actor): z.output<typeof ownSession> {
  return {
    ref: session.ref,
    current: session.ref === actor.session.ref,
    createdAt: isoTime(session.createdAtMs),
    lastSeenAt: isoTime(session.lastSeenAtMs),
    expiresAt: isoTime(session.expiresAtMs),
    ...shownClient(session.client),
  };
}

function endOwn({ service }: SessionRouteParts) {
  return route({
    method: 'DELETE',
    path: '/auth/sessions/:ref',
    permission: 'session',
    summary: "Ends one of the signed-in person's sessions",
    input: { params: z.object({ ref: z.string().max(100) }) },
    replies: { 204: null, 202: pendingSchema },
    problems: ['not-found'],
    handle: async ({ params, actor, caller }) => {
      const ref = parseRef(params.ref);
      const own = ref === null ? [] : await service.ownSessions(actor.person.id);
      const found = own.find((session) => session.ref === params.ref);
      if (found === undefined) throw new Problem('not-found');
      const outcome = await service.end([found], endedByUser(actor, caller));
      const reply = outcome.kind === 'pending' ? pendingReply : { status: 204 };
      return found.ref === actor.session.ref ? { ...reply, session: 'drop' } : reply;
    },
  });
}

function endOthers({ service }: SessionRouteParts) {
  return route({
    method: 'POST',
    path: '/auth/sessions/end-others',
    permission: 'session',
    summary: "Ends all of the signed-in person's sessions but this one",
    input: {},
    replies: { 200: z.object({ ended: z.number().int() }), 202: pendingSchema },
    handle: async ({ actor, caller }) => countReply(await service.endOthers(actor, endedByUser(actor, caller))),
  });
}

function endedByUser(actor: Actor, caller: Caller) {
  return { reason: 'ended-by-user', by: actor.person.id, requestId: caller.requestId } as const;
}

function countReply(outcome: EndOutcome): Reply {
  return outcome.kind === 'pending' ? pendingReply : { status: 200, body: { ended: outcome.ended } };
}

function showSeat({ store }: SessionRouteParts) {
  return route({
    method: 'GET',
    path: '/auth/seat',
    permission: 'session',
    summary: 'How full the licence is that the caller sits in; all null for those who need no seat',
    input: {},
    replies: { 200: seatStatus },
    handle: async ({ actor }) => {
      if (actor.licence === null)
        return { status: 200, body: { licenceId: null, limit: null, used: null, free: null } };
      const { used, limit } = await store.seats(actor.session.tag);
      const free = limit === null ? null : Math.max(0, limit - used);
      return { status: 200, body: { licenceId: actor.licence.id, limit, used, free } };
    },
  });
}
