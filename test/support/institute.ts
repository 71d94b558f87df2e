import assert from 'node:assert/strict';
import { randomToken } from '../../src/kernel/ids.js';
import { type Asking, ask, type Timed } from './ask.js';
import { times } from './pace.js';
import { firstStaff } from './server-process.js';
import { firefox } from './web-lab.js';

/** Another browser than the one people use unless a test says otherwise. */
export const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';

/** What somebody signs in with. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** An account made by the test. */
export interface Person extends Credentials {
  readonly id: string;
}

/** A browser, or with `bearer` a program: it keeps what signing in has given it and sends it along. */
export class Browser {
  readonly cookies = new Map<string, string>();
  csrfToken = '';
  bearer = '';
  /** The ref of the session that it was last given. */
  ref = '';
  /** Where it asks from, for servers that trust the proxy on this host (`TRUST_PROXY`). */
  address = '';

  /** `url` may change: servers on the same stores are one house. */
  constructor(
    public url: string,
    readonly userAgent = firefox,
  ) {}

  /** One request with all that a page of ours would send. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    more: Pick<Asking, 'headers' | 'pause'> = {},
  ): Promise<Timed> {
    const headers: Record<string, string | string[]> = { 'user-agent': this.userAgent };
    if (this.address !== '') headers['x-forwarded-for'] = this.address;
    if (this.bearer !== '') headers['authorization'] = `Bearer ${this.bearer}`;
    else if (this.cookies.size > 0) headers['cookie'] = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    if (method !== 'GET' && this.csrfToken !== '') headers['x-csrf-token'] = this.csrfToken;
    const answer = await ask(method, `${this.url}${path}`, {
      body,
      ...more,
      headers: { ...headers, ...more.headers },
    });
    this.#keep(answer);
    return answer;
  }

  /** Tries to sign in; `more` goes into the body. */
  async signIn({ email, password }: Credentials, more: Readonly<Record<string, unknown>> = {}): Promise<Timed> {
    const answer = await this.ask('POST', '/auth/login', { identifier: email, password, ...more });
    if (answer.status !== 200) return answer;
    this.ref = answer.json.session.ref;
    this.csrfToken = answer.json.csrfToken ?? '';
    this.bearer = answer.json.sessionToken ?? '';
    return answer;
  }

  /** Signs in, which must succeed. */
  async enter(person: Credentials, more: Readonly<Record<string, unknown>> = {}): Promise<this> {
    const answer = await this.signIn(person, more);
    assert.equal(answer.status, 200, answer.text);
    return this;
  }

  /** The check. */
  session(headers: Readonly<Record<string, string>> = {}): Promise<Timed> {
    return this.ask('GET', '/auth/session', undefined, { headers });
  }

  signOut(): Promise<Timed> {
    return this.ask('POST', '/auth/logout', {});
  }

  /** The same cookies and token in another window, or in the hands of another client. */
  copy(userAgent = this.userAgent): Browser {
    const other = new Browser(this.url, userAgent);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return Object.assign(other, { csrfToken: this.csrfToken, bearer: this.bearer, ref: this.ref });
  }

  #keep({ headers }: Timed): void {
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /; (?:Max-Age=0|Expires=Thu, 01 Jan 1970)/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/** A licence and its members. */
export class Licence {
  constructor(
    readonly staff: Staff,
    readonly id: string,
  ) {}

  get path(): string {
    return `/admin/api/licences/${this.id}`;
  }

  /** Makes so many new accounts and members. */
  async people(count: number, given: Readonly<Record<string, unknown>> = {}): Promise<Person[]> {
    const made = await times(count, 16, () => this.staff.person(given));
    for (let from = 0; from < count; from += 500) {
      await this.staff.do('POST', `${this.path}/members`, {
        emails: made.slice(from, from + 500).map(({ email }) => email),
      });
    }
    return made;
  }

  /** One new member. */
  async person(given: Readonly<Record<string, unknown>> = {}): Promise<Person> {
    const [person] = await this.people(1, given);
    assert.ok(person !== undefined);
    return person;
  }

  /** How many seats are taken, and by which sessions: as many as the list may name. */
  async seats(): Promise<{ limit: number; used: number; refs: string[] }> {
    const { limit, used, items } = await this.staff.do('GET', `${this.path}/seats?limit=200`);
    return { limit, used, refs: items.map(({ ref }: { ref: string }) => ref) };
  }

  /** Ends every session in it. */
  async clear(): Promise<void> {
    await this.staff.do('POST', '/admin/api/sessions/end', { filter: { licenceId: this.id } });
  }
}

/** Somebody of the staff at work, who makes institutes and ends sessions. */
export class Staff extends Browser {
  /** Signs the first staff account in, as a program does. */
  static async at(url: string): Promise<Staff> {
    return new Staff(url).enter(firstStaff, { delivery: 'bearer' });
  }

  /** Asks for something that must succeed at once; answers the body. */
  async do(method: string, path: string, body?: unknown): Promise<Timed['json']> {
    const answer = await this.ask(method, path, body);
    assert.ok(
      answer.status >= 200 && answer.status < 300 && answer.status !== 202,
      `${method} ${path}: ${answer.text}`,
    );
    return answer.json;
  }

  /** A new account with a password. */
  async person(given: Readonly<Record<string, unknown>> = {}): Promise<Person> {
    const credentials = { email: `${randomToken(9).toLowerCase()}@example.org`, password: 'a long enough password' };
    const { id } = await this.do('POST', '/admin/api/users', { ...credentials, ...given });
    return { id, ...credentials };
  }

  /** A new licence of a new owner. */
  async licence(seats: number): Promise<Licence> {
    const owner = await this.do('POST', '/admin/api/owners', { name: 'Institute of Tests' });
    const licence = await this.do('POST', '/admin/api/licences', { ownerId: owner.id, name: 'Tests', seats });
    return new Licence(this, licence.id);
  }

  /** Ends one session. */
  end(ref: string, message?: string): Promise<Timed> {
    const query = message === undefined ? '' : `?message=${encodeURIComponent(message)}`;
    return this.ask('DELETE', `/admin/api/sessions/${ref}${query}`);
  }

  /** How many sessions live: of one user, of one licence, of all. */
  async live(filter: { userId?: string; licenceId?: string } = {}): Promise<number> {
    return (await this.do('GET', `/admin/api/sessions?${new URLSearchParams({ ...filter, limit: '1' })}`)).total;
  }
}
