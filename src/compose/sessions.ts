import { type Remembered, rememberedMs } from '../accounts/remembered-browsers.js';
import { RememberedEndings } from '../accounts/remembered-endings.js';
import { UserRepository } from '../accounts/user-repository.js';
import { AuditLog } from '../audit/audit-log.js';
import { Changes } from '../audit/changes.js';
import { cookieName } from '../http/cookies.js';
import { monotonicMs, systemClock } from '../kernel/clock.js';
import { FirstUse } from '../licences/first-use.js';
import { LicenceRepository } from '../licences/licence-repository.js';
import { MemberService } from '../licences/member-service.js';
import { sessionDirectory } from '../licences/session-directory.js';
import { IssuedTokens } from '../platform/issued-tokens.js';
import { Outbox } from '../platform/outbox.js';
import type { RedisLink } from '../platform/redis.js';
import { RedisChannel } from '../platform/redis-channel.js';
import { pushesTo, type RestoreParts, restore } from '../restore.js';
import { SessionCheck } from '../sessions/check.js';
import { ClientReader } from '../sessions/client.js';
import { SessionHistory } from '../sessions/history.js';
import { newsChannel } from '../sessions/keys.js';
import { LiveFigures } from '../sessions/live-figures.js';
import { OwnEvents } from '../sessions/own-events.js';
import { RedisSessionStore } from '../sessions/redis-store.js';
import { sessionTimes } from '../sessions/session.js';
import { SessionIds } from '../sessions/session-id.js';
import { SessionNews, type Whose } from '../sessions/session-news.js';
import { type SessionScripts, timedSessionScripts } from '../sessions/session-scripts.js';
import { SessionService } from '../sessions/session-service.js';
import { usageMarks } from '../usage/usage-marks.js';
import type { Ground } from './ground.js';
import { composeNotices } from './notices.js';

/** What sessions live on: their store, its history, and what reads and changes it. */
export type Sessions = ReturnType<typeof composeSessions>;

/** Puts the sessions together. */
export function composeSessions(ground: Ground, given: SessionScripts) {
  const { config, dataSource, link, log, metrics } = ground;
  const scripts = timedSessionScripts(given, metrics);
  const times = sessionTimes({
    idleSeconds: config.SESSION_IDLE_SECONDS,
    absoluteSeconds: config.SESSION_ABSOLUTE_SECONDS,
  });
  const licences = new LicenceRepository(dataSource);
  const users = new UserRepository(dataSource);
  const audit = new AuditLog(dataSource, systemClock);
  const noticing = composeNotices(ground, audit);
  const memory = composeMemory(ground, (tag) => history.drain(tag));
  const news = composeNews(ground);
  const changed = (tag: string, whose: Whose) => news.tell(tag, whose);
  const storeOn: StoreOn = (sender, touched) =>
    new RedisSessionStore({
      ...{ link: sender, scripts, times, now: monotonicMs, changed },
      ...(touched === undefined ? {} : { touched }),
    });
  const store = storeOn(link, (tag) => history.touched(tag));
  const outbox = new Outbox({
    dataSource,
    handlers: pushesTo(store),
    log,
    clock: systemClock,
    metrics,
    keepMs: times.absoluteMs + 86_400_000,
  });
  const history = new SessionHistory({
    store,
    dataSource,
    audit,
    log,
    metrics,
    listeners: [new FirstUse({ licences, audit, outbox }), noticing.notices, usageMarks, memory.endings],
    allTags: () => licences.allTags(),
  });
  const changes = new Changes({ dataSource, outbox, audit, clock: systemClock });
  const members = new MemberService({ dataSource, changes, licences, accounts: users });
  const service = new SessionService(store, sessionDirectory({ licences, members, changes }));
  const checks = composeCheck(config, store, licences);
  const figures = new LiveFigures({ store, allTags: () => licences.allTags(), metrics });
  metrics.onRead(() => figures.look());
  const ownEvents = new OwnEvents({ check: checks.check, news, clock: systemClock, idleMs: times.idleMs });
  const restored = () =>
    whenRestored(link, scripts, storeOn, { dataSource, outbox, licences, absoluteMs: times.absoluteMs });
  return {
    ...{ licences, users, audit, store, history, outbox, changes, members, service, news, ownEvents, restored },
    ...noticing,
    ...memory,
    ...checks,
  };
}

/** What the processes of this server tell each other. */
function composeNews({ config, link, log }: Ground): SessionNews {
  return new SessionNews(new RedisChannel({ name: newsChannel, url: config.REDIS_URL ?? '', link, log }));
}

/** What browsers are remembered by, and what ends that with their sessions. */
function composeMemory({ dataSource }: Ground, drain: (tag: string) => Promise<void>) {
  const memories = new IssuedTokens<Remembered>({
    ...{ dataSource, clock: systemClock, purpose: 'remembered', lifeMs: rememberedMs },
  });
  return { memories, endings: new RememberedEndings({ tokens: memories, dataSource, drain }) };
}

/** What tells whose session a request carries. */
function composeCheck(config: Ground['config'], store: RedisSessionStore, licences: LicenceRepository) {
  const ids = new SessionIds(config.SESSION_SECRETS);
  const clients = new ClientReader(config.USER_AGENT_BINDING);
  const check = new SessionCheck({
    ids,
    store,
    clients,
    cookieName: cookieName('sid', config.secure),
    loadPolicy: (tag) => licences.policyOfTag(tag),
  });
  return { ids, clients, check };
}

/** A store on another sender of the same Redis. `touched` is told of every tag whose history grew. */
type StoreOn = (
  sender: ConstructorParameters<typeof RedisSessionStore>[0]['link'],
  touched?: (tag: string) => void,
) => RedisSessionStore;

/** Resolves when Redis has what Postgres knows; from then on that is done again whenever Redis may have lost data. */
function whenRestored(link: RedisLink, scripts: SessionScripts, storeOn: StoreOn, parts: RestoreParts): Promise<void> {
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
}
