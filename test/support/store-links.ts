import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis, type RedisLink } from '../../src/platform/redis.js';

const log = createLog({ level: 'silent' });

/** Two links to one Redis, as two server processes have, and how to end them. `deadlineMs` is roomier than in production. */
export async function openLinks(
  url: string,
): Promise<{ pair: readonly [RedisLink, RedisLink]; close(): Promise<void> }> {
  const open = () => connectRedis({ url, log, clock: systemClock, deadlineMs: 10_000 });
  const pair = [await open(), await open()] as const;
  return {
    pair,
    close: async () => {
      await Promise.all(pair.map((link) => link.close()));
    },
  };
}
