import { createHash } from 'node:crypto';
import { type By, personBehind } from '../audit/audit-log.js';
import type { Change, Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { isUuid, type LicenceId, randomToken, type UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { CookieInstruction } from '../kernel/route.js';
import type { IssuedToken, IssuedTokens, Rotation } from '../platform/issued-tokens.js';
import type { ClientReader } from '../sessions/client.js';
import { causeOf, sessionsEndedPush } from '../sessions/pushes.js';
import { parseRef } from '../sessions/session-id.js';
import type { BrowserLetters } from './browser-letters.js';
import { requireMayTouch } from './staff-rules.js';
import type { UserRepository } from './user-repository.js';
import { userTable } from './user-table.js';

/** The name of the cookie, without the `__Host-` prefix. */
export const rememberCookie = 'remember';

/** How long a browser is remembered without coming back: 90 days. */
export const rememberedMs = 90 * 86_400_000;

/** In how many browsers somebody is remembered at most: beyond that the one that was not used for longest is forgotten. */
const mostBrowsers = 50;

/** How long the secret from before a rotation is taken for an honest parallel request. */
const graceMs = 10_000;

/** Makes a browser forget that it was remembered. */
export const forgetting: CookieInstruction = { name: rememberCookie, value: null, maxAgeSeconds: 0 };

/** What is known of a remembered browser. */
export type Remembered = {
  /** The client the person signed in from, as sessions are bound to it. */
  readonly client: string;
  readonly version: number;
  readonly browser: string;
  readonly os: string;
  /** Where it came from last. */
  readonly address: string;
  readonly licenceId: LicenceId | null;
  /** How the person was authenticated, and when: coming back is no authentication. */
  readonly amr: readonly string[];
  readonly authenticatedAtMs: number;
  readonly usedAtMs: number;
  /** The session it held last; null while that is exchanged for another. */
  readonly ref: string | null;
};

/** A session that was opened by somebody who wants to be remembered. */
export type Holding = Pick<Remembered, 'licenceId' | 'amr' | 'authenticatedAtMs'> & { readonly ref: string };

/** A remembered browser whose secret has just been replaced. The new one is nobody's until it has been delivered. */
export interface Memory {
  readonly id: string;
  readonly userId: UserId;
  readonly data: Remembered;
  readonly secret: string;
}

/** What a cookie that was shown is worth. */
export type Shown =
  | { readonly kind: 'good'; readonly memory: Memory }
  /** A parallel request has replaced the secret a moment ago; the browser is about to have the new one. */
  | { readonly kind: 'just-replaced'; readonly id: string; readonly userId: UserId }
  | { readonly kind: 'worthless' };

/** What RememberedBrowsers are made of. */
export interface RememberedBrowsersParts {
  readonly tokens: IssuedTokens<Remembered>;
  readonly changes: Changes;
  readonly users: Pick<UserRepository, 'lock'>;
  readonly clients: ClientReader;
  readonly letters: Pick<BrowserLetters, 'usedTwice'>;
  readonly clock: Clock;
}

/**
 * What people, staff and the audit log know a browser by. Not the id in its cookie: whoever may read that could end the memory
 * by showing it with a wrong secret. One-way, since that id is 122 random bits.
 */
export function browserId(id: string): string {
  return createHash('sha256').update(`browser ${id}`).digest('base64url').slice(0, 22);
}

const worthless: Shown = { kind: 'worthless' };
const secretForm = /^[A-Za-z0-9_-]{43}$/;

/**
 * Browsers that may come back without a password: a cookie of an id and a secret that is replaced at each use. Holds no seat
 * and is no session. All methods throw StoreUnavailable when Postgres cannot be asked.
 */
export class RememberedBrowsers {
  readonly #parts: RememberedBrowsersParts;

  constructor(parts: RememberedBrowsersParts) {
    this.#parts = parts;
  }

  /** Remembers the browser in which somebody has just signed in; of more than fifty, those used last. */
  async remember(userId: UserId, held: Holding, caller: Caller): Promise<CookieInstruction> {
    const { tokens } = this.#parts;
    const data = { ...held, ...this.#seen(caller) };
    const { id, secret } = await tokens.issue(null, { userId, data });
    const lastFirst = (await tokens.list(userId)).sort((a, b) => b.data.usedAtMs - a.data.usedAtMs);
    for (const old of lastFirst.slice(mostBrowsers)) await tokens.revokeOne(null, userId, old.id);
    return cookieOf(id, secret);
  }

  /**
   * Looks at a cookie, and replaces its secret when it is good. Another client's ends the memory. So does a secret that was
   * replaced long ago: it is in two hands, so the session that was opened with it ends too and the person is told.
   */
  async show(cookie: string, caller: Caller): Promise<Shown> {
    const [id, secret, ...rest] = cookie.split('.');
    if (id === undefined || secret === undefined || rest.length > 0) return worthless;
    if (!isUuid(id) || !secretForm.test(secret)) return worthless;
    const { result } = await this.#parts.changes.make({ actor: null, caller }, async (change) =>
      this.#judged(change, await this.#parts.tokens.rotate(id, secret, graceMs, change.tx), caller),
    );
    return result;
  }

  /** Notes that the session it held is being exchanged: that one's end is none of the memory's. False: it has been revoked. */
  letGo({ id, data }: Memory): Promise<boolean> {
    return this.#parts.tokens.change(null, id, { ...data, ref: null });
  }

  /** Notes the session a remembered browser has come back with, and answers its new cookie. */
  async keep({ id, data, secret }: Memory, ref: string, caller: Caller): Promise<CookieInstruction> {
    const kept = await this.#parts.tokens.change(null, id, { ...data, ...this.#seen(caller), ref });
    return kept ? cookieOf(id, secret) : forgetting;
  }

  /** The browser was not let in, or did not get the answer: the secret it has is good again. */
  async takeBack({ id, secret, data }: Memory): Promise<void> {
    await this.#parts.tokens.change(null, id, data);
    await this.#parts.tokens.takeBack(id, secret);
  }

  /** Forgets a browser that is not to come back. */
  async forget({ id, userId }: Pick<Memory, 'id' | 'userId'>): Promise<void> {
    await this.#parts.tokens.revokeOne(null, userId, id);
  }

  /**
   * Forgets the browser that asks, if it is remembered: whoever signs out, or signs in anew, leaves nothing behind. Answers
   * the cookies that go.
   */
  async forgetShown(caller: Caller): Promise<CookieInstruction[]> {
    // With a token cookies are not looked at.
    const cookie = caller.header('authorization') === undefined ? caller.cookie(rememberCookie) : undefined;
    if (cookie === undefined) return [];
    const shown = await this.show(cookie, caller);
    if (shown.kind !== 'worthless') await this.forget(shown.kind === 'good' ? shown.memory : shown);
    return [forgetting];
  }

  /** A person's remembered browsers, the one that signed in last first. */
  list(userId: UserId): Promise<IssuedToken<Remembered>[]> {
    return this.#parts.tokens.list(userId);
  }

  /** Forgets one of a person's browsers, by what `browserId` says. Throws `not-found`, and `forbidden` for who may not decide about the account. */
  async forgetOne(by: By, userId: UserId, id: string): Promise<void> {
    await this.#parts.changes.make(by, async (change) => {
      await this.#requireMay(change, userId);
      const found = (await this.#parts.tokens.list(userId, change.tx)).find((one) => browserId(one.id) === id);
      const gone = found !== undefined && (await this.#parts.tokens.revokeOne(change.tx, userId, found.id));
      if (!gone) throw new Problem('not-found');
      await change.audit(revoked(userId, { browser: id }));
    });
  }

  /** Forgets all of a person's browsers; how many. Throws as `forgetOne`. */
  async forgetAll(by: By, userId: UserId): Promise<number> {
    const { result } = await this.#parts.changes.make(by, async (change) => {
      await this.#requireMay(change, userId);
      const count = await this.#parts.tokens.revokeAll(change.tx, userId);
      if (count > 0) await change.audit(revoked(userId, { browsers: count }));
      return count;
    });
    return result;
  }

  async #judged(change: Change, rotation: Rotation<Remembered>, caller: Caller): Promise<Shown> {
    if (rotation.kind === 'unknown' || rotation.token.userId === null) return worthless;
    const { id, userId, data } = rotation.token;
    if (rotation.kind === 'reused') {
      await this.#stolen(change, userId, rotation.token);
      return worthless;
    }
    if (!this.#sameClient(data, caller)) {
      await this.#parts.tokens.revokeOne(change.tx, userId, id);
      await change.audit(revoked(userId, { browser: browserId(id), reason: 'user-agent' }));
      return worthless;
    }
    if (rotation.kind === 'just-replaced') return { kind: 'just-replaced', id, userId };
    return { kind: 'good', memory: { id, userId, data, secret: rotation.secret } };
  }

  async #stolen(change: Change, userId: UserId, { id, data }: IssuedToken<Remembered>): Promise<void> {
    const target = { type: 'user', id: userId } as const;
    await change.audit({ action: 'remembered.reused', target, detail: { browser: browserId(id), ref: data.ref } });
    const ref = data.ref === null ? null : parseRef(data.ref);
    const cause = causeOf('credentials-changed', change.by);
    if (ref !== null) await change.push(sessionsEndedPush(`end:${randomToken(9)}`, [ref], cause));
    // Read by the same connection: those who show the cookie at once wait for this row with theirs.
    const user = await change.tx.findOneBy(userTable, { id: userId });
    if (user === null) return;
    const { email, verified } = user;
    await this.#parts.letters.usedTwice(change, { id: userId, email, verified }, data);
  }

  /** As a session is: the same client, whose major version may rise but not fall. */
  #sameClient({ client, version }: Remembered, caller: Caller): boolean {
    const shown = this.#parts.clients.fingerprint(caller.userAgent);
    if (shown.client === '*' || client === '*') return true;
    return shown.client === client && shown.version >= version;
  }

  #seen(caller: Caller) {
    const { clients, clock } = this.#parts;
    const { client, version } = clients.fingerprint(caller.userAgent);
    const { browser, os } = clients.describe(caller.userAgent);
    return { client, version, browser, os, address: caller.address, usedAtMs: clock.nowMs() };
  }

  async #requireMay(change: Change, userId: UserId): Promise<void> {
    const user = await this.#parts.users.lock(change.tx, userId);
    if (user === null) throw new Problem('not-found');
    if (personBehind(change.by) !== userId) requireMayTouch(change.by, user.roles);
  }
}

function cookieOf(id: string, secret: string): CookieInstruction {
  return { name: rememberCookie, value: `${id}.${secret}`, maxAgeSeconds: rememberedMs / 1000 };
}

function revoked(userId: UserId, detail: Readonly<Record<string, unknown>>) {
  return { action: 'remembered.revoked', target: { type: 'user', id: userId }, detail } as const;
}
