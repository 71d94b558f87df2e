import { createHash } from 'node:crypto';
import Bowser from 'bowser';
import { Recent } from '../kernel/recent.js';

/** What a session remembers of the client that signed in: who it is, and the major version, which may rise but not fall. */
export interface Fingerprint {
  readonly client: string;
  readonly version: number;
}

/** What people read about a client in a list. */
export interface ClientDescription {
  readonly browser: string;
  readonly os: string;
}

/** How strictly a session is bound to the client that signed in. */
export type Binding = 'browser' | 'exact' | 'off';

const unbound: Fingerprint = { client: '*', version: 0 };

/**
 * Reads `User-Agent` headers, each distinct one once. With `browser` a client is product, system and device class; a header
 * that cannot be read, and every header with `exact`, must be equal; with `off` every client is the same.
 */
export class ClientReader {
  readonly #binding: Binding;
  readonly #fingerprints = new Recent<string, Fingerprint>(5_000);

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** The fingerprint of a header; the empty header has one too. */
  fingerprint(userAgent: string): Fingerprint {
    if (this.#binding === 'off') return unbound;
    let known = this.#fingerprints.get(userAgent);
    if (known === undefined) {
      known = (this.#binding === 'browser' ? browserOf(userAgent) : null) ?? exactly(userAgent);
      if (isShort(userAgent)) this.#fingerprints.set(userAgent, known);
    }
    return known;
  }

  /** Browser and operating system in words, `unknown` where the header does not say. */
  describe(userAgent: string): ClientDescription {
    const parsed = parse(userAgent);
    const named = (name: string | undefined, version: string | undefined) =>
      [name || 'unknown', version?.split('.')[0]].filter((part) => part !== undefined && part !== '').join(' ');
    return {
      browser: named(parsed?.browser.name, parsed?.browser.version),
      os: named(parsed?.os.name, parsed?.os.versionName ?? parsed?.os.version),
    };
  }
}

/** Whether a header is worth remembering: what clients send to fill the memory is read each time. */
export function isShort(userAgent: string): boolean {
  return userAgent.length <= 512;
}

function parse(userAgent: string): Bowser.Parser.ParsedResult | null {
  return userAgent === '' ? null : Bowser.parse(userAgent.slice(0, 512));
}

function browserOf(userAgent: string): Fingerprint | null {
  const parsed = parse(userAgent);
  const version = Number.parseInt(parsed?.browser.version ?? '', 10);
  if (!parsed?.browser.name || !parsed.os.name || !Number.isSafeInteger(version)) return null;
  return { client: `${parsed.browser.name}|${parsed.os.name}|${parsed.platform.type ?? ''}`, version };
}

/** A digest keeps records small; `=` keeps it apart from the names of browsers. */
function exactly(userAgent: string): Fingerprint {
  return { client: `=${createHash('sha256').update(userAgent).digest('base64url')}`, version: 0 };
}
