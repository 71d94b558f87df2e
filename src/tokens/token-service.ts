import type { By } from '../audit/audit-log.js';
import type { Changes } from '../audit/changes.js';
import type { Actor } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Pace } from '../kernel/pace.js';
import { invalid, Problem } from '../kernel/problem.js';
import { parseRef } from '../sessions/session-id.js';
import type { SessionStore } from '../sessions/store.js';
import type { Audiences } from './audiences.js';
import { identityClaims } from './identity-claims.js';
import { clocksDifferSeconds, type SigningKeys } from './signing-keys.js';
import type { GoodToken, TokenRecords } from './token-records.js';

/** The longest a token lives, and how long it does when nothing is said, in seconds. */
export const longestLifeSeconds = 300;
const usualLifeSeconds = 120;
/** RFC 9068 section 2.1. */
const tokenType = 'at+jwt';

/** So many tokens a session is given in a minute by one process: each leaves a record. */
export const tokensPerMinute = 300;

/** What the service works with. */
export interface TokenParts {
  readonly keys: Pick<SigningKeys, 'sign' | 'verify'>;
  readonly records: TokenRecords;
  readonly audiences: Audiences;
  /** By the ref of the session. */
  readonly pace: Pace;
  readonly sessions: Pick<SessionStore, 'lives'>;
  readonly changes: Changes;
  readonly clock: Clock;
  /** The public origin. */
  readonly issuer: string;
}

/** What a token is asked for. */
export interface TokenWish {
  readonly audience: string;
  /** Whether it is good for one call only. */
  readonly once?: boolean | undefined;
  readonly lifetimeSeconds?: number | undefined;
}

/** A token that was issued. */
export interface MadeToken {
  readonly token: string;
  readonly jti: string;
  readonly expiresAtMs: number;
}

/** What a token says, once it was found good. */
export type TokenClaims = Readonly<Record<string, unknown>> & { readonly jti: string; readonly sid: string };

/** Exchanges a session for short-lived tokens, and tells and ends what is good of them. */
export class TokenService {
  readonly #parts: TokenParts;

  constructor(parts: TokenParts) {
    this.#parts = parts;
  }

  /**
   * A token for one of the audiences in the settings, made from what the session says at this moment, never good for longer
   * than the session is (RFC 9068). Throws `invalid-request` for an unknown audience, and `too-many-attempts` to a session
   * that wants hundreds in a minute.
   */
  async issue(actor: Actor, wish: TokenWish): Promise<MadeToken> {
    const { keys, records, audiences, pace, clock, issuer } = this.#parts;
    if (!audiences.has(wish.audience)) throw invalid('/audience', 'must be one of TOKEN_AUDIENCES in the settings');
    const { session, person } = actor;
    const retryAfterSeconds = pace.take(session.ref);
    if (retryAfterSeconds !== null) throw new Problem('too-many-attempts', { retryAfterSeconds });
    const now = Math.floor(clock.nowMs() / 1000);
    const wished = now + (wish.lifetimeSeconds ?? usualLifeSeconds);
    const exp = Math.min(wished, Math.floor(session.expiresAtMs / 1000));
    if (exp <= now) throw new Problem('session-ended', { reason: endOf(actor), resumable: true });
    const jti = newId();
    const once = wish.once ?? false;
    const claims = {
      ...identityClaims(actor),
      iss: issuer,
      // The pages of this origin ask for it.
      client_id: issuer,
      aud: wish.audience,
      jti,
      iat: now,
      nbf: now - clocksDifferSeconds,
      exp,
      ...(once && { once }),
    };
    const token = await keys.sign(claims, tokenType);
    const [issuedAt, expiresAt] = [new Date(now * 1000), new Date(exp * 1000)];
    const { audience } = wish;
    await records.add({ jti, userId: person.id, ref: session.ref, audience, once, issuedAt, expiresAt });
    return { token, jti, expiresAtMs: exp * 1000 };
  }

  /**
   * The claims of a token that is good at this moment for the audience that asks, whose session lives; else null. One that is
   * good for one call is used up by being told (RFC 7662).
   */
  async introspect(token: string, audience: string): Promise<TokenClaims | null> {
    const found = await this.#standing(token, [audience]);
    if (found === null) return null;
    if (found.record.once && !(await this.#parts.records.use(found.claims.jti))) return null;
    return found.claims;
  }

  /** As `introspect`, for whoever holds the session a token was made from: uses nothing up, and tells of no other's. */
  async look(actor: Actor, token: string): Promise<TokenClaims | null> {
    const found = await this.#standing(token, this.#parts.audiences.names);
    return found !== null && found.record.userId === actor.person.id ? found.claims : null;
  }

  /** Revokes a token on the order of its audience (RFC 7009). What is no good token of theirs is left as it is. */
  async revokeOwn(token: string, audience: string, by: By): Promise<void> {
    const claims = await this.#signed(token, [audience]);
    if (claims !== null) await this.revoke(claims.jti, by);
  }

  /** Revokes a token by its id. False when it is over already or there is none. */
  async revoke(jti: string, by: By): Promise<boolean> {
    const { result } = await this.#parts.changes.make(by, async ({ tx, now, audit }) => {
      const record = await this.#parts.records.revoke(tx, jti, now);
      if (record === null) return false;
      const detail = { jti, audience: record.audience };
      await audit({ action: 'token.revoked', target: { type: 'session', id: record.ref }, detail });
      return true;
    });
    return result;
  }

  /** The session is asked of its store each time: its end shows at once. */
  async #standing(
    token: string,
    audiences: readonly string[],
  ): Promise<{ claims: TokenClaims; record: GoodToken } | null> {
    const claims = await this.#signed(token, audiences);
    const ref = claims === null ? null : parseRef(claims.sid);
    if (claims === null || ref === null) return null;
    const { records, sessions } = this.#parts;
    const [record, lives] = await Promise.all([records.good(claims.jti, String(claims['aud'])), sessions.lives(ref)]);
    return record !== null && lives ? { claims, record } : null;
  }

  async #signed(token: string, audiences: readonly string[]): Promise<TokenClaims | null> {
    const expected = { issuer: this.#parts.issuer, type: tokenType, audiences };
    return (await this.#parts.keys.verify(token, expected)) as TokenClaims | null;
  }
}

function endOf({ session }: Actor): 'idle' | 'lifetime' {
  return session.expiresAtMs < session.absoluteExpiresAtMs ? 'idle' : 'lifetime';
}
