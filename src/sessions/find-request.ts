import { type ListedRow, listedSession, UnexpectedReply } from './replies.js';
import { longestGrantMs } from './session.js';
import type { FindRequest, FoundSlice, IdlestRequest, IdlestSlice, ListPlace } from './session-traits.js';
import type { ListedSession } from './store.js';

/** What `find` is asked with. */
export function findRequest({ userId, ...rest }: FindRequest): string {
  return JSON.stringify({ ...filters(rest), ...(userId === undefined ? {} : { user: userId }) });
}

/** What `idlest` is asked with. */
export function idlestRequest(request: IdlestRequest): string {
  return JSON.stringify(filters(request));
}

/** Scripts know lower case of ASCII alone, and look for texts in JSON. */
function filters({ ip, browser, os, text, ...rest }: Omit<FindRequest, 'userId'> | IdlestRequest) {
  return {
    ...rest,
    grantMs: longestGrantMs,
    ...(ip === undefined ? {} : { ip: inJson(ip) }),
    ...(browser === undefined ? {} : { browser: inJson(browser) }),
    ...(os === undefined ? {} : { os: inJson(os) }),
    ...(text === undefined ? {} : { text: inJson(text) }),
  };
}

function inJson(text: string): string {
  return JSON.stringify(text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())).slice(1, -1);
}

/** The reply of `find`. */
export function foundReply(reply: readonly unknown[]): FoundSlice {
  const [living, matched, openedAt, handle, ...pairs] = reply;
  if (typeof living !== 'number' || typeof matched !== 'number') throw new UnexpectedReply('find');
  const next = placeOf(openedAt, handle);
  if (pairs.length === 1) return { living, matched, next, found: [], tally: JSON.parse(String(pairs[0])) };
  return { living, matched, next, found: placesOf(pairs) };
}

/** The reply of `idlest`; null where seats do not tell. */
export function idlestReply(reply: readonly unknown[]): IdlestSlice | null {
  if (reply.length === 0) return null;
  const [idle, matched, time, handle, atMs, ...pairs] = reply;
  if (typeof matched !== 'number' || typeof atMs !== 'number') throw new UnexpectedReply('idlest');
  const next = placeOf(time, handle);
  return { idle: idle === '' ? null : Number(idle), matched, next, atMs, found: placesOf(pairs) };
}

function placeOf(time: unknown, handle: unknown): ListPlace | null {
  return handle === '' ? null : [Number(time), String(handle)];
}

function placesOf(pairs: readonly unknown[]): ListPlace[] {
  const places: ListPlace[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) places.push([Number(pairs[i + 1]), String(pairs[i])]);
  return places;
}

/** The reply of `show`. */
export function shownReply(reply: readonly unknown[], tag: string): ListedSession[] {
  const shown: ListedSession[] = [];
  for (let i = 0; i + 1 < reply.length; i += 2)
    shown.push(listedSession(tag, String(reply[i]), reply[i + 1] as ListedRow));
  return shown;
}
