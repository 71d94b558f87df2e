import type { Log } from './log.js';
import type { RedisSender } from './redis.js';
import { StoreUnavailable } from './unavailable.js';

/** What a server says of one thing: `unknown` where it is forbidden to ask. */
type Told = string | 'unknown';

const away = 'Redis cannot be used, see REDIS_URL; the log says why';

/**
 * Makes sure that Redis neither evicts sessions nor forgets them on a restart. Throws a plain Error of one line when
 * `maxmemory-policy` is not `noeviction` or nothing is persisted. Where `CONFIG` is forbidden, as managed services do, INFO
 * is asked; what nobody tells is logged as a warning. In a cluster one node answers for all. Throws as plainly when Redis cannot
 * be asked at all.
 */
export async function requireDurable(link: RedisSender, log: Log): Promise<void> {
  const policy = await told(link, 'maxmemory-policy', 'memory', 'maxmemory_policy');
  if (policy === 'unknown') log.warn('Redis does not tell its maxmemory-policy; it must be noeviction');
  else if (policy !== 'noeviction') {
    throw new Error(`Redis would evict live sessions: its maxmemory-policy is ${policy}, set it to noeviction`);
  }
  const appends = await told(link, 'appendonly', 'persistence', 'aof_enabled');
  if (appends === 'yes' || appends === '1') return;
  const saves = await told(link, 'save', 'server', 'save');
  if (saves === 'unknown') log.warn('Redis does not tell whether it persists; without it a restart ends every session');
  else if (saves === '')
    throw new Error('Redis persists nothing: a restart would end every session, set appendonly to yes');
}

async function told(link: RedisSender, parameter: string, section: string, field: string): Promise<Told> {
  const config = await answer(link, ['CONFIG', 'GET', parameter]);
  if (Array.isArray(config) && config.length === 2) return String(config[1]);
  const info = await answer(link, ['INFO', section]);
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(String(info))?.[1] ?? 'unknown';
}

/** Null when the server will not answer this command. */
async function answer(link: RedisSender, args: readonly string[]): Promise<unknown> {
  try {
    return await link.send('usher', args);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw new Error(away, { cause: error });
    return null;
  }
}
