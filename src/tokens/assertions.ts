import type { Actor } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { Recent } from '../kernel/recent.js';
import { identityClaims } from './identity-claims.js';
import { clocksDifferSeconds, type SigningKeys } from './signing-keys.js';

/**
 * How long an assertion is good, and how long the same one is given again here, in seconds. A whole answer to a proxy is kept
 * for ten more.
 */
const lifeSeconds = 60;
const keptSeconds = 30;

/** The `typ` of an assertion: it is never taken for an access token. */
export const assertionType = 'auth-assertion+jwt';

/** What is said of a session; times, issuer and audience are added. */
export interface AssertionClaims {
  /** The user's id. */
  readonly sub: string;
  /** The ref of the session. */
  readonly sid: string;
  readonly [claim: string]: unknown;
}

interface Kept {
  readonly text: string;
  readonly untilSeconds: number;
  readonly token: Promise<string>;
}

/**
 * Signs what a check found of a session, for backends that do not want to trust the network between them and the proxy. Keys
 * are in memory, so nothing is asked, and while nothing changes about a session one signature serves 30 s.
 */
export class Assertions {
  readonly #keys: Pick<SigningKeys, 'sign'>;
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #kept = new Recent<string, Kept>(20_000);

  /** `issuer` is the public origin: who signs, and, since the backends share it, who it is meant for. */
  constructor(keys: Pick<SigningKeys, 'sign'>, issuer: string, clock: Clock) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#clock = clock;
  }

  /** What a session says at this moment: the claims of a token, with the person's address and name. */
  of(actor: Actor): Promise<string> {
    const { email, name } = actor.person;
    return this.signAssertion({ ...identityClaims(actor), email, ...(name !== null && { name }) });
  }

  /**
   * A JWT of 60 s, of which at least 30 s are left now, and 20 s when a proxy is given the answer it is in again. The claims
   * must hold what JSON can.
   */
  signAssertion(claims: AssertionClaims): Promise<string> {
    const now = Math.floor(this.#clock.nowMs() / 1000);
    const text = JSON.stringify(claims);
    const kept = this.#kept.get(claims.sid);
    if (kept !== undefined && kept.text === text && kept.untilSeconds > now) return kept.token;
    const times = { iat: now, nbf: now - clocksDifferSeconds, exp: now + lifeSeconds };
    const token = this.#keys.sign({ ...claims, iss: this.#issuer, aud: this.#issuer, ...times }, assertionType);
    this.#kept.set(claims.sid, { text, untilSeconds: now + keptSeconds, token });
    // What could not be signed is tried again by the next who asks.
    token.catch(() => this.#kept.set(claims.sid, { text, untilSeconds: 0, token }));
    return token;
  }
}
