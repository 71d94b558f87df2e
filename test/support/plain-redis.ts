import { createClient } from 'redis';

/** A Redis client that knows nothing of the server, on the unix socket of a test's Redis. */
export function plainRedis(url: string) {
  return createClient({ socket: { path: url.slice('unix://'.length), tls: false } }).connect();
}

/** What `plainRedis` connects. */
export type PlainRedis = Awaited<ReturnType<typeof plainRedis>>;
