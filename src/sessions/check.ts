import type { Actor, Delivery, LiveSession, Person, SeatedLicence } from '../kernel/actor.js';
import { isoTime } from '../kernel/clock.js';
import { Recent } from '../kernel/recent.js';
import { type ClientReader, type Fingerprint, isShort } from './client.js';
import type { EndReason } from './session.js';
import type { Credential, SessionIds } from './session-id.js';
import type { ReadOutcome, SeatPolicy, SessionStore, Snapshot } from './store.js';

/** What a check needs of a request. */
export interface CheckRequest {
  readonly authorization: string | undefined;
  /** The whole `Cookie` header. */
  readonly cookie: string | undefined;
  readonly userAgent: string;
  /** Whether the request is polling or prefetch and must not keep the session alive (`X-Background: 1`). */
  readonly background: boolean;
}

/** What a check found. */
export type Checked =
  | {
      readonly kind: 'live';
      readonly session: LiveSession;
      readonly snapshot: Snapshot;
      readonly credential: Credential;
    }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly message: string | null }
  /** Another client presented the session, which has been ended for it. */
  | { readonly kind: 'other-client' };

interface Presented {
  readonly credential: Credential;
  readonly delivery: Delivery;
  /** The client that presented it last: nearly always the same one. */
  userAgent: string;
  fingerprint: Fingerprint;
}

/** What has been read from JSON texts, each text once. What it gives is shared and never changed. */
class Read<Parsed, Value extends object | null> {
  readonly #known = new Recent<string, { value: Value }>(5_000);

  constructor(private readonly made: (parsed: Parsed) => Value) {}

  take(text: string): Value {
    let known = this.#known.get(text);
    if (known === undefined) {
      known = { value: this.made(JSON.parse(text)) };
      this.#known.set(text, known);
    }
    return known.value;
  }
}

const anonymous: Checked = { kind: 'anonymous' };

/**
 * The check both doors run: bearer if `Authorization` is present, else cookie; signature; one `read`; another client ends the
 * session. Nothing of it asks Postgres (ASVS 7.2.1, 7.3.1, 7.4.1).
 */
export class SessionCheck {
  readonly #ids: SessionIds;
  readonly #store: SessionStore;
  readonly #clients: ClientReader;
  readonly #cookieName: string;
  readonly #loadPolicy: (tag: string) => Promise<SeatPolicy | null>;
  readonly #headers = new Recent<string, Presented>(20_000);
  readonly #people = new Read((person: Person) => ({ person, permissions: new Set(person.permissions) }));
  readonly #licences = new Read((licence: SeatedLicence | null) => licence);

  constructor(options: {
    ids: SessionIds;
    store: SessionStore;
    clients: ClientReader;
    cookieName: string;
    loadPolicy: (tag: string) => Promise<SeatPolicy | null>;
  }) {
    this.#ids = options.ids;
    this.#store = options.store;
    this.#clients = options.clients;
    this.#cookieName = options.cookieName;
    this.#loadPolicy = options.loadPolicy;
  }

  /** Throws StoreUnavailable when the store does not answer: a session that cannot be checked is never taken for none. */
  async check(request: CheckRequest): Promise<Checked> {
    const presented = this.#presented(request);
    if (presented === null) return anonymous;
    const { credential } = presented;
    // What is presented is shared: while this request waits, another client's may come with the same cookie.
    let { fingerprint } = presented;
    if (presented.userAgent !== request.userAgent) {
      fingerprint = this.#clients.fingerprint(request.userAgent);
      if (isShort(request.userAgent)) {
        presented.fingerprint = fingerprint;
        presented.userAgent = request.userAgent;
      }
    }
    const found = await this.#ask(presented, fingerprint, request.background);
    if (found.kind === 'live') return { kind: 'live', session: found.session, snapshot: found.snapshot, credential };
    return this.#otherwise(found, presented, fingerprint, request.background);
  }

  #ask({ credential, delivery }: Presented, fingerprint: Fingerprint, background: boolean): Promise<ReadOutcome> {
    return background
      ? this.#store.peek(credential, delivery, fingerprint)
      : this.#store.read(credential, delivery, fingerprint);
  }

  async #otherwise(
    first: ReadOutcome,
    presented: Presented,
    fingerprint: Fingerprint,
    background: boolean,
  ): Promise<Checked> {
    const { credential } = presented;
    let found = first;
    if (found.kind === 'policy-needed') {
      const policy = await this.#loadPolicy(credential.tag);
      if (policy === null) return anonymous;
      await this.#store.pushPolicy(credential.tag, policy);
      found = await this.#ask(presented, fingerprint, background);
    }
    switch (found.kind) {
      case 'live':
        return { kind: 'live', session: found.session, snapshot: found.snapshot, credential };
      case 'ended':
        return found;
      case 'other-client':
        await this.#store.close(credential.tag, { handles: [credential.handle] }, { reason: 'user-agent' });
        return found;
      default:
        return anonymous;
    }
  }

  /** The session cookie's credential, whoever's and whether it lives or not; null when there is none that was made here. */
  presentedCookie(cookie: string | undefined): Credential | null {
    return this.presented(undefined, cookie);
  }

  /** The credential a request carries, by the rules of a check, whoever's and whether it lives or not; null when there is none. */
  presented(authorization: string | undefined, cookie: string | undefined): Credential | null {
    return this.#presented({ authorization, cookie })?.credential ?? null;
  }

  #presented({ authorization, cookie }: Pick<CheckRequest, 'authorization' | 'cookie'>): Presented | null {
    const header = authorization ?? cookie;
    if (header === undefined) return null;
    const known = this.#headers.get(header);
    if (known !== undefined && known.delivery === (authorization === undefined ? 'cookie' : 'bearer')) return known;
    const delivery: Delivery = authorization === undefined ? 'cookie' : 'bearer';
    const signed = delivery === 'bearer' ? bearerToken(header) : sessionCookie(header, this.#cookieName);
    const credential = signed === null ? null : this.#ids.verify(signed);
    if (credential === null) return null;
    const presented = { credential, delivery, userAgent: '', fingerprint: this.#clients.fingerprint('') };
    // Headers with much else in them are parsed each time: what is remembered must stay small.
    if (header.length <= 1024) this.#headers.set(header, presented);
    return presented;
  }

  /** The JSON text of the contract's session view. */
  view(session: LiveSession, snapshot: Snapshot): string {
    return `{"user":${snapshot.person},"licence":${snapshot.licence},"session":{"ref":"${session.ref}","createdAt":"${isoTime(
      session.createdAtMs,
    )}","lastSeenAt":"${isoTime(session.lastSeenAtMs)}","expiresAt":"${isoTime(
      session.expiresAtMs,
    )}","absoluteExpiresAt":"${isoTime(session.absoluteExpiresAtMs)}","amr":["${session.amr.join('","')}"],"aal":${
      session.aal
    }},"data":${dataText(session.data)},"csrfToken":${session.delivery === 'cookie' ? `"${session.csrfToken}"` : 'null'}}`;
  }

  /** Who is calling, from a live session and what it answers. */
  actor(session: LiveSession, snapshot: Snapshot): Actor {
    const person = this.#people.take(snapshot.person);
    return { ...person, licence: this.#licences.take(snapshot.licence), session };
  }
}

/** A session's own data as the JSON text of an object. */
export function dataText(data: ReadonlyMap<string, string>): string {
  if (data.size === 0) return '{}';
  return `{${[...data].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** The token of an `Authorization: Bearer` header (RFC 6750), or null for any other scheme. */
function bearerToken(header: string): string | null {
  return /^bearer +([\w.+/~=-]+)$/i.exec(header)?.[1] ?? null;
}

/**
 * The value of the session cookie without express-session's `s:` mark, or null when it is missing, malformed or given twice:
 * of two cookies of one name, which one is the attacker's cannot be told (RFC 6265bis 8.6).
 */
function sessionCookie(header: string, name: string): string | null {
  let found: string | null = null;
  for (const part of header.split(';')) {
    // Only what browsers put there is trimmed: a name behind an exotic blank is another name.
    const pair = part.replace(/^[ \t]+/, '');
    if (!pair.startsWith(name) || pair[name.length] !== '=') continue;
    if (found !== null) return null;
    found = pair.slice(name.length + 1);
  }
  if (found === null) return null;
  try {
    const value = decodeURIComponent(found);
    return value.startsWith('s:') ? value.slice(2) : null;
  } catch {
    return null;
  }
}
