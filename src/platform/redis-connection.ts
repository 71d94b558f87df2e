import { createClient, createCluster } from 'redis';
import type { RedisAddress, RedisEndpoint } from '../config/redis-endpoint.js';
import { withDeadline } from './deadline.js';
import { StoreUnavailable } from './unavailable.js';

const connectMs = 1000;
/** Connecting and greeting together: a frozen server accepts connections and then says nothing. */
const openMs = 1500;

/** One open connection to Redis. Once lost it stays lost; another one is opened in its place. */
export interface RedisConnection {
  /** Sends one command to the node that serves `key`, without a deadline. Rejects with the client's own errors. */
  command(key: string, args: readonly string[]): Promise<unknown>;
  /** The run ids of all masters, which differ after one of them was restarted or replaced. Rejects when one does not serve. */
  runIds(): Promise<string>;
  /** Called once, when the connection breaks by itself; at once when it has already. */
  onLost(listener: (cause: Error) => void): void;
  /** Ends it at once; what is in flight is rejected. */
  end(): void;
}

/** A connection that only listens to a channel. Once lost it stays lost. */
export interface RedisSubscription {
  /** Rejects when the connection does not answer any more. */
  ping(): Promise<unknown>;
  /** Called once, when the connection breaks by itself; at once when it has already. */
  onLost(listener: (cause: Error) => void): void;
  /** Ends it at once. */
  end(): void;
}

/**
 * Listens to a channel, or rejects within a few seconds. In a cluster any node will do, because each is told what was said to
 * another; of a sentinel group the master is asked.
 */
export async function openSubscription(
  endpoint: RedisEndpoint,
  channel: string,
  listener: (text: string) => void,
): Promise<RedisSubscription> {
  const address = await listeningAddress(endpoint);
  const client = createClient({ ...common, ...optionsFor(address), socket: socketTo(address) });
  const lost = new Loss();
  client.on('error', (cause: Error) => lost.report(cause));
  client.on('end', () => lost.report(new Error('Redis has closed the subscription')));
  await openOrEnd(client);
  try {
    await withDeadline(client.subscribe(channel, listener), openMs, late);
  } catch (error) {
    client.destroy();
    throw error;
  }
  return { ping: () => client.ping(), onLost: (heard) => lost.listen(heard), end: () => client.destroy() };
}

async function listeningAddress(endpoint: RedisEndpoint): Promise<RedisAddress> {
  switch (endpoint.kind) {
    case 'single':
      return endpoint.address;
    case 'cluster':
      return Promise.any(
        endpoint.seeds.map(async (seed) => {
          (await openSingle(seed)).end();
          return seed;
        }),
      );
    case 'sentinel':
      return { ...endpoint.master, socket: await askSentinels(endpoint.sentinels, endpoint.name) };
  }
}

/** Opens a connection, or rejects within a few seconds. */
export async function openRedis(endpoint: RedisEndpoint): Promise<RedisConnection> {
  switch (endpoint.kind) {
    case 'single':
      return openSingle(endpoint.address);
    case 'cluster':
      return openCluster(endpoint.seeds);
    case 'sentinel':
      return openMaster(endpoint);
  }
}

/**
 * Replies are strings, numbers, null and arrays, as scripts know them (RESP 2). The client's own command timeout is off: it
 * does not cover what has been written, and costs more than the command.
 */
const common = { RESP: 2, maintNotifications: 'disabled', commandOptions: { timeout: 0 } } as const;

function optionsFor(address: Omit<RedisAddress, 'socket'>) {
  return {
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: 20_000,
    name: 'usher',
    database: address.database,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
  };
}

// No reconnecting inside the client: a lost connection is replaced whole, so that nothing of the old one lingers.
const socketOptions = { connectTimeout: connectMs, reconnectStrategy: false } as const;

function socketTo({ socket }: RedisAddress) {
  if ('path' in socket) return { ...socketOptions, path: socket.path };
  const tcp = { ...socketOptions, host: socket.host, port: socket.port };
  return socket.tls ? { ...tcp, tls: true as const } : tcp;
}

function usesTls({ socket }: RedisAddress): boolean {
  return 'tls' in socket && socket.tls;
}

async function openSingle(address: RedisAddress): Promise<RedisConnection> {
  const client = createClient({ ...common, ...optionsFor(address), socket: socketTo(address) });
  const lost = new Loss();
  client.on('error', (cause: Error) => lost.report(cause));
  await openOrEnd(client);
  return {
    command: (_, args) => client.sendCommand(args),
    runIds: async () => fieldOf(await client.sendCommand(['INFO', 'server']), 'run_id'),
    onLost: (listener) => lost.listen(listener),
    end: () => client.destroy(),
  };
}

async function openCluster(seeds: readonly RedisAddress[]): Promise<RedisConnection> {
  const [first] = seeds;
  if (first === undefined) throw new Error('a cluster needs a node to begin with');
  const cluster = createCluster({
    ...common,
    rootNodes: seeds.map((seed) => ({ socket: socketTo(seed) })),
    defaults: { ...common, ...optionsFor(first), socket: { ...socketOptions, tls: usesTls(first) } },
  });
  const lost = new Loss();
  cluster.on('error', (cause: Error) => lost.report(cause));
  cluster.on('node-error', (cause: Error) => lost.report(cause));
  await openOrEnd(cluster);
  return {
    command: (key, args) => cluster.sendCommand(key, false, [...args]),
    runIds: async () => {
      const asked = cluster.masters.map(async (master) => {
        const node = await cluster.nodeClient(master);
        const [server, state] = await Promise.all([
          node.sendCommand(['INFO', 'server']),
          node.sendCommand(['CLUSTER', 'INFO']),
        ]);
        // A master that has just come back serves nothing until it has found the others.
        if (fieldOf(state, 'cluster_state') !== 'ok') throw new Error('the cluster is down');
        return fieldOf(server, 'run_id');
      });
      return (await Promise.all(asked)).sort().join(' ');
    },
    onLost: (listener) => lost.listen(listener),
    end: () => cluster.destroy(),
  };
}

async function openMaster(endpoint: Extract<RedisEndpoint, { kind: 'sentinel' }>): Promise<RedisConnection> {
  const connection = await openSingle({
    ...endpoint.master,
    socket: await askSentinels(endpoint.sentinels, endpoint.name),
  });
  return {
    ...connection,
    runIds: async () => {
      const info = await connection.command('', ['INFO', 'server', 'replication']);
      // A master that was replaced while it was away comes back as a replica; the sentinels know the new one.
      if (fieldOf(info, 'role') !== 'master') throw new Error('this Redis is no longer the master');
      return fieldOf(info, 'run_id');
    },
  };
}

/** Where the master is, from the first sentinel that knows. */
async function askSentinels(sentinels: readonly RedisAddress[], name: string): Promise<RedisAddress['socket']> {
  const asked = sentinels.map(async (address) => {
    const sentinel = await openSingle(address);
    try {
      const answer = await withDeadline(
        sentinel.command('', ['SENTINEL', 'get-master-addr-by-name', name]),
        connectMs,
        late,
      );
      if (!Array.isArray(answer)) throw new Error(`the sentinel knows no master "${name}"`);
      return { host: String(answer[0]), port: Number(answer[1]), tls: usesTls(address) };
    } finally {
      sentinel.end();
    }
  });
  return Promise.any(asked);
}

async function openOrEnd(client: { connect(): Promise<unknown>; destroy(): void }): Promise<void> {
  try {
    await withDeadline(client.connect(), openMs, late);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

function late(): Error {
  return new StoreUnavailable('redis');
}

function fieldOf(info: unknown, name: string): string {
  const value = new RegExp(`^${name}:(\\S+)`, 'm').exec(String(info))?.[1];
  if (value === undefined) throw new Error(`INFO does not say ${name}`);
  return value;
}

/** Remembers the first thing that went wrong, and tells it once. */
class Loss {
  #cause: Error | null = null;
  #listener: ((cause: Error) => void) | null = null;

  report(cause: Error): void {
    if (this.#cause !== null) return;
    this.#cause = cause;
    this.#listener?.(cause);
  }

  listen(listener: (cause: Error) => void): void {
    this.#listener = listener;
    if (this.#cause !== null) listener(this.#cause);
  }
}
