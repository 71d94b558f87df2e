import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis, type RedisLink } from '../../src/platform/redis.js';
import { RedisScript } from '../../src/platform/redis-script.js';
import { requireDurable } from '../../src/platform/require-durable.js';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { freshRedisCluster, type RedisCluster } from '../support/stores.js';

const log = createLog({ level: 'silent' });
const keys = ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}'];
let cluster: RedisCluster;
let link: RedisLink;
let broughtUpToDate = 0;

beforeAll(async () => {
  cluster = await freshRedisCluster();
  link = await connectRedis({ url: cluster.url, log, clock: systemClock });
  link.onIncarnation(async () => {
    broughtUpToDate++;
  });
  await until(() => link.health().reachable, 2000);
});

afterAll(async () => {
  await link.close();
  await cluster.stop();
});

async function until(holds: () => boolean, ms: number): Promise<void> {
  const beganMs = performance.now();
  while (!holds()) {
    if (performance.now() - beganMs > ms) throw new Error(`not within ${ms} ms`);
    await pause(10);
  }
}

describe('a cluster', () => {
  it('is asked at the node that holds the key', async () => {
    for (const key of keys) expect(await link.send(key, ['SET', key, key])).toBe('OK');
    const gets = keys.map((key) => ({ key, args: ['GET', key] }));
    expect(await link.sendAll(gets)).toEqual(keys);
  });

  it('runs a script wherever its key lives, though nobody loaded it there', async () => {
    const script = new RedisScript('prefix', '#!lua\nreturn redis.call("SET", KEYS[1] .. ":x", ARGV[1])');
    for (const key of keys) expect(await script.run(link, key, ['1'])).toBe('OK');
  });

  it('is checked for durability like a single server', async () => {
    await expect(requireDurable(link, log)).resolves.toBeUndefined();
  });

  it('bounds every call while one of its masters is frozen, and is whole again after the thaw', async () => {
    cluster.nodes[0]?.freeze();
    const endMs = performance.now() + 1500;
    const slow: number[] = [];
    while (performance.now() < endMs) {
      const tries = keys.map(async (key) => {
        const beganMs = performance.now();
        await link.send(key, ['GET', key]).catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable));
        const tookMs = performance.now() - beganMs;
        if (tookMs > 500) slow.push(tookMs);
      });
      await Promise.all(tries);
      await pause(20);
    }
    cluster.nodes[0]?.thaw();
    expect(slow).toEqual([]);
    await until(() => link.health().reachable, 5000);
    expect(await link.sendAll(keys.map((key) => ({ key, args: ['GET', key] })))).toEqual(keys);
  });

  it('is brought up to date when any of its masters was restarted', async () => {
    const before = broughtUpToDate;
    await cluster.nodes[1]?.crash();
    await until(() => !link.health().reachable, 1000);
    await cluster.nodes[1]?.revive();
    await until(() => broughtUpToDate > before && link.health().reachable, 10_000);
    expect(await link.sendAll(keys.map((key) => ({ key, args: ['GET', key] })))).toEqual(keys);
  });
});
