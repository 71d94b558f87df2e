import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import type { RoutePermission } from '../access/permissions.js';
import type { AccountService } from '../accounts/account-service.js';
import type { Departures } from '../accounts/departures.js';
import type { FirstAdmin } from '../accounts/first-admin.js';
import type { UserRepository } from '../accounts/user-repository.js';
import { settingRoutes } from '../admin/setting-routes.js';
import type { Config } from '../config/config.js';
import { webAuthn } from '../factors/passkeys.js';
import { brandRoutes } from '../http/brand.js';
import { Readiness, storeProbes } from '../http/health.js';
import { hostedPages } from '../http/hosted-pages.js';
import { createServer, type WebServer } from '../http/server.js';
import { systemClock } from '../kernel/clock.js';
import type { Route } from '../kernel/route.js';
import type { LicenceService } from '../licences/licence-service.js';
import type { MemberService } from '../licences/member-service.js';
import type { OwnerService } from '../licences/owner-service.js';
import { createLog, type Log } from '../platform/log.js';
import { createMetrics, type Metrics } from '../platform/metrics.js';
import { PasswordHasher } from '../platform/password-hash.js';
import { createDataSource, runMigrations } from '../platform/postgres.js';
import { connectRedis } from '../platform/redis.js';
import { requireDurable } from '../platform/require-durable.js';
import type { SessionHistory } from '../sessions/history.js';
import type { RedisSessionStore } from '../sessions/redis-store.js';
import { loadSessionScripts, type SessionScripts } from '../sessions/session-scripts.js';
import type { Seating } from '../sign-in/seating.js';
import type { SignIn } from '../sign-in/sign-in.js';
import { composeAccess } from './access.js';
import { consoleRoutes } from './console.js';
import { composeSignIn, type Door } from './door.js';
import { composeExchange, type Exchange, exchangeRoutesOf } from './exchange.js';
import { requireKnownRoles } from './factors.js';
import type { Ground } from './ground.js';
import { houseRoutesOf } from './house.js';
import { composeOwnAccounts, type OwnAccounts, ownAccountRoutesOf } from './own-accounts.js';
import { composePeople, type People } from './people.js';
import { routesOf, usageRoutesOf } from './routes.js';
import { composeSessions, type Sessions } from './sessions.js';
import { composeUsage, type UsageTellers } from './usage.js';
import { userRoutesOf } from './users.js';

/** What tests and the demonstration may put in the place of the real thing, or beside it. */
export interface Substitutes {
  readonly log?: Log;
  /** How long a command to Redis may take, in milliseconds, for tests that ask for more than the machine can do. */
  readonly redisDeadlineMs?: number | undefined;
  /** Scripts whose clock the test shifts. */
  readonly scripts?: SessionScripts;
  /** `false`: everything goes through Express. */
  readonly fastPath?: boolean;
  /** `false`: hashing does not wait for what others leave of the processor, of which tests side by side leave nothing. */
  readonly hashingStepsBack?: boolean;
  /** `false`: what takes long to load is loaded when it is first needed. */
  readonly prepares?: boolean;
  /** Routes beside those of every server: the demonstration's application. */
  readonly routes?: readonly Route<RoutePermission>[];
}

/** For the demonstration alone. */
export interface Filling {
  readonly dataSource: DataSource;
  readonly users: Pick<UserRepository, 'findForSignIn'>;
  readonly seating: Pick<Seating, 'seat'>;
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
  readonly departures: Departures;
  readonly signIn: SignIn;
  readonly firstAdmin: FirstAdmin;
  readonly signingKeys: Exchange['keys'];
  readonly hasher: Pick<PasswordHasher, 'prove'>;
  /** What the demonstration fills a house with: a past, and people who sit there without having signed in. */
  readonly filling: Filling;
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
  requireKnownRoles(config);
  const log = substitutes.log ?? createLog({ level: config.LOG_LEVEL });
  const metrics = createMetrics();
  const dataSource = createDataSource(config.DATABASE_URL, schema);
  await runMigrations(dataSource);
  await dataSource.initialize();
  const deadlineMs = substitutes.redisDeadlineMs;
  const link = await connectRedis({ url: config.REDIS_URL, log, clock: systemClock, deadlineMs });
  await requireDurable(link, log);
  const { PASSWORD_PEPPER: pepper, BCRYPT_COST: cost, PASSWORD_HASH: scheme } = config;
  const stepsBack = substitutes.hashingStepsBack ?? true;
  const hasher = new PasswordHasher({ pepper, scheme, cost, log, metrics, stepsBack });
  return assemble({ config, log, metrics, dataSource, link, hasher }, substitutes);
}

interface Parts {
  readonly sessions: Sessions;
  readonly people: People;
  readonly door: Door;
  readonly own: OwnAccounts;
  readonly telling: UsageTellers;
  readonly exchange: Exchange;
}

async function assemble(ground: Ground, substitutes: Substitutes): Promise<Usher> {
  const { config, dataSource } = ground;
  const sessions = composeSessions(ground, substitutes.scripts ?? loadSessionScripts());
  const people = composePeople(ground, sessions);
  const door = composeSignIn(ground, sessions, people);
  const own = composeOwnAccounts(ground, sessions, people, door);
  const telling = composeUsage(ground, sessions.users);
  const exchange = composeExchange(ground, sessions);
  const web = createServer({
    config,
    log: ground.log,
    metrics: ground.metrics,
    check: sessions.check,
    store: sessions.store,
    readiness: readinessOf(ground, sessions),
    scopes: people.scopes,
    stepUpMethods: (userId) => door.stepUp.methodsOf(userId),
    routes: everyRoute(ground, { sessions, people, door, own, telling, exchange }, substitutes),
    assertionOf: (actor) => exchange.assertions.of(actor),
    fastPath: substitutes.fastPath ?? true,
  });
  await exchange.keys.start();
  await Promise.all([sessions.restored(), substitutes.prepares !== false && prepared(people)]);
  const { outbox, history, mail, rounds, news } = sessions;
  const others = [own.requests, own.departures, telling.keeper, exchange.records];
  const background = [outbox, history, mail, rounds, news, ...others];
  for (const one of background) one.start();
  return {
    log: ground.log,
    metrics: ground.metrics,
    web,
    store: sessions.store,
    history,
    ...people,
    departures: own.departures,
    signIn: door.signIn,
    signingKeys: exchange.keys,
    hasher: ground.hasher,
    filling: { dataSource, users: sessions.users, seating: door.seating },
    async close() {
      await Promise.all([
        ...background.map((one) => one.stop()),
        exchange.keys.stop(),
        ...door.written.map((one) => one.settled()),
      ]);
      await ground.hasher.close();
      await ground.link.close();
      await dataSource.destroy();
    },
  };
}

function everyRoute(ground: Ground, parts: Parts, { routes = [] }: Substitutes): Route<RoutePermission>[] {
  const { sessions, people, door, own, telling, exchange } = parts;
  const { config } = ground;
  return [
    ...routesOf(composeAccess(ground, sessions), sessions, people, door),
    ...ownAccountRoutesOf(own),
    ...usageRoutesOf(telling, people),
    ...houseRoutesOf(ground, sessions, people),
    ...userRoutesOf(ground, sessions, people),
    ...exchangeRoutesOf(exchange),
    ...settingRoutes(config.told, systemClock),
    ...brandRoutes(config),
    ...hostedPages(config),
    ...consoleRoutes(config),
    ...routes,
  ];
}

/** Loads what takes long to load, so that nobody who asks for it has to wait. */
async function prepared({ passwordRules }: Pick<People, 'passwordRules'>): Promise<void> {
  await Promise.all([passwordRules.prepare(), webAuthn()]);
}

function readinessOf({ dataSource }: Ground, { store }: Sessions): Readiness {
  const postgres = { missing: 'postgres', present: async () => (await dataSource.query('SELECT 1')) !== null };
  return new Readiness([...storeProbes(store, systemClock), postgres]);
}
