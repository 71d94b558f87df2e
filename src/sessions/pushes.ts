import { z } from 'zod';
import { type By, personBehind } from '../audit/audit-log.js';
import type { Person } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import type { OutboxEntry, OutboxHandlers } from '../platform/outbox.js';
import { type EndReason, endReasons } from './session.js';
import type { SessionRef } from './session-id.js';
import type { Cause, SessionStore } from './store.js';

const text = z.string().max(1000);
const cause = z.object({
  reason: z.enum(endReasons),
  message: text.exactOptional(),
  by: text.transform((id) => id as UserId).exactOptional(),
  requestId: text.exactOptional(),
});
const userId = text.transform((id) => id as UserId);
const ref = z.object({ tag: text, handle: text });
const userEnded = z.object({
  userId,
  epoch: z.number().int(),
  tags: z.array(text),
  keep: ref.exactOptional(),
  cause,
});
const userRefreshed = z.object({
  userId,
  epoch: z.number().int(),
  tags: z.array(text),
  person: z.string(),
  // Entries from before there were roles in licences have none.
  inTag: z.record(text, z.string()).default({}),
});
const sessionsEnded = z.object({ refs: z.array(ref), cause });

/** The schema of a cause in an outbox payload. */
export const pushedCause = cause;

/** Why sessions end, on whose order, and by which request. */
export function causeOf(reason: EndReason, by: By): Cause {
  const person = personBehind(by);
  return {
    reason,
    ...(person === undefined ? {} : { by: person }),
    ...(by.caller === null ? {} : { requestId: by.caller.requestId }),
  };
}

/** The outbox key that orders everything about a user. Its lock is the row in `users`. */
export function userKeyOf(id: UserId): string {
  return `user:${id}`;
}

/**
 * Ends a user's sessions in `tags`, but for `keep`, and raises the epoch there, so that a sign-in which read an older one
 * opens nothing, now or later.
 */
export function userEndedPush(ended: {
  userId: UserId;
  epoch: number;
  tags: readonly string[];
  keep?: SessionRef;
  cause: Cause;
}): OutboxEntry {
  const { keep, ...rest } = ended;
  const kept = keep === undefined ? {} : { keep: { tag: keep.tag, handle: keep.handle } };
  return { kind: 'user-ended', key: userKeyOf(ended.userId), payload: { ...rest, ...kept, cause: { ...ended.cause } } };
}

/**
 * Replaces what a user's sessions in `tags` answer about the person. `epoch` is the one the change has raised; `inTag` what
 * is answered in tags where that is something else; `because` names what this belongs to, for whoever waits for all of it.
 */
export function userRefreshedPush(
  person: Person,
  epoch: number,
  tags: readonly string[],
  more: { readonly inTag?: ReadonlyMap<string, Person>; readonly because?: string | undefined } = {},
): OutboxEntry {
  const inTag = Object.fromEntries([...(more.inTag ?? [])].map(([tag, there]) => [tag, JSON.stringify(there)]));
  const because = more.because === undefined ? {} : { because: more.because };
  return {
    kind: 'user-refreshed',
    key: userKeyOf(person.id),
    payload: { userId: person.id, epoch, tags, person: JSON.stringify(person), inTag, ...because },
  };
}

/** Ends sessions by name: for when the store refused. `key` orders it; an ending needs no order among others. */
export function sessionsEndedPush(key: string, refs: readonly SessionRef[], why: Cause): OutboxEntry {
  const named = refs.map(({ tag, handle }) => ({ tag, handle }));
  return { kind: 'sessions-ended', key, payload: { refs: named, cause: { ...why } } };
}

/** Registers what applies the three kinds above to the store. Harmless when applied twice. */
export function registerSessionPushes(handlers: OutboxHandlers, store: SessionStore): void {
  handlers.handle('user-ended', async (payload) => {
    const { userId, epoch, tags, keep, cause } = userEnded.parse(payload);
    await Promise.all(
      tags.map((tag) => {
        const spared = keep?.tag === tag ? { keep: keep.handle } : {};
        return store.close(tag, { userId, epoch, ...spared }, cause);
      }),
    );
  });
  handlers.handle('user-refreshed', async (payload) => {
    const { userId, epoch, tags, person, inTag } = userRefreshed.parse(payload);
    await Promise.all(tags.map((tag) => store.refresh(tag, userId, epoch, inTag[tag] ?? person)));
  });
  handlers.handle('sessions-ended', async (payload) => {
    const { refs, cause } = sessionsEnded.parse(payload);
    const tags = [...new Set(refs.map(({ tag }) => tag))];
    await Promise.all(
      tags.map((tag) => {
        const handles = refs.filter((one) => one.tag === tag).map(({ handle }) => handle);
        return store.close(tag, { handles }, cause);
      }),
    );
  });
}
