import type { Calls, Ended, Expiring, SessionView } from './api.js';
import { alone, browser, isOwn, passkey } from './browser.js';
import { nowMs } from './clock.js';
import { type ProblemBody, problemOf, slugOf, UsherProblem } from './problem.js';
import { pause, Requests, sent } from './requests.js';
import type { Method, Outcome, OwnSession, State } from './state.js';

export type { Ended, Method, Outcome, OwnSession, SessionView, State };
export { UsherProblem };

type Body<Name extends keyof Calls> = Calls[Name] extends { body?: infer Sent } ? Sent : undefined;
type Enrolled = Calls['POST /auth/factors/passkeys']['body']['response'];
type Reply<Name extends keyof Calls> = Calls[Name]['reply'];
const outcomes: Readonly<Record<string, string>> = {
  'second-factor-required': 'second-factor',
  'no-seat-free': 'full',
  'licence-choice-required': 'licence-choice',
};
const lookAgainMs = 3_000;
const none: State = { known: false, session: null, ended: null, expiring: null, waiting: null };

/**
 * A page's side of Usher, on the same origin: signs in, sends requests with the session's token, comes back by itself where the
 * server allows it, and knows at once in every tab that the session has ended, and why.
 */
export class UsherClient {
  readonly #base: string;
  readonly #listeners = new Set<() => void>();
  readonly #tabs = new BroadcastChannel('usher');
  #state = none;
  readonly #requests = new Requests(() => this.#state.session?.csrfToken);
  /** Rises with each session: whoever asked with an older one asks again. */
  #generation = 0;
  /** Whether this browser may be remembered. */
  #mayResume = true;
  #resuming: Promise<boolean> | null = null;
  #stream: AbortController | null = null;

  /** `base`: where Usher is, when that is not the root of this origin. */
  constructor(base = '') {
    this.#base = base;
    this.#tabs.onmessage = ({ data }) => this.#adopt(data as State);
  }

  /** What is known now. The same object until something changes. */
  readonly state = (): State => this.#state;

  /** Calls `listener` after each change, until the answer is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks who is signed in, and comes back where this browser is remembered. For when a page is opened. */
  async start(): Promise<SessionView | null> {
    await this.#resume();
    return this.#state.session;
  }

  /** Signs in with a password. */
  signIn(body: Body<'POST /auth/login'>): Promise<Outcome> {
    return this.#enter('/auth/login', body);
  }

  /** Tries again for a seat, with the ticket of a full house. */
  takeSeat(ticket: string, whenFull?: { end?: string }): Promise<Outcome> {
    return this.#enter('/auth/login/seat', { ticket, ...(whenFull && { whenFull }) });
  }

  /** Answers a challenge: with a code, or for `passkey` without one; once more with the `licenceId` that was chosen then. */
  async secondFactor(challenge: string, method: Method, code?: string, licenceId?: string): Promise<Outcome> {
    if (method !== 'passkey') return this.#enter('/auth/login/second-factor', { challenge, method, code, licenceId });
    const begun = await this.call('POST /auth/login/second-factor/begin', { body: { challenge, method } });
    const response = await passkey('get', begun['options'] as object);
    return this.#enter('/auth/login/second-factor', { challenge, method, response, licenceId });
  }

  /** Signs in with a passkey alone. */
  async signInWithPasskey(wish: { licenceId?: string; remember?: boolean } = {}): Promise<Outcome> {
    const { token, options } = await this.call('POST /auth/login/passkey/options', { body: {} });
    return this.#enter('/auth/login/passkey', { token, response: await passkey('get', options), ...wish });
  }

  /** Enrols a passkey of this device for whoever is signed in. */
  async enrolPasskey(name: string): Promise<Reply<'POST /auth/factors/passkeys'>> {
    const { token, options } = await this.call('POST /auth/factors/passkeys/options', {});
    const response: object = await passkey('create', options);
    return this.call('POST /auth/factors/passkeys', { body: { token, name, response: response as Enrolled } });
  }

  /** Signs out, in every tab. */
  async signOut(): Promise<void> {
    await this.call('POST /auth/logout', {});
    this.#over({ reason: 'signed-out', resumable: false });
  }

  /** Uses the session, so that it does not end by itself. Answers null when it has ended. */
  async keep(): Promise<SessionView | null> {
    await this.#look(false);
    return this.#state.session;
  }

  /** Whole seconds until the session ends unless it is used, by the server's clock; null without one. */
  secondsLeft(): number | null {
    const end = this.#state.expiring?.expiresAt ?? this.#state.session?.session.expiresAt;
    if (!end) return null;
    return Math.max(0, Math.ceil((Date.parse(end) - nowMs() - this.#requests.skewMs) / 1000));
  }

  /** A call of the interface, with its parameters in the path. Throws UsherProblem. */
  async call<Name extends keyof Calls>(
    name: Name,
    given: { body?: Body<Name>; params?: Readonly<Record<string, string>> },
  ): Promise<Reply<Name>> {
    const [method, path = ''] = name.split(' ');
    const filled = path.replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(given.params?.[part] ?? ''));
    const init = method === 'GET' ? {} : sent(given.body);
    const response = await this.fetch(this.#base + filled, { ...init, method: method ?? 'GET' });
    const problem = await problemOf(response);
    if (problem) throw new UsherProblem(problem);
    return (response.status === 204 ? undefined : await response.json()) as Reply<Name>;
  }

  /**
   * Like the browser's own `fetch`, for the application's requests to its origin: carries the session's token, waits for a busy
   * server, and after a 401 of Usher's comes back once where that is possible. A 401 that remains is answered as it came, and
   * requests to other origins are sent as they are.
   */
  async fetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const before = this.#generation;
    const response = await this.#requests.send(input, init);
    if ((response.status !== 401 && response.status !== 403) || !isOwn(input)) return response;
    const problem = await problemOf(response);
    const slug = problem && slugOf(problem);
    if (response.status === 403) {
      // The session has another token by now, from another tab.
      if (slug !== 'cross-site-request' || !(await this.#look(true))) return response;
    } else {
      if (slug !== 'session-ended' && slug !== 'not-signed-in') return response;
      if (before === this.#generation && !(await this.#resume())) return response;
    }
    return this.#requests.send(input, init);
  }

  /** Stops listening to the server and to other tabs. */
  close(): void {
    this.#stream?.abort();
    this.#tabs.close();
  }

  async #enter(path: string, body: object | undefined): Promise<Outcome> {
    const response = await this.#requests.send(this.#base + path, { ...sent(body), method: 'POST' });
    const problem = await problemOf(response);
    if (problem) {
      const kind = outcomes[slugOf(problem)];
      if (kind === undefined) throw new UsherProblem(problem);
      return { ...problem, kind } as unknown as Outcome;
    }
    const session = (await response.json()) as SessionView;
    this.#begin(session);
    return { kind: 'signed-in', session };
  }

  #begin(session: SessionView): void {
    this.#mayResume = true;
    this.#change({ session, ended: null, expiring: null, waiting: null });
  }

  /** Asks for the session. Answers why there is none any more instead, null when that is not known. */
  async #ask(background: boolean): Promise<SessionView | Ended | null> {
    const init = background ? { headers: { 'X-Background': '1' } } : {};
    const response = await this.#requests.send(`${this.#base}/auth/session`, init);
    const problem = await problemOf(response);
    if (!problem) return (await response.json()) as SessionView;
    if (problem.status !== 401) throw new UsherProblem(problem);
    return slugOf(problem) === 'session-ended' ? endedOf(problem) : null;
  }

  async #look(background: boolean): Promise<boolean> {
    const found = await this.#ask(background);
    if (found && 'user' in found) this.#begin(found);
    else this.#over(found ?? this.#state.ended);
    return this.#state.session !== null;
  }

  #over(ended: Ended | null, waiting: Outcome | null = null): void {
    this.#change({ session: null, ended, expiring: null, waiting });
  }

  /** Comes back as a remembered browser, once for all who ask at the same time, in this tab and in the others. */
  #resume(): Promise<boolean> {
    this.#resuming ??= alone('usher-resume', () => this.#comeBack()).finally(() => {
      this.#resuming = null;
    });
    return this.#resuming;
  }

  async #comeBack(): Promise<boolean> {
    // Another tab may have done it meanwhile.
    const found = await this.#ask(false);
    if (found && 'user' in found) {
      this.#begin(found);
      return true;
    }
    let waiting: Outcome | null = null;
    if (this.#mayResume && found?.resumable !== false) {
      try {
        waiting = await this.#enter('/auth/resume', {});
        if (waiting.kind === 'signed-in') return true;
      } catch (error) {
        if (!(error instanceof UsherProblem)) throw error;
        if (error.status < 500) this.#mayResume = false;
      }
    }
    this.#over(found ?? this.#state.ended, waiting);
    return false;
  }

  #change(change: Partial<State>): void {
    this.#adopt({ ...this.#state, ...change, known: true });
    this.#tabs.postMessage(this.#state);
  }

  #adopt(state: State): void {
    if (state.session && state.session.csrfToken !== this.#state.session?.csrfToken) this.#generation += 1;
    if (state.ended?.resumable === false) this.#mayResume = false;
    if (state.session) this.#mayResume = true;
    this.#state = state;
    if (!state.session) {
      this.#stream?.abort();
      this.#stream = null;
    } else if (!this.#stream) this.#listen();
    for (const listener of this.#listeners) listener();
  }

  /** One tab listens to the server for all; when it is closed, the next one does. */
  #listen(): void {
    const { EventSource } = browser;
    if (!EventSource) return;
    const over = new AbortController();
    this.#stream = over;
    const { signal } = over;
    alone('usher-events', () => this.#follow(new EventSource(`${this.#base}/auth/events`), signal), signal).then(
      () => this.#lookAgain(signal),
      () => {},
    );
  }

  #follow(source: InstanceType<NonNullable<typeof browser.EventSource>>, signal: AbortSignal): Promise<void> {
    return new Promise<void>((done) => {
      const on = (name: string, heard: (data: unknown) => void) =>
        source.addEventListener(name, ({ data }) => heard(data && JSON.parse(data)));
      signal.addEventListener('abort', () => {
        source.close();
        // Until the other tabs have heard of it too: they would open another stream of a session that has ended.
        void pause(200).then(done);
      });
      on('ended', (ended) => this.#over(ended as Ended));
      on('expiring', (expiring) => this.#change({ expiring: expiring as Expiring }));
      on('role-changed', () => void this.#look(true).catch(() => {}));
      // A stream that is only interrupted is opened again by the browser.
      source.addEventListener('error', () => source.readyState === 2 && done());
    }).finally(() => source.close());
  }

  /** The stream was refused: whether the session has ended is to be asked. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await pause(lookAgainMs);
    if (signal.aborted) return;
    await this.#look(true).catch(() => {});
    if (!signal.aborted) this.#listen();
  }
}

function endedOf({ reason, message, resumable }: ProblemBody): Ended {
  return { reason, ...(message !== undefined && { message }), resumable } as Ended;
}
