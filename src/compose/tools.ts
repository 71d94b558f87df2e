import { UserImport } from '../accounts/user-import.js';
import type { Config } from '../config/config.js';
import { Doctor } from '../doctor/doctor.js';
import { systemClock } from '../kernel/clock.js';
import { createLog } from '../platform/log.js';
import { createMetrics } from '../platform/metrics.js';
import { PasswordHasher } from '../platform/password-hash.js';
import { requireMigrated } from '../platform/postgres.js';
import { connectRedis } from '../platform/redis.js';
import { pushesTo } from '../restore.js';
import { sessionTimes } from '../sessions/session.js';
import { loadSessionScripts } from '../sessions/session-scripts.js';
import { databaseOf } from './database.js';
import type { Ground } from './ground.js';
import { composePeople, type People } from './people.js';
import { composeSessions, type Sessions } from './sessions.js';
import { composeUsage, type UsageTellers } from './usage.js';

/** The services without a web server and without anything in the background: for one command of an operator. */
export interface Tools extends Pick<People, 'accounts' | 'firstAdmin' | 'owners' | 'licences' | 'members'> {
  readonly imports: UserImport;
  readonly users: Sessions['users'];
  readonly sessions: Sessions['service'];
  readonly store: Sessions['store'];
  readonly history: Sessions['history'];
  readonly changes: Sessions['changes'];
  readonly doctor: Doctor;
  readonly explainer: UsageTellers['explainer'];
  /** Leaves the stores. */
  close(): Promise<void>;
}

/** What tests may put in the place of the real thing. */
export interface ToolSubstitutes {
  /** How long the doctor waits between two looks, in milliseconds. */
  readonly secondLookMs?: number;
}

/**
 * Connects to the stores and puts the services together. What they change reaches Redis at once; what Redis refuses is
 * durable and waits for a server. Throws with one clear line when Postgres cannot be used or lacks migrations; Redis may be away.
 */
export async function composeTools(config: Config, substitutes: ToolSubstitutes = {}): Promise<Tools> {
  if (config.DATABASE_URL === null || config.REDIS_URL === null)
    throw new Error('DATABASE_URL and REDIS_URL are needed');
  // Answers go to standard output; a log would be among them.
  const log = createLog({ level: 'silent', destination: { write: () => {} } });
  const metrics = createMetrics();
  const dataSource = databaseOf(config);
  await requireMigrated(dataSource);
  const link = await connectRedis({ url: config.REDIS_URL, log, clock: systemClock });
  const { PASSWORD_PEPPER: pepper, BCRYPT_COST: cost, PASSWORD_HASH: scheme } = config;
  const hasher = new PasswordHasher({ pepper, scheme, cost, log, metrics });
  const ground: Ground = { config, log, metrics, dataSource, link, hasher };
  const scripts = loadSessionScripts();
  const sessions = composeSessions(ground, scripts);
  const { accounts, firstAdmin, owners, licences, members } = composePeople(ground, sessions);
  const { users, store, history, changes, outbox, licences: repository, service } = sessions;
  const doctor = new Doctor({
    ...{ dataSource, link, scripts, store, history, changes, outbox, users, licences: repository },
    handlers: pushesTo(store),
    clock: systemClock,
    absoluteMs: absoluteMsOf(config),
    historyMs: config.HISTORY_RETENTION_DAYS === 0 ? null : config.HISTORY_RETENTION_DAYS * 86_400_000,
    ...(substitutes.secondLookMs === undefined ? {} : { secondLookMs: substitutes.secondLookMs }),
  });
  return {
    ...{ accounts, firstAdmin, owners, licences, members, users, store, history, changes, doctor },
    imports: new UserImport({ changes, accounts, members }),
    sessions: service,
    explainer: composeUsage(ground, users).explainer,
    async close() {
      await history.stop();
      await hasher.close();
      await link.close();
      await dataSource.destroy();
    },
  };
}

function absoluteMsOf(config: Config): number {
  return sessionTimes({ idleSeconds: config.SESSION_IDLE_SECONDS, absoluteSeconds: config.SESSION_ABSOLUTE_SECONDS })
    .absoluteMs;
}
