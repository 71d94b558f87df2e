/**
 * The only file that spells a session key. Scripts are given the tag's prefix and derive from it, and from nothing else:
 *
 * `{tag}:policy`    hash    seats, state, window, version; `e:<user>` → the user's epoch
 * `{tag}:seats`     zset    handle → when it stops being live by itself (ms)
 * `{tag}:opened`    zset    handle → when it was opened (ms), for lists
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
