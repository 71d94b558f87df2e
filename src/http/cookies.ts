import { serialize } from 'cookie';
import type { CookieInstruction } from '../kernel/route.js';

/** The name of one of this server's cookies as it is sent: with the `__Host-` prefix when the server is reached by https. */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

/**
 * The decoded value of a cookie in a `Cookie` header; undefined when it is absent, not decodable, or given more than once,
 * since a sibling host can then have put one of them there (ASVS 3.3). Only space and tab are trimmed around a name.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  let found: string | undefined;
  for (const pair of header.split(';')) {
    const cut = pair.indexOf('=');
    if (cut === -1 || trimBlanks(pair.slice(0, cut)) !== name) continue;
    if (found !== undefined) return undefined;
    found = trimBlanks(pair.slice(cut + 1));
  }
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found);
  } catch {
    return undefined;
  }
}

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** The attributes every cookie of this server has: none is readable by scripts, sent along by other sites, or widened to a domain. */
export function cookieAttributes(secure: boolean) {
  return { path: '/', httpOnly: true, secure, sameSite: 'lax' } as const;
}

/** The `Set-Cookie` value of an instruction. */
export function cookieLine(instruction: CookieInstruction, secure: boolean): string {
  return serialize(cookieName(instruction.name, secure), instruction.value ?? '', {
    ...cookieAttributes(secure),
    maxAge: instruction.value === null ? 0 : instruction.maxAgeSeconds,
  });
}

/** The `Set-Cookie` value that makes the browser forget its session cookie. */
export function forgetSessionLine(secure: boolean): string {
  return serialize(cookieName('sid', secure), '', { ...cookieAttributes(secure), maxAge: 0, expires: new Date(0) });
}
