import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createClient } from 'redis';
import type { PostgresServer, RedisServer } from '#bootstrap/embedded.mjs';
import { startPostgres, startRedis } from '#bootstrap/embedded.mjs';
import { freshDatabase, freshRedis, freshRedisCluster } from '../support/stores.js';

let dataDir = '';
const news: string[] = [];
const running: { stop(): Promise<void> }[] = [];

async function redisIn(folder: string): Promise<RedisServer> {
  const redis = await startRedis({ dataDir: folder, say: (line) => news.push(line) });
  running.push(redis);
  return redis;
}

async function postgresIn(folder: string): Promise<PostgresServer> {
  const postgres = await startPostgres({ dataDir: folder, say: (line) => news.push(line) });
  running.push(postgres);
  return postgres;
}

async function askRedis(url: string, ...command: string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}

async function askPostgres(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Resolves with the new process id when a supervised server has been started again. */
async function anotherProcess(server: RedisServer | PostgresServer, before: number | null): Promise<number> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    if (server.pid !== null && server.pid !== before) return server.pid;
  }
  throw new Error('it was not started again');
}

async function answers<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 10_000; ; await sleep(20)) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'usher-embedded-'));
  news.length = 0;
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the embedded Redis', () => {
  it('is started again at the same address when it is killed, with all it had answered for', async () => {
    const redis = await redisIn(dataDir);
    const { pid } = redis;
    await askRedis(redis.url, 'SET', 'kept', 'yes');
    redis.process?.kill('SIGKILL');
    expect(await anotherProcess(redis, pid)).not.toBe(pid);
    expect(await answers(() => askRedis(redis.url, 'GET', 'kept'))).toBe('yes');
    expect(news).toEqual(['Redis died (SIGKILL) and is started again']);
  });

  it('keeps its data from one start to the next', async () => {
    const first = await redisIn(dataDir);
    await askRedis(first.url, 'SET', 'kept', 'yes');
    await first.stop();
    const second = await redisIn(dataDir);
    expect(second.url).toBe(first.url);
    expect(await askRedis(second.url, 'GET', 'kept')).toBe('yes');
  });

  it('never evicts and writes everything to its log', async () => {
    const redis = await redisIn(dataDir);
    const read = async (name: string) => Object.values(Object(await askRedis(redis.url, 'CONFIG', 'GET', name)));
    expect(await read('maxmemory-policy')).toEqual(['noeviction']);
    expect(await read('appendonly')).toEqual(['yes']);
    expect(await read('appendfsync')).toEqual(['everysec']);
    expect(await read('port')).toEqual(['0']);
  });

  it('refuses a folder that another one works in, and leaves that one alone', async () => {
    const first = await redisIn(dataDir);
    const { pid } = first;
    await expect(startRedis({ dataDir })).rejects.toThrow('Redis is in use');
    expect(first.pid).toBe(pid);
    expect(await askRedis(first.url, 'PING')).toBe('PONG');
  });

  it('stays down once it is stopped', async () => {
    const redis = await redisIn(dataDir);
    await redis.stop();
    await sleep(300);
    await expect(askRedis(redis.url, 'PING')).rejects.toThrow();
  });
});

describe('the embedded Postgres', () => {
  it('begins anew when its first start was interrupted, and then keeps what was committed through kills and starts', async () => {
    // Made by a process that has ended; one that lives may be at it still.
    const leftover = `postgres.new-${spawnSync('true').pid}`;
    mkdirSync(join(dataDir, leftover));
    mkdirSync(join(dataDir, 'postgres.new-1'));
    const first = await postgresIn(dataDir);
    expect(readdirSync(dataDir)).not.toContain(leftover);
    expect(readdirSync(dataDir)).toContain('postgres.new-1');
    const { pid } = first;
    await askPostgres(first.url(), 'CREATE TABLE kept AS SELECT 42 AS answer');
    first.process?.kill('SIGKILL');
    expect(await anotherProcess(first, pid)).not.toBe(pid);
    expect(await answers(() => askPostgres(first.url(), 'SELECT answer FROM kept'))).toEqual([{ answer: 42 }]);
    expect(news).toEqual(['Postgres died (SIGKILL) and is started again']);
    await first.stop();

    const second = await postgresIn(dataDir);
    expect(second.url()).toBe(first.url());
    expect(await askPostgres(second.url(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    const [settings] = await askPostgres(
      second.url(),
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits,
              current_setting('listen_addresses') AS addresses, current_setting('unix_socket_permissions') AS permissions`,
    );
    expect(settings).toEqual({ fsync: 'on', commits: 'on', addresses: '', permissions: '0700' });
  }, 60_000);
});

describe('the stores of the tests', () => {
  it('give each test file a migrated database of its own', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    running.push(one, other);
    await askPostgres(one.url, 'CREATE TABLE mine ()');
    await expect(askPostgres(other.url, 'SELECT * FROM mine')).rejects.toThrow('does not exist');
    expect(await askPostgres(other.url, 'SELECT 1 AS one FROM migrations LIMIT 1')).toEqual([{ one: 1 }]);
  });

  it('give each test file a Redis of its own that keeps its data through a crash', async () => {
    const [one, other] = await Promise.all([freshRedis(), freshRedis()]);
    running.push(one, other);
    await askRedis(one.url, 'SET', 'mine', 'yes');
    expect(await askRedis(other.url, 'GET', 'mine')).toBeNull();
    await one.crash();
    await expect(askRedis(one.url, 'PING')).rejects.toThrow();
    await one.revive();
    expect(await askRedis(one.url, 'GET', 'mine')).toBe('yes');
    await one.stop();
    expect(existsSync(one.url.replace('unix://', ''))).toBe(false);
  });

  it('form a cluster of three masters that serves every slot', async () => {
    const cluster = await freshRedisCluster();
    running.push(cluster);
    expect(cluster.nodes).toHaveLength(3);
    for (const node of cluster.nodes) {
      expect(await askRedis(node.url, 'CLUSTER', 'INFO')).toContain('cluster_slots_ok:16384');
    }
  });
});
