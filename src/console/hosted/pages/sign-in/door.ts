import type { Calls, Ended, SessionView } from '../../../../client/api.js';
import { passkey } from '../../../../client/browser.js';
import { type ProblemBody, problemOf, slugOf, UsherProblem } from '../../../../client/problem.js';
import { sent } from '../../../../client/requests.js';
import type { Outcome as AnyOutcome, Method } from '../../../../client/state.js';
import { usher } from '../../usher.js';

type Outcome<Kind> = Extract<AnyOutcome, { kind: Kind }>;

/** Who has come in. */
export type Inside = SessionView & { readonly recoveryCodesLeft?: number };

/** What is said of a full house. */
export type FullHouse = Omit<Outcome<'full'>, 'kind'> & { readonly reason: 'FULL' | 'USER_MAX' };

/** What the door answers whoever wants in. What else there is to say is thrown as a UsherProblem. */
export type Answer =
  | { readonly kind: 'inside'; readonly view: Inside }
  | {
      readonly kind: 'factor';
      readonly challenge: string;
      readonly methods: readonly Method[];
      readonly leftMs: number;
    }
  | { readonly kind: 'choice'; readonly licences: Outcome<'licence-choice'>['licences'] }
  | { readonly kind: 'full'; readonly house: FullHouse };

/** What may be added to any way in. */
export interface Wish {
  readonly licenceId?: string;
}

type Body<Name extends keyof Calls> = Calls[Name] extends { body: infer Sent } ? Sent : never;

/** Whether this browser can be asked for a passkey here. */
export const knowsPasskeys = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined;

/** By name and password. */
export function withPassword(body: Body<'POST /auth/login'>): Promise<Answer> {
  return knock('/auth/login', body);
}

/** By a passkey alone: the browser asks for it. `shown`: where that has happened already. */
export async function withPasskey(wish: Wish & { remember?: boolean }, shown?: ShownPasskey): Promise<Answer> {
  return knock('/auth/login/passkey', { ...(shown ?? (await showPasskey())), ...wish });
}

/** What an authenticator has said, and the token it said that to. */
export interface ShownPasskey {
  readonly token: string;
  readonly response: Readonly<Record<string, unknown>>;
}

async function showPasskey(): Promise<ShownPasskey> {
  const { token, options } = await usher.call('POST /auth/login/passkey/options', { body: {} });
  return { token, response: await passkey('get', options) };
}

/** Waits until a passkey is chosen among what the browser offers in the field of the name; rejects when `signal` is aborted. */
export async function offeredPasskey(signal: AbortSignal): Promise<ShownPasskey | null> {
  if (!knowsPasskeys || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return null;
  const { token, options } = await usher.call('POST /auth/login/passkey/options', { body: {} });
  const form = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(form);
  const chosen = await navigator.credentials.get({ publicKey, mediation: 'conditional', signal });
  return chosen === null ? null : { token, response: { ...(chosen as PublicKeyCredential).toJSON() } };
}

/** By a second factor, after the password. */
export async function withFactor(challenge: string, method: Method, code: string | null, wish: Wish): Promise<Answer> {
  const path = '/auth/login/second-factor';
  if (method !== 'passkey') return knock(path, { challenge, method, code, ...wish });
  const begun = await usher.call('POST /auth/login/second-factor/begin', { body: { challenge, method } });
  const response = await passkey('get', begun['options'] as object);
  return knock(path, { challenge, method, response, ...wish });
}

/** Has a code sent. Answers where to. */
export async function sendCode(challenge: string): Promise<string> {
  const body = { challenge, method: 'email' } as const;
  return String((await usher.call('POST /auth/login/second-factor/begin', { body }))['sentTo']);
}

/** Tries for a seat once more; with the ref of an own session in its place. */
export function forSeat({ ticket }: FullHouse, end?: string): Promise<Answer> {
  const whenFull = end === undefined ? {} : { end };
  return ticket === null ? comeBack({ whenFull }) : knock('/auth/login/seat', { ticket, whenFull });
}

/** As a browser that is remembered. `whenFull`: the person asks for it. */
export function comeBack(body: Body<'POST /auth/resume'>): Promise<Answer> {
  return knock('/auth/resume', body);
}

/** Who is signed in already; else why nobody is any more, null when that is not known. */
export async function whoIsThere(): Promise<SessionView | Ended | null> {
  const response = await fetch('/auth/session');
  const problem = await problemOf(response);
  if (!problem) return (await response.json()) as SessionView;
  const slug = slugOf(problem);
  if (slug === 'different-client') return { reason: 'user-agent', resumable: false };
  if (slug === 'session-ended') return problem as unknown as Ended;
  if (slug === 'not-signed-in') return null;
  throw new UsherProblem(problem);
}

async function knock(path: string, body: object): Promise<Answer> {
  const init = sent(body);
  const token = usher.state().session?.csrfToken;
  const headers = { ...init.headers, ...(token && { 'X-CSRF-Token': token }) };
  const response = await fetch(path, { ...init, headers, method: 'POST' });
  const problem = await problemOf(response);
  if (problem) return answerIn(problem, Date.parse(response.headers.get('date') ?? '') || Date.now());
  return { kind: 'inside', view: (await response.json()) as Inside };
}

function answerIn(problem: ProblemBody, nowMs: number): Answer {
  switch (slugOf(problem)) {
    case 'second-factor-required': {
      const { challenge, methods, expiresAt } = problem as unknown as Outcome<'second-factor'>;
      return { kind: 'factor', challenge, methods, leftMs: Date.parse(expiresAt) - nowMs };
    }
    case 'licence-choice-required':
      return { kind: 'choice', licences: problem['licences'] as Outcome<'licence-choice'>['licences'] };
    case 'no-seat-free':
      return { kind: 'full', house: problem as unknown as FullHouse };
    default:
      throw new UsherProblem(problem);
  }
}
