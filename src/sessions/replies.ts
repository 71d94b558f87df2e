import { z } from 'zod';
import type { Delivery } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import { type EndReason, endReasons } from './session.js';
import { formatRef, licenceOfTag, type SessionRef } from './session-id.js';
import type { ClosedSession, ListedPage, ListedSession, ReadOutcome, SessionEvent, Snapshot } from './store.js';

/** Redis answered something the scripts never answer: a bug, or somebody else's script. */
export class UnexpectedReply extends Error {
  constructor(script: string) {
    super(`the reply of ${script} has an unknown form`);
    this.name = 'UnexpectedReply';
  }
}

/**
 * The part of a record that never changes, as one text of lines, to which `open` adds when it was opened and when it ends at
 * the latest, and `rotate` when the person was authenticated again: amr, aal, CSRF secret, CSRF token, licence, and when the
 * person was authenticated, if that was before.
 */
export function staticText(part: {
  amr: readonly string[];
  aal: number;
  csrfSecret: string;
  csrfToken: string;
  snapshot: Snapshot;
  authenticatedAtMs?: number;
}): string {
  const before = part.authenticatedAtMs === undefined ? [] : [part.authenticatedAtMs];
  return [part.amr.join(' '), part.aal, part.csrfSecret, part.csrfToken, part.snapshot.licence, ...before].join('\n');
}

const noData: ReadonlyMap<string, string> = new Map();

/** The session's own data in a flat list of a record's fields. */
export function dataOf(flat: readonly string[]): ReadonlyMap<string, string> {
  if (flat.length === 0) return noData;
  const data = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const field = flat[i];
    const text = flat[i + 1];
    if (field?.startsWith('d:') && text !== undefined) data.set(field.slice(2), text);
  }
  return data;
}

function reasonOf(text: unknown): EndReason {
  const known = endReasons.find((reason) => reason === text);
  if (known === undefined) throw new UnexpectedReply('a check');
  return known;
}

/** What `read` and `peek` found of a session that lives. */
export type LiveOutcome = Extract<ReadOutcome, { kind: 'live' }>;

/** What `read` and `peek` found. `over` is a session that must still be closed for the reason given. */
export type CheckReply = ReadOutcome | { readonly kind: 'over'; readonly reason: EndReason };

/** The reply of `read` or `peek`, but for the short one, which last-told.ts understands. */
export function checkReply(reply: unknown, ref: SessionRef, delivery: Delivery): CheckReply {
  if (!Array.isArray(reply)) throw new UnexpectedReply('read');
  switch (reply[0]) {
    case 1:
      return liveReply(reply as unknown as LiveReply, ref, delivery);
    case 0:
      return { kind: 'unknown' };
    case 2:
      return { kind: 'ended', reason: reasonOf(reply[1]), message: reply[2] || null };
    case 3:
      return { kind: 'other-client' };
    case 4:
      return { kind: 'policy-needed' };
    case 5:
      return { kind: 'over', reason: reasonOf(reply[1]) };
    default:
      throw new UnexpectedReply('read');
  }
}

type LiveReply = readonly [
  kind: 1,
  seen: number,
  deadline: number,
  epoch: string,
  fixed: string,
  person: string,
  data?: string[],
];

function liveReply(reply: LiveReply, { tag, handle }: SessionRef, delivery: Delivery): ReadOutcome {
  const [, seenAt, deadline, , text, person, data] = reply;
  const fixed = fixedPart(text);
  return {
    kind: 'live',
    session: {
      ref: `${tag}.${handle}`,
      tag,
      handle,
      delivery,
      createdAtMs: fixed.createdAtMs,
      lastSeenAtMs: seenAt === 0 ? fixed.createdAtMs : seenAt,
      expiresAtMs: deadline,
      absoluteExpiresAtMs: fixed.absoluteExpiresAtMs,
      authenticatedAtMs: fixed.authenticatedAtMs,
      amr: fixed.amr,
      aal: fixed.aal,
      data: data === undefined ? noData : dataOf(data),
      csrfSecret: fixed.csrfSecret,
      csrfToken: fixed.csrfToken,
    },
    snapshot: { person, licence: fixed.licence },
  };
}

/** What staticText wrote, behind the two times that `open` put before it. */
function fixedPart(text: string) {
  const [openedAt = '', absolute = '', amr = '', aal = '', csrfSecret = '', csrfToken = '', licence = 'null', again] =
    text.split('\n');
  return {
    createdAtMs: Number(openedAt),
    absoluteExpiresAtMs: Number(absolute),
    authenticatedAtMs: Number(again ?? openedAt),
    amr: amr.split(' '),
    aal: Number(aal),
    csrfSecret,
    csrfToken,
    licence,
  };
}

/** What `list` and `show` tell of a session. */
export type ListedRow = readonly [
  user: string,
  seen: string,
  fixed: string,
  person: string,
  about: string,
  expires: string,
  opened: number,
  takesSeat?: number,
];

/** The reply of `list`. */
export function listReply(reply: unknown, tag: string): ListedPage {
  if (!Array.isArray(reply)) throw new UnexpectedReply('list');
  const items: ListedSession[] = [];
  for (let i = 2; i + 1 < reply.length; i += 2) items.push(listedSession(tag, reply[i], reply[i + 1]));
  const last = items.at(-1);
  const next = reply[1] === 1 && last !== undefined ? `${last.createdAtMs}:${last.handle}` : null;
  return { items, next, total: reply[0] };
}

/** A row of `list` or `show`. */
export function listedSession(tag: string, handle: string, row: ListedRow): ListedSession {
  const [userId, seen, fixed, person, client, expires, openedAt, takesSeat] = row;
  return {
    ref: formatRef({ tag, handle }),
    tag,
    handle,
    userId: userId as UserId,
    snapshot: { person, licence: fixedPart(fixed).licence },
    client,
    createdAtMs: openedAt,
    lastSeenAtMs: Number(seen) || openedAt,
    expiresAtMs: Number(expires),
    ...(takesSeat === undefined ? {} : { takesSeat: takesSeat === 1 }),
  };
}

const eventFields = z.object({
  kind: z.enum(['admitted', 'released', 'refused']),
  id: z.string(),
  handle: z.string(),
  user: z.string(),
  at: z.coerce.number(),
  reason: z.string(),
  used: z.coerce.number(),
  limit: z.string(),
  message: z.string(),
  by: z.string(),
  request: z.string(),
});

/** One entry of a tag's events stream. */
export function eventReply(tag: string, flat: readonly string[]): SessionEvent {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? '']);
  const event = eventFields.parse(Object.fromEntries(pairs));
  const id = event.kind === 'refused' ? event.id : `${tag}.${event.id}`;
  return {
    id,
    kind: event.kind,
    tag,
    licenceId: licenceOfTag(tag),
    ref: event.handle === '' ? null : formatRef({ tag, handle: event.handle }),
    userId: event.user === '' ? null : (event.user as UserId),
    atMs: event.at,
    reason: event.reason || null,
    message: event.message || null,
    by: event.by === '' ? null : (event.by as UserId),
    requestId: event.request || null,
    used: event.used,
    limit: event.limit === '' ? null : Number(event.limit),
  };
}

/** The sessions a close has ended, from a flat list of handles and users. */
export function closedReply(pairs: readonly unknown[]): ClosedSession[] {
  const closed: ClosedSession[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2)
    closed.push({ handle: String(pairs[i]), userId: pairs[i + 1] as UserId });
  return closed;
}
