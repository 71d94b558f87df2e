import { sign } from 'cookie-signature';
import type { DataSource } from 'typeorm';
import { identifierKey } from '../../src/accounts/identifier.js';
import { UserRepository } from '../../src/accounts/user-repository.js';
import { type UserRow, userTable } from '../../src/accounts/user-table.js';
import type { SecondFactorsPort } from '../../src/factors/second-factors.js';
import type { Caller } from '../../src/kernel/actor.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type LicenceId, newId, type OwnerId, type UserId } from '../../src/kernel/ids.js';
import { JsonText, type Reply } from '../../src/kernel/route.js';
import { LicenceRepository } from '../../src/licences/licence-repository.js';
import { type LicenceRow, licenceTable } from '../../src/licences/licence-table.js';
import { memberTable } from '../../src/licences/member-table.js';
import { ownerTable } from '../../src/licences/owner-table.js';
import { UncountedPlaces } from '../../src/licences/uncounted-places.js';
import { IssuedTokens, type TokenPurpose } from '../../src/platform/issued-tokens.js';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import type { Json } from '../../src/platform/outbox-table.js';
import { PasswordHasher } from '../../src/platform/password-hash.js';
import type { RedisLink } from '../../src/platform/redis.js';
import { SessionCheck } from '../../src/sessions/check.js';
import { ClientReader } from '../../src/sessions/client.js';
import { RedisSessionStore } from '../../src/sessions/redis-store.js';
import { sessionTimes } from '../../src/sessions/session.js';
import { licenceOfTag, SessionIds } from '../../src/sessions/session-id.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import { Attempts } from '../../src/sign-in/attempts.js';
import { Challenges, challengeMs } from '../../src/sign-in/challenges.js';
import { Entrance, type Welcome } from '../../src/sign-in/entrance.js';
import { HashRenewal } from '../../src/sign-in/hash-renewal.js';
import { KnownBrowsers } from '../../src/sign-in/known-browser.js';
import { PasswordCheck } from '../../src/sign-in/password-check.js';
import { Refusals } from '../../src/sign-in/refusals.js';
import { SeatTickets, ticketMs } from '../../src/sign-in/seat-tickets.js';
import { Seating } from '../../src/sign-in/seating.js';
import { SecondFactorStep } from '../../src/sign-in/second-factor-step.js';
import { SignIn, type SignInInput } from '../../src/sign-in/sign-in.js';
import { SignInLog } from '../../src/sign-in/sign-in-log.js';
import { SignInThrottle } from '../../src/sign-in/throttle.js';
import { Withdrawals } from '../../src/sign-in/withdrawals.js';

const secret = 'a secret of the tests, long enough for a key';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** What a test asks of a sign-in besides name and password. */
export interface Visit extends Partial<SignInInput> {
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
}

/** Nobody has enrolled a second factor here. */
const noFactors: Pick<SecondFactorsPort, 'methodsFor' | 'begin' | 'verify'> = {
  methodsFor: async () => [],
  begin: async () => null,
  verify: async () => null,
};

/** Nobody asks to be remembered here, and nobody is told of a new browser. */
const nobodysWelcome: Welcome = {
  remember: async () => {
    throw new Error('this laboratory remembers no browsers');
  },
  tell() {},
};

/** An account of the test. */
export type LabUser = UserRow & { readonly id: UserId };

/** A server's sign-in on stores of the test, and the rows it reads. Passwords are hashed at cost 4. */
export class SignInLab {
  readonly log = createLog({ level: 'silent' });
  readonly metrics = createMetrics();
  readonly ids = new SessionIds([secret]);
  readonly signIns: SignInLog;
  readonly clients = new ClientReader('browser');
  readonly renewal: HashRenewal;
  readonly hasher: PasswordHasher;
  readonly store: RedisSessionStore;
  readonly check: SessionCheck;
  readonly signIn: SignIn;
  readonly seatless: SignIn;
  /** Runs once, right after the next password has been hashed: whatever else happens in that moment. */
  meanwhile: (() => Promise<unknown>) | null = null;
  hashes = 0;
  #addresses = 0;

  constructor(
    readonly dataSource: DataSource,
    readonly link: RedisLink,
    cost = 4,
  ) {
    const { log, metrics, clients } = this;
    this.hasher = new PasswordHasher({ pepper: 'a pepper of the tests', cost, log, metrics, concurrency: 1 });
    this.store = new RedisSessionStore({
      link,
      scripts: loadSessionScripts(),
      times: sessionTimes({ idleSeconds: 3600, absoluteSeconds: 86_400 }),
      now: () => performance.now(),
    });
    const licences = new LicenceRepository(dataSource);
    this.check = new SessionCheck({
      ids: this.ids,
      store: this.store,
      clients,
      cookieName: 'sid',
      loadPolicy: async (tag) => {
        const id = licenceOfTag(tag);
        return id === null ? null : licences.policyFor(id);
      },
    });
    this.signIns = new SignInLog(dataSource, log);
    this.renewal = new HashRenewal(dataSource, this.hasher, log);
    const throttle = new SignInThrottle(link, 'a secret of the tests');
    const users = new UserRepository(dataSource);
    const issued = <Data extends Json>(purpose: TokenPurpose, lifeMs: number) =>
      new IssuedTokens<Data>({ dataSource, clock: systemClock, purpose, lifeMs });
    const tickets = new SeatTickets(issued('ticket', ticketMs), systemClock);
    const challenges = new Challenges(issued('challenge', challengeMs));
    const browsers = new KnownBrowsers([secret]);
    const refusals = new Refusals(licences, this.store, log);
    const attempts = new Attempts({ refusals, signIns: this.signIns, metrics, clock: systemClock });
    const { store, check, ids, renewal } = this;
    const passwords = new PasswordCheck(throttle, { verify: (...guess) => this.#verify(...guess) });
    const places = new UncountedPlaces(dataSource);
    const withdrawals = new Withdrawals({ store, now: () => performance.now(), log });
    const managers = { manages: async () => false, managesAnything: async () => false };
    const make = (seatless: boolean) => {
      const seating = new Seating({
        ...{ store, ids, clients, users, licences, tickets, withdrawals, managers, places, seatless },
      });
      const entrance = new Entrance({ store, check, seating, withdrawals, browsers, welcome: nobodysWelcome, log });
      const secondFactors = new SecondFactorStep({
        users,
        clients,
        challenges,
        factors: noFactors,
        attempts,
        entrance,
      });
      return new SignIn({
        ...{ users, clients, tickets, throttle, passwords, browsers, renewal, attempts, entrance, secondFactors },
      });
    };
    this.signIn = make(false);
    this.seatless = make(true);
  }

  async #verify(...[password, stored, admit]: Parameters<PasswordHasher['verify']>) {
    const verdict = await this.hasher.verify(password, stored, admit);
    if (verdict !== 'refused') this.hashes += 1;
    const work = this.meanwhile;
    this.meanwhile = null;
    await work?.();
    return verdict;
  }

  async close(): Promise<void> {
    await this.signIns.settled();
    await this.renewal.settled();
    await this.hasher.close();
  }

  /** An account with the password `right`, or with none. */
  async user(over: Partial<UserRow> & { password?: string | null } = {}): Promise<LabUser> {
    const id = newId<UserId>();
    const { password = 'right', ...rest } = over;
    const email = rest.email ?? `${id}@example.org`;
    const now = new Date();
    const row = {
      email,
      emailKey: identifierKey(email),
      username: null,
      usernameKey: typeof rest.username === 'string' ? identifierKey(rest.username) : null,
      name: 'Anna',
      passwordHash: password === null ? null : await this.hasher.hash(password),
      roles: ['user'],
      verified: true,
      disabledAt: null,
      deletesAt: null,
      epoch: 1,
      credentials: 1,
      version: 1,
      createdOn: now,
      lastLicenceUpdate: null,
      updatedAt: now,
      ...rest,
      id,
    };
    await this.dataSource.getRepository(userTable).insert(row);
    return row;
  }

  /** A licence with these members. Nothing of it is in Redis yet. */
  async licence(members: readonly UserRow[], over: Partial<LicenceRow> = {}): Promise<LicenceId> {
    const [id, ownerId, now] = [newId<LicenceId>(), newId<OwnerId>(), new Date()];
    const blank = { surname: null, email: null, comments: null, affiliation: null, extra: {}, version: 1 };
    await this.dataSource
      .getRepository(ownerTable)
      .insert({ ...blank, id: ownerId, name: 'Institute', createdOn: now, updatedAt: now });
    await this.dataSource.getRepository(licenceTable).insert({
      id,
      ownerId,
      name: 'Licence',
      serial: id,
      seats: 2,
      state: 'active',
      validFrom: null,
      validTo: null,
      durationDays: null,
      policy: { whenFull: ['refuse'] },
      version: 1,
      createdOn: now,
      updatedAt: now,
      ...over,
    });
    for (const { id: userId } of members) {
      await this.dataSource.getRepository(memberTable).insert({ licenceId: id, userId, addedOn: now });
    }
    return id;
  }

  /** An address that nobody has come from. */
  newAddress(): string {
    this.#addresses += 1;
    return `10.0.${this.#addresses >> 8}.${this.#addresses & 255}`;
  }

  caller(visit: Visit = {}): Caller {
    const cookies = visit.cookies ?? {};
    const header = Object.entries(cookies)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('; ');
    const headers: Record<string, string> = { ...(header === '' ? {} : { cookie: header }), ...visit.headers };
    return {
      requestId: newId(),
      address: visit.from ?? this.newAddress(),
      userAgent: headers['user-agent'] ?? firefox,
      gone: false,
      header: (name) => headers[name],
      cookie: (name) => cookies[name],
    };
  }

  /** Signs in with the password `right` unless the visit says otherwise, and receives the answer. Throws what SignIn throws. */
  async visit(user: { email: string }, visit: Visit = {}, signIn = this.signIn): Promise<Visited> {
    const { from: _from, headers: _headers, cookies, ...input } = visit;
    const reply = await signIn.signIn(
      { identifier: user.email, password: 'right', delivery: 'cookie', ...input },
      this.caller(visit),
    );
    return new Visited(reply, cookies ?? {});
  }
}

/** A sign-in that was answered with a session. */
export class Visited {
  readonly view: {
    user: Record<string, unknown>;
    licence: { id: string; serial: string; name: string } | null;
    session: { ref: string; amr: string[]; aal: number };
    csrfToken: string | null;
    sessionToken?: string;
  };

  constructor(
    readonly reply: Reply,
    readonly before: Readonly<Record<string, string>>,
  ) {
    this.view = JSON.parse(reply.body instanceof JsonText ? reply.body.text : '');
  }

  get opened() {
    const { session } = this.reply;
    if (session === undefined || session === 'drop') throw new Error('the reply binds no session');
    return session.bind;
  }

  /** What the browser sends from now on. */
  get cookies(): Readonly<Record<string, string>> {
    const set = (this.reply.cookies ?? []).map(({ name, value }) => [name, value ?? '']);
    return { ...this.before, sid: `s:${this.signed}`, ...Object.fromEntries(set) };
  }

  /** The signed session id, as express-session and bearers send it. */
  get signed(): string {
    return sign(this.opened.id, secret);
  }
}
