import type { DataSource } from 'typeorm';
import { schema } from '../ormconfig.js';
import type { RoutePermission } from './access/permissions.js';
import { AccountService } from './accounts/account-service.js';
import { blockUsers } from './accounts/block-users.js';
import { CredentialChange } from './accounts/credential-change.js';
import { FirstAdmin } from './accounts/first-admin.js';
import { OneTimeTokens } from './accounts/one-time-tokens.js';
import { accountRoutes } from './accounts/routes.js';
import { UserRepository } from './accounts/user-repository.js';
import { licenceRoutes } from './admin/licence-routes.js';
import { LicenceViews } from './admin/licence-views.js';
import { memberRoutes } from './admin/member-routes.js';
import { ownerRoutes } from './admin/owner-routes.js';
import { staffSessionRoutes } from './admin/session-routes.js';
import { userRoutes } from './admin/user-routes.js';
import { AuditLog } from './audit/audit-log.js';
import { Changes } from './audit/changes.js';
import { auditRoutes } from './audit/routes.js';
import type { Config } from './config/config.js';
import { cookieName } from './http/cookies.js';
import { Readiness, storeProbes } from './http/health.js';
import { OriginRule } from './http/origin-rule.js';
import { createServer, type WebServer } from './http/server.js';
import { monotonicMs, systemClock } from './kernel/clock.js';
import type { Route } from './kernel/route.js';
import { LicenceRepository } from './licences/licence-repository.js';
import { LicenceService } from './licences/licence-service.js';
import { MemberService } from './licences/member-service.js';
import { OwnerService } from './licences/owner-service.js';
import { sessionDirectory } from './licences/session-directory.js';
import { createLog, type Log } from './platform/log.js';
import { createMetrics, type Metrics } from './platform/metrics.js';
import { Outbox } from './platform/outbox.js';
import { PasswordHasher } from './platform/password-hash.js';
import { createDataSource, runMigrations } from './platform/postgres.js';
import { connectRedis, type RedisLink } from './platform/redis.js';
import { requireDurable } from './platform/require-durable.js';
import { pushesTo, restore } from './restore.js';
import { SessionCheck } from './sessions/check.js';
import { ClientReader } from './sessions/client.js';
import { SessionHistory } from './sessions/history.js';
import { RedisSessionStore } from './sessions/redis-store.js';
import { sessionRoutes } from './sessions/routes.js';
import { sessionTimes } from './sessions/session.js';
import { SessionIds } from './sessions/session-id.js';
import { loadSessionScripts, type SessionScripts } from './sessions/session-scripts.js';
import { SessionService } from './sessions/session-service.js';
import { HashRenewal } from './sign-in/hash-renewal.js';
import { KnownBrowsers } from './sign-in/known-browser.js';
import { PasswordCheck } from './sign-in/password-check.js';
import { signInRoutes } from './sign-in/routes.js';
import { Seating } from './sign-in/seating.js';
import { SignIn } from './sign-in/sign-in.js';
import { SignInLog } from './sign-in/sign-in-log.js';
import { SignInThrottle } from './sign-in/throttle.js';

/** What tests may put in the place of the real thing. */
export interface Substitutes {
  readonly log?: Log;
  /** Scripts whose clock the test shifts. */
  readonly scripts?: SessionScripts;
  /** `false`: everything goes through Express. */
  readonly fastPath?: boolean;
}

/** The stores a server stands on. */
interface Ground {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly dataSource: DataSource;
  readonly link: RedisLink;
  readonly hasher: PasswordHasher;
}

/** A whole server, put together but not yet listening. */
export interface Usher {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly web: WebServer;
  readonly store: RedisSessionStore;
  readonly history: SessionHistory;
  readonly accounts: AccountService;
  readonly owners: OwnerService;
  readonly licences: LicenceService;
  readonly members: MemberService;
  readonly signIn: SignIn;
  readonly firstAdmin: FirstAdmin;
  /** Stops what runs in the background and leaves the stores. The web server is stopped before. */
  close(): Promise<void>;
}

/**
 * Connects to the stores, brings the schema up to date, restores in Redis what it may have lost, and puts the server
 * together. Throws with one clear line when a store cannot be reached or is not fit to keep sessions.
 */
export async function compose(config: Config, substitutes: Substitutes = {}): Promise<Usher> {
  if (config.DATABASE_URL === null || config.REDIS_URL === null) {
    throw new Error('DATABASE_URL and REDIS_URL are needed: `npm start` fills them in with the embedded stores');
  }
  const log = substitutes.log ?? createLog({ level: config.LOG_LEVEL });
  const metrics = createMetrics();
  const dataSource = createDataSource(config.DATABASE_URL, schema);
  await runMigrations(dataSource);
  await dataSource.initialize();
  const link = await connectRedis({ url: config.REDIS_URL, log, clock: systemClock });
  await requireDurable(link, log);
  const { PASSWORD_PEPPER: pepper, BCRYPT_COST: cost } = config;
  const hasher = new PasswordHasher({ pepper, cost, log, metrics });
  return assemble({ config, log, metrics, dataSource, link, hasher }, substitutes);
}

async function assemble(ground: Ground, substitutes: Substitutes): Promise<Usher> {
  const { config, dataSource } = ground;
  const sessions = composeSessions(ground, substitutes.scripts ?? loadSessionScripts());
  const people = composePeople(ground, sessions);
  const door = composeSignIn(ground, sessions, people);
  const readiness = new Readiness([
    ...storeProbes(sessions.store, systemClock),
    { missing: 'postgres', present: async () => (await dataSource.query('SELECT 1')) !== null },
  ]);
  const web = createServer({
    config,
    log: ground.log,
    metrics: ground.metrics,
    check: sessions.check,
    store: sessions.store,
    readiness,
    routes: routesOf(ground, sessions, people, door),
    fastPath: substitutes.fastPath ?? true,
  });
  await sessions.restored();
  sessions.outbox.start();
  sessions.history.start();
  return {
    log: ground.log,
    metrics: ground.metrics,
    web,
    store: sessions.store,
    history: sessions.history,
    ...people,
    signIn: door.signIn,
    async close() {
      await Promise.all([
        sessions.history.stop(),
        sessions.outbox.stop(),
        door.signIns.settled(),
        door.renewal.settled(),
      ]);
      await ground.hasher.close();
      await ground.link.close();
      await dataSource.destroy();
    },
  };
}

type Sessions = ReturnType<typeof composeSessions>;

function composeSessions({ config, dataSource, link, log, metrics }: Ground, scripts: SessionScripts) {
  const times = sessionTimes({
    idleSeconds: config.SESSION_IDLE_SECONDS,
    absoluteSeconds: config.SESSION_ABSOLUTE_SECONDS,
  });
  const licences = new LicenceRepository(dataSource);
  const users = new UserRepository(dataSource);
  const audit = new AuditLog(dataSource, systemClock);
  const storeOn = (
    sender: ConstructorParameters<typeof RedisSessionStore>[0]['link'],
    touched?: (tag: string) => void,
  ) =>
    new RedisSessionStore({
      link: sender,
      scripts,
      times,
      now: monotonicMs,
      ...(touched === undefined ? {} : { touched }),
    });
  const store = storeOn(link, (tag) => history.touched(tag));
  const history = new SessionHistory({ store, dataSource, audit, log, metrics, allTags: () => licences.allTags() });
  const outbox = new Outbox({
    dataSource,
    handlers: pushesTo(store),
    log,
    clock: systemClock,
    metrics,
    keepMs: times.absoluteMs + 86_400_000,
  });
  const changes = new Changes({ dataSource, outbox, audit, clock: systemClock });
  const members = new MemberService({ dataSource, changes, licences, accounts: users });
  const service = new SessionService(store, sessionDirectory({ licences, members, changes }));
  const ids = new SessionIds(config.SESSION_SECRETS);
  const clients = new ClientReader(config.USER_AGENT_BINDING);
  const check = new SessionCheck({
    ids,
    store,
    clients,
    cookieName: cookieName('sid', config.secure),
    loadPolicy: (tag) => licences.policyOfTag(tag),
  });
  /** Resolves when Redis has what Postgres knows; from then on that is done again whenever Redis may have lost data. */
  const restored = () => {
    const parts = { dataSource, outbox, licences, absoluteMs: times.absoluteMs };
    return new Promise<void>((resolve) => {
      link.onIncarnation(async (sender) => {
        const own = storeOn({
          send: (key, args) => sender.send(key, args),
          sendAll: (commands) => sender.sendAll(commands),
          health: () => link.health(),
        });
        await Promise.all(Object.values(scripts).map((script) => script.load(sender)));
        await restore(parts, own, systemClock.nowMs());
        // The link opens when this listener has returned.
        setImmediate(resolve);
      });
    });
  };
  return { licences, users, audit, store, history, outbox, changes, members, service, ids, clients, check, restored };
}

type People = ReturnType<typeof composePeople>;

function composePeople({ config, dataSource, link, hasher }: Ground, sessions: Sessions) {
  const { changes, users, members, licences: repository } = sessions;
  const throttle = new SignInThrottle(link, config.PASSWORD_PEPPER);
  const passwords = new PasswordCheck(throttle, hasher);
  const credentials = new CredentialChange({
    changes,
    users,
    members,
    hasher,
    checkPresent: (userId, caller, password, stored) =>
      passwords.check(
        [throttle.accountBucket(userId), throttle.addressBucket(caller.address)],
        password,
        stored,
        false,
      ),
  });
  const accounts = new AccountService({ changes, users, members, credentials, hasher });
  const tokens = new OneTimeTokens(dataSource, systemClock);
  const firstAdmin = new FirstAdmin({ changes, users, accounts, tokens, hasher });
  const owners = new OwnerService(dataSource, changes);
  const licences = new LicenceService(repository, changes);
  return { accounts, credentials, firstAdmin, owners, licences, members, throttle, passwords };
}

type Door = ReturnType<typeof composeSignIn>;

function composeSignIn({ config, dataSource, hasher, log, metrics }: Ground, sessions: Sessions, people: People) {
  const { store, check, ids, clients, users, licences } = sessions;
  const { throttle, passwords } = people;
  const signIns = new SignInLog(dataSource, log);
  const renewal = new HashRenewal(dataSource, hasher, log);
  const signIn = new SignIn({
    users,
    store,
    check,
    throttle,
    passwords,
    browsers: new KnownBrowsers(config.SESSION_SECRETS),
    seating: new Seating({ store, ids, clients, users, licences, seatless: config.SEATLESS_SIGN_IN }),
    renewal,
    signIns,
    metrics,
    clock: systemClock,
    log,
  });
  return { signIn, signIns, renewal };
}

function routesOf({ config }: Ground, sessions: Sessions, people: People, door: Door): Route<RoutePermission>[] {
  const { store, service, check, ids, users, audit } = sessions;
  const { accounts, owners, licences, members, credentials, firstAdmin } = people;
  const origins = new OriginRule(config);
  return [
    ...sessionRoutes({
      check,
      service,
      store,
      publicUrl: config.PUBLIC_URL,
      allowsOrigin: (caller) => origins.allows(caller),
    }),
    ...signInRoutes(door),
    ...accountRoutes({ credentials, firstAdmin, ids, store }),
    ...staffSessionRoutes({
      service,
      store,
      clock: systemClock,
      findUsers: (text) => users.idsMatching(text, 200),
      block: (users, by) => blockUsers(accounts, users, by),
    }),
    ...ownerRoutes(owners),
    ...licenceRoutes({ licences, views: new LicenceViews(sessions.licences, store, systemClock) }),
    ...memberRoutes({ members, licences, sessions: service, store }),
    ...userRoutes(accounts),
    ...auditRoutes(audit),
  ];
}
