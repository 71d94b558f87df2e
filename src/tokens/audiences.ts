import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An application that tokens are made out to, and the secrets it may show. */
export interface Audience {
  readonly name: string;
  readonly secrets: readonly string[];
}

/** What a caller says of itself, as RFC 6749 section 2.3.1 wants it: by HTTP Basic, or in the body. */
export interface ShownClient {
  readonly authorization: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
}

interface Known {
  readonly name: string;
  readonly digests: readonly Buffer[];
}

/** The applications tokens are made out to. Of their secrets only hashes are held, and compared in constant time. */
export class Audiences {
  readonly #known: readonly Known[];
  /** Compared with when there is no such application, so that this takes as long. */
  readonly #nobody = [randomBytes(32)];

  constructor(audiences: readonly Audience[]) {
    this.#known = audiences.map(({ name, secrets }) => ({ name, digests: secrets.map(digestOf) }));
  }

  /** Their names. */
  get names(): string[] {
    return this.#known.map(({ name }) => name);
  }

  /** Whether tokens are made out to an application of this name. */
  has(name: string): boolean {
    return this.#known.some((known) => known.name === name);
  }

  /** The name of the application that proves to be it; null when there is no such one, or its secret is another. */
  proven({ authorization, clientId, clientSecret }: ShownClient): string | null {
    if (authorization !== undefined) return this.#provenByBasic(authorization);
    return clientId === undefined || clientSecret === undefined ? null : this.#matching(clientId, [clientSecret]);
  }

  /**
   * Both parts are form-encoded before they are put together, says RFC 6749; curl and others leave that out, and a name that
   * is a URL holds the colon that parts the two. So does a longer name that begins like it: all that fit are tried.
   */
  #provenByBasic(authorization: string): string | null {
    const text = basicText(authorization);
    const colon = text?.indexOf(':') ?? -1;
    if (text === null || colon === -1) return null;
    const plain = this.names.filter((name) => text.startsWith(`${name}:`)).sort((a, b) => b.length - a.length);
    const splits = [
      ...plain.map((name) => [name, text.slice(name.length + 1)] as const),
      [formDecoded(text.slice(0, colon)), text.slice(colon + 1)] as const,
    ];
    const proven = splits.map(([name, secret]) => this.#matching(name, [secret, formDecoded(secret)]));
    return proven.find((name) => name !== null) ?? null;
  }

  #matching(name: string, secrets: readonly string[]): string | null {
    const known = this.#known.find((one) => one.name === name);
    const digests = known?.digests ?? this.#nobody;
    // All are compared, whichever matches.
    const matches = secrets.map(digestOf).flatMap((shown) => digests.map((digest) => timingSafeEqual(shown, digest)));
    return known !== undefined && matches.includes(true) ? known.name : null;
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The text of an `Authorization: Basic` header (RFC 7617); null for any other. */
function basicText(header: string): string | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  return encoded === undefined || encoded.length > 2000 ? null : Buffer.from(encoded, 'base64').toString('utf8');
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
