import type { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { PasswordHasher } from '../platform/password-hash.js';
import type { RedisLink } from '../platform/redis.js';

/** The stores a server stands on. */
export interface Ground {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly dataSource: DataSource;
  readonly link: RedisLink;
  readonly hasher: PasswordHasher;
}
