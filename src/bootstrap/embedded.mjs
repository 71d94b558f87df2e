/** The stores that are started by ourselves: by `npm start` when no other is configured, and by the tests. */
export { startPostgres } from './postgres-server.mjs';
export { startRedis, startRedisCluster } from './redis-server.mjs';
