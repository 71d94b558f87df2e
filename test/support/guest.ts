import assert from 'node:assert/strict';
import type { HttpClient, Sent } from './http-client.js';
import { type Answered, firefox } from './web-lab.js';

/** Whoever asks: nobody, a browser that has signed in, or a program that has. */
export class Guest {
  constructor(
    readonly client: HttpClient,
    /** What every request of this guest carries. */
    readonly headers: Readonly<Record<string, string>>,
    /** The answer of the sign-in, null for nobody. */
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
    readonly view: any = null,
    /** The sign-in's `Set-Cookie` lines. */
    readonly setCookies: readonly string[] = [],
  ) {}

  /** Nobody, in a browser. */
  static nobody(client: HttpClient): Guest {
    return new Guest(client, { 'user-agent': firefox });
  }

  ask(method: string, path: string, { headers = {}, ...sent }: Sent = {}): Promise<Answered> {
    return this.client.ask(method, path, { ...sent, headers: { ...this.headers, ...headers } });
  }

  /** Asks and returns the body, which must come with this status. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async must(status: number, method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(method, path, body === undefined ? {} : { body });
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.json;
  }

  /** This guest with other headers; undefined leaves one out. */
  with(changes: Readonly<Record<string, string | undefined>>): Guest {
    const kept = Object.entries({ ...this.headers, ...changes }).filter(([, value]) => value !== undefined);
    return new Guest(this.client, Object.fromEntries(kept) as Record<string, string>, this.view, this.setCookies);
  }

  /** The guest after a sign-in, or the answer that refuses it. */
  async trySignIn(body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}) {
    const answer = await this.ask('POST', '/auth/login', { body, headers });
    return answer.status === 200 ? signedIn(this, answer) : answer;
  }

  /** The guest after a sign-in, which must succeed. */
  async signIn(
    body: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Guest> {
    const guest = await this.trySignIn(body, headers);
    assert.ok(guest instanceof Guest, `signed in as ${String(body['identifier'])}: ${JSON.stringify(guest)}`);
    return guest;
  }
}

function signedIn(before: Guest, answer: Answered): Guest {
  const { json } = answer;
  const lines = [answer.headers['set-cookie'] ?? []].flat();
  if (json.sessionToken !== undefined) {
    const headers = { ...before.headers, authorization: `Bearer ${json.sessionToken}` };
    return new Guest(before.client, headers, json, lines);
  }
  const cookie = lines.map((line) => line.split(';', 1)[0]).join('; ');
  return new Guest(before.client, { ...before.headers, cookie, 'x-csrf-token': json.csrfToken }, json, lines);
}
