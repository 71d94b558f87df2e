import { randomToken } from '../kernel/ids.js';
import type { RedisConnection } from './redis-connection.js';
import { redisFault } from './redis-fault.js';
import { StoreRefusesWrites } from './unavailable.js';

const incarnationKey = 'usher:incarnation';

/**
 * A text that is the same as long as Redis cannot have lost data: the run ids of its processes, and a random name kept in
 * it, which a flush or an empty restart takes away. Names it when it has no name. Rejects when Redis cannot be asked.
 */
export async function redisIncarnation(connection: RedisConnection): Promise<string> {
  const runIds = await connection.runIds();
  const get = () => connection.command(incarnationKey, ['GET', incarnationKey]);
  let name = await get();
  if (name === null) {
    await nameRedis(connection);
    name = await get();
  }
  return `${runIds} ${String(name)}`;
}

/** Another process may be first; whoever is, all read the same afterwards. */
async function nameRedis(connection: RedisConnection): Promise<void> {
  try {
    await connection.command(incarnationKey, ['SET', incarnationKey, randomToken(16), 'NX']);
  } catch (error) {
    // While it will not write it stays without. The name it gets later makes it another one, and all is brought up to date.
    if (!(redisFault(error) instanceof StoreRefusesWrites)) throw error;
  }
}
