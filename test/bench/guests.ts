import { randomBytes, randomUUID } from 'node:crypto';
import type { UserId } from '../../src/kernel/ids.js';

/** Somebody who is signed in at every contestant. */
export interface Guest {
  readonly id: UserId;
  readonly email: string;
  readonly username: string;
  readonly name: string;
  readonly licence: { readonly id: string; readonly serial: string; readonly name: string };
  readonly userAgent: string;
}

const browsers = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
];

/** A thousand people over twenty licences, as the goals in the README name them. */
export function makeGuests(count = 1000, licences = 20): Guest[] {
  const houses = Array.from({ length: licences }, (_, index) => ({
    id: randomUUID(),
    serial: `UL-${randomBytes(6).toString('hex').toUpperCase()}`,
    name: `Institute ${index + 1}, reading room`,
  }));
  return Array.from({ length: count }, (_, index) => ({
    id: randomUUID() as UserId,
    email: `reader-${index}@institute-${index % licences}.example.org`,
    username: `reader-${index}`,
    name: `Reader No. ${index}`,
    licence: houses[index % licences] ?? { id: '', serial: '', name: '' },
    userAgent: browsers[index % browsers.length] ?? '',
  }));
}

/** The headers a browser sends with a same-origin fetch. */
export function browserHeaders(userAgent: string, cookie: string): Readonly<Record<string, string>> {
  return {
    Accept: 'application/json, text/plain, */*',
    'Accept-Encoding': 'gzip, deflate, br',
    'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
    Cookie: cookie,
    Referer: 'https://app.example.org/library/shelves?page=2',
    'Sec-Fetch-Dest': 'empty',
    'Sec-Fetch-Mode': 'cors',
    'Sec-Fetch-Site': 'same-origin',
    'User-Agent': userAgent,
  };
}
