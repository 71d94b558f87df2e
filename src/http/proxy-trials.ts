import { randomToken } from '../kernel/ids.js';
import { verifyHeaderNames } from '../sessions/verify-headers.js';
import type { Outside, OutsideAnswer } from './outside.js';
import { type Probed, probed, spellingsOf } from './proxy-probe.js';

type Header = readonly [name: string, value: string];

/** Who is signed in through the proxy while it is tried. */
export interface Visitor {
  readonly userId: string;
  /** The headers that carry the session. */
  readonly headers: readonly Header[];
}

/** What is tried. */
export interface TrialPlan {
  /** A path of the API that only those with a session may reach. */
  readonly location: string;
  /** A path below it that goes through the same lines of the proxy's configuration, to `/auth/proxy-probe`. */
  readonly probe: string;
  /** Where people reach the proxy, and the origins whose `/sign-in` is the sign-in page. */
  readonly url: URL;
  readonly signInOrigins: readonly string[];
  /** Makes the proof that the probe asks for. */
  readonly prove: () => string;
}

/** One attempt to get something past the proxy, and what became of it; `fault` is null when it was stopped. */
export interface Trial {
  readonly what: string;
  readonly fault: string | null;
}

const fromOwnPage: Header[] = [['Accept', 'application/json']];
/** How often a request is sent on to another path of the proxy. */
const mostRedirects = 3;

/** The ways a client may spell an identity header so that a proxy overlooks it and a server behind it does not. */
const forgeries: readonly { what: string; headers(name: string, forged: string): Header[] }[] = [
  { what: 'identity headers', headers: (name, forged) => [[name, forged]] },
  {
    what: 'identity headers, each twice',
    headers: (name, forged) => [
      [name, forged],
      [name, forged],
    ],
  },
  {
    what: 'identity headers in odd cases',
    headers: (name, forged) => [
      [name.replace(/[a-z]+$/, (end) => end.toUpperCase()).replace('X-Auth', 'x-aUTH'), forged],
    ],
  },
  {
    what: 'identity headers with underscores',
    headers: (name, forged) =>
      spellingsOf(name)
        .filter((spelled) => spelled.includes('_'))
        .map((spelled) => [spelled, forged]),
  },
  {
    what: 'identity headers that are named for removal',
    headers: (name, forged) => [
      [name, forged],
      ['Connection', `close, ${name}`],
    ],
  },
];

/** Tries to get a forged identity past a reverse proxy, from outside, as an attacker would. */
export class ProxyTrials {
  readonly #outside: Outside;
  readonly #plan: TrialPlan;

  constructor(outside: Outside, plan: TrialPlan) {
    this.#outside = outside;
    this.#plan = plan;
  }

  /** What anybody can try. */
  async withoutSession(): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const path of [this.#plan.location, this.#probePath()]) {
      for (const { what, headers } of forgeries) {
        const forged = randomToken(12);
        const lines = [...fromOwnPage, ...verifyHeaderNames.flatMap((name) => headers(name, forged))];
        const fault = this.#faultOfStranger(await this.#follow(path, lines));
        trials.push({ what: `${bare(path)} without a session, with ${what}`, fault });
      }
    }
    trials.push(await this.#wayBack());
    return trials;
  }

  /** What somebody with a session can try. */
  async withSession(visitor: Visitor): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const { what, headers } of forgeries) {
      const forged = randomToken(12);
      const lines = [...visitor.headers, ...verifyHeaderNames.flatMap((name) => headers(name, forged))];
      const fault = faultOfMember(await this.#get(this.#probePath(), lines), forged, visitor);
      trials.push({ what: `a session, with ${what}`, fault });
    }
    trials.push(await this.#handedOn(visitor), await this.#otherSite(visitor));
    return trials;
  }

  /** What is tried at a server that only the proxy should reach. */
  async directly(backend: Outside): Promise<Trial> {
    const what = 'the server behind the proxy, asked directly';
    try {
      const { status } = await backend.ask('GET', this.#plan.location, [['X-Auth-User', randomToken(12)]]);
      return {
        what,
        fault: `it answers (${status}): whoever reaches it may say who they are, unless it verifies X-Auth-Assertion`,
      };
    } catch {
      return { what, fault: null };
    }
  }

  #probePath(): string {
    return `${this.#plan.probe}?proof=${this.#plan.prove()}`;
  }

  #get(path: string, headers: readonly Header[]): Promise<OutsideAnswer> {
    return this.#outside.ask('GET', path, [...fromOwnPage, ...headers]);
  }

  /** Where a browser is sent that opens a page without a session. */
  async #wayBack(): Promise<Trial> {
    const forged = `/${randomToken(12)}`;
    const answer = await this.#follow(this.#plan.location, [
      ['Accept', 'text/html'],
      ['X-Original-URI', forged],
      ['X-Forwarded-Uri', forged],
    ]);
    const location = String(answer.headers['location'] ?? '');
    const fault = location.includes(forged.slice(1)) ? 'the client decides where sign-in leads back to' : null;
    return { what: 'a way back after sign-in that the client names', fault: fault ?? this.#faultOfStranger(answer) };
  }

  /** The answer that stands where the proxy sends on to, as long as that is itself. */
  async #follow(path: string, headers: readonly Header[]): Promise<OutsideAnswer> {
    let at = new URL(path, this.#plan.url);
    let answer = await this.#outside.ask('GET', path, headers);
    for (let step = 0; step < mostRedirects; step += 1) {
      const next = leadsTo(answer, at);
      if (next === null || next.origin !== this.#plan.url.origin || this.#isSignIn(next)) break;
      at = next;
      answer = await this.#outside.ask('GET', `${at.pathname}${at.search}`, headers);
    }
    return answer;
  }

  #isSignIn({ origin, pathname }: URL): boolean {
    return pathname === '/sign-in' && this.#plan.signInOrigins.includes(origin);
  }

  /** Only a refusal, or the way to the sign-in page, has stopped somebody. */
  #faultOfStranger(answer: OutsideAnswer): string | null {
    const { status } = answer;
    if (status === 401 || status === 403) return null;
    const next = leadsTo(answer, this.#plan.url);
    if (next !== null && this.#isSignIn(next)) return null;
    if (next !== null) {
      return `it could not be told: it leads on to ${next.origin}${next.pathname} (${status}), which is not the sign-in page`;
    }
    if (status === 429 || (status >= 300 && status < 400) || status >= 500) {
      return `it could not be told: the answer was ${status}`;
    }
    return `it was let through (${status}): the proxy does not ask /auth/verify there`;
  }

  /** Whether the server behind the proxy could act as the person. */
  async #handedOn(visitor: Visitor): Promise<Trial> {
    const what = 'the session itself, on its way to the server behind the proxy';
    const seen = probedOf(await this.#get(this.#probePath(), visitor.headers));
    if (seen === null) return { what, fault: 'it could not be told: the probe did not answer' };
    const handed = seen.cookie || seen.authorization;
    return { what, fault: handed ? 'it is handed on: set Cookie and Authorization to nothing there' : null };
  }

  /** A request of another site that claims to be a harmless one. */
  async #otherSite(visitor: Visitor): Promise<Trial> {
    const headers: Header[] = [
      ...visitor.headers,
      ['Accept', 'application/json'],
      ['Origin', 'https://another-site.invalid'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['X-Original-Method', 'GET'],
      ['X-Forwarded-Method', 'GET'],
      ['X-HTTP-Method-Override', 'GET'],
    ];
    const { status } = await this.#outside.ask('POST', this.#probePath(), headers, {});
    const fault =
      status === 403
        ? null
        : `it was not stopped (${status}): the proxy must tell X-Original-Method, or X-Forwarded-Method, itself`;
    return { what: 'a POST of another site that claims to be a GET', fault };
  }
}

/** The path without the proof, for the operator's eyes. */
function bare(path: string): string {
  return path.replace(/\?.*/, '');
}

/** Where an answer sends a browser on to; null when nowhere, or nowhere that can be told. */
function leadsTo({ status, headers }: OutsideAnswer, from: URL): URL | null {
  const { location } = headers;
  if (status < 300 || status >= 400 || typeof location !== 'string') return null;
  return URL.canParse(location, from.href) ? new URL(location, from.href) : null;
}

function faultOfMember(answer: OutsideAnswer, forged: string, { userId }: Visitor): string | null {
  const seen = probedOf(answer);
  if (seen === null && answer.status === 403) {
    return 'it could not be told: the probe answered 403; sign somebody in who may enter the location';
  }
  if (seen === null) {
    return `it could not be told: the probe answered ${answer.status}; does the location lead what ends in /usher-probe to /auth/proxy-probe?`;
  }
  const got = Object.entries(seen.headers).filter(([, value]) => value.includes(forged));
  if (got.length > 0) return `what the client said arrived as ${got.map(([name]) => name).join(', ')}`;
  const user = seen.headers['x-auth-user'];
  if (user === undefined) return 'X-Auth-User did not arrive: the client had it removed, or the proxy does not set it';
  return user === userId ? null : `X-Auth-User arrived as ${JSON.stringify(user.slice(0, 100))}`;
}

/** What the probe answered; null when it was not the probe. */
function probedOf({ status, text }: OutsideAnswer): Probed | null {
  if (status !== 200) return null;
  try {
    return probed.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
