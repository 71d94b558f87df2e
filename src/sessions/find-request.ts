import { type ListedRow, listedSession, UnexpectedReply } from './replies.js';
import { longestGrantMs } from './session.js';
import type { FindRequest, FoundSlice, ListPlace } from './session-traits.js';
import type { ListedSession } from './store.js';

/** What `find` is asked with. Scripts know lower case of ASCII alone, and look for texts in JSON. */
export function findRequest({ userId, ip, browser, os, text, ...rest }: FindRequest): string {
  return JSON.stringify({
    ...rest,
    grantMs: longestGrantMs,
    ...(userId === undefined ? {} : { user: userId }),
    ...(ip === undefined ? {} : { ip: inJson(ip) }),
    ...(browser === undefined ? {} : { browser: inJson(browser) }),
    ...(os === undefined ? {} : { os: inJson(os) }),
    ...(text === undefined ? {} : { text: inJson(text) }),
  });
}

function inJson(text: string): string {
  return JSON.stringify(text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())).slice(1, -1);
}

/** The reply of `find`. */
export function foundReply(reply: readonly unknown[]): FoundSlice {
  const [living, matched, openedAt, handle, ...pairs] = reply;
  if (typeof living !== 'number' || typeof matched !== 'number') throw new UnexpectedReply('find');
  const next: ListPlace | null = handle === '' ? null : [Number(openedAt), String(handle)];
  if (pairs.length === 1) return { living, matched, next, found: [], tally: JSON.parse(String(pairs[0])) };
  const found: ListPlace[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) found.push([Number(pairs[i + 1]), String(pairs[i])]);
  return { living, matched, next, found };
}

/** The reply of `show`. */
export function shownReply(reply: readonly unknown[], tag: string): ListedSession[] {
  const shown: ListedSession[] = [];
  for (let i = 0; i + 1 < reply.length; i += 2)
    shown.push(listedSession(tag, String(reply[i]), reply[i + 1] as ListedRow));
  return shown;
}
