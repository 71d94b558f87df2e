/**
 * The only file that spells a session key. Scripts are given the tag's prefix and derive from it, and from nothing else:
 *
 * `{tag}:policy`    hash    seats, state, window, version; `e:<user>` → the user's epoch; `idle`, `lifetime` → the limits that
 *                             sessions live by, `idleFrom`, `lifetimeFrom` → since when all do
 * `{tag}:seats`     zset    handle → when it stops being live by itself (ms)
 * `{tag}:opened`    zset    handle → when it was opened (ms), for lists
 * `{tag}:uncounted` zset    those of the seats that do not count (break-glass, support), with the same times
 * `{tag}:clients`   hash    handle → address, browser and system, a line each, for filters
 * `{tag}:overage`   zset    the days, since 1970, on which more were admitted than there are seats
 * `{tag}:s:<h>`     hash    the session's record, a tombstone after its end
 * `{tag}:u:<user>`  set     the user's handles
 * `{tag}:events`    stream  history that has not reached Postgres
 */
export function tagPrefix(tag: string): string {
  return `{${tag}}`;
}

/** The history of a tag that has not reached Postgres. */
export function eventsKey(tag: string): string {
  return `${tagPrefix(tag)}:events`;
}

/** What a tag decides by: the licence's policy, and the epochs of users. */
export function policyKey(tag: string): string {
  return `${tagPrefix(tag)}:policy`;
}

/** What filters ask of the clients of a tag's sessions. */
export function clientsKey(tag: string): string {
  return `${tagPrefix(tag)}:clients`;
}

/** The days on which more were admitted to a tag than it has seats. */
export function overageKey(tag: string): string {
  return `${tagPrefix(tag)}:overage`;
}

/** The field of a tag's policy that holds a user's epoch. */
export function epochField(userId: string): string {
  return `e:${userId}`;
}

/** The user whose epoch a field of a tag's policy holds, or null. */
export function userOfField(field: string): string | null {
  return field.startsWith('e:') ? field.slice(2) : null;
}

/** What finds every session key in a scan of the keyspace. */
export const anySessionKey = '{*}:*';

/** The tag a session key belongs to, and whose record (`handle`) or index (`user`) it is, if it is one. Null for other keys. */
export function parseKey(key: string): { tag: string; handle: string | null; user: string | null } | null {
  const [, tag, part, name] = /^\{([^}]+)\}:([a-z]+)(?::(.+))?$/.exec(key) ?? [];
  if (tag === undefined) return null;
  return { tag, handle: part === 's' && name ? name : null, user: part === 'u' && name ? name : null };
}

/** The channel by which processes tell each other whose sessions have changed. */
export const newsChannel = 'usher:session-news';
