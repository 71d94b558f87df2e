import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis, type RedisLink } from '../../src/platform/redis.js';
import { requireDurable } from '../../src/platform/require-durable.js';
import { StoreRefusesWrites, StoreUnavailable } from '../../src/platform/unavailable.js';
import { figure } from '../support/pace.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

const log = createLog({ level: 'silent' });
let redis: RedisServer;
let link: RedisLink;

beforeEach(async () => {
  redis = await freshRedis();
  link = await connectRedis({ url: redis.url, log, clock: systemClock });
});

afterEach(async () => {
  await link.close();
  await redis.stop();
});

interface Call {
  readonly beganMs: number;
  readonly tookMs: number;
  readonly outcome: 'answered' | 'unavailable' | 'other';
}

/** Calls at an even rate, whatever comes back, until it is stopped. */
function load(perSecond: number): { stop(): Promise<Call[]> } {
  const calls: Promise<Call>[] = [];
  const timer = setInterval(() => calls.push(timed()), 1000 / perSecond);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.all(calls);
    },
  };
}

async function timed(): Promise<Call> {
  const beganMs = performance.now();
  const outcome = await link.send('k', ['GET', 'k']).then(
    () => 'answered' as const,
    (error: unknown) => (error instanceof StoreUnavailable ? ('unavailable' as const) : ('other' as const)),
  );
  return { beganMs, tookMs: performance.now() - beganMs, outcome };
}

function longest(calls: readonly Call[]): number {
  return Math.max(...calls.map((call) => call.tookMs));
}

/** How long after `sinceMs` the first good answer came. */
function firstAnswer(calls: readonly Call[], sinceMs: number): number {
  const good = calls.filter((call) => call.outcome === 'answered' && call.beganMs + call.tookMs > sinceMs);
  return Math.min(...good.map((call) => call.beganMs + call.tookMs - sinceMs));
}

async function until(holds: () => boolean, ms: number): Promise<number> {
  const beganMs = performance.now();
  while (!holds()) {
    if (performance.now() - beganMs > ms) throw new Error(`not within ${ms} ms`);
    await pause(5);
  }
  return performance.now() - beganMs;
}

describe('a frozen Redis', () => {
  it('never makes a call wait longer than half a second, and answers again within a second of the thaw', async () => {
    const calling = load(50);
    await pause(300);
    redis.freeze();
    await pause(3000);
    redis.thaw();
    const thawedMs = performance.now();
    await pause(1500);
    const calls = await calling.stop();
    expect(calls.length).toBeGreaterThan(200);
    expect(longest(calls)).toBeLessThanOrEqual(figure(1_000, 500));
    expect(calls.filter((call) => call.outcome === 'other')).toEqual([]);
    expect(firstAnswer(calls, thawedMs)).toBeLessThanOrEqual(figure(1_300, 1_000));
    // Once the watchdog has seen it, calls are refused at once.
    const late = calls.filter((call) => call.beganMs > thawedMs - 1000 && call.beganMs < thawedMs - 100);
    expect(longest(late)).toBeLessThanOrEqual(figure(250, 50));
  });

  it('is not taken for another one when it thaws', async () => {
    let times = 0;
    link.onIncarnation(async () => {
      times++;
    });
    await until(() => link.health().reachable, 1000);
    redis.freeze();
    await until(() => !link.health().reachable, 2500);
    redis.thaw();
    await until(() => link.health().reachable, 1000);
    expect(times).toBe(1);
  });
});

describe('a stall of this process', () => {
  it('is not taken for a fault of Redis', async () => {
    const calls = Array.from({ length: 50 }, () => link.send('k', ['GET', 'k']));
    const endMs = performance.now() + 600;
    while (performance.now() < endMs);
    expect(await Promise.all(calls)).toEqual(Array(50).fill(null));
    expect(link.health().reachable).toBe(true);
  });
});

describe('a Redis that is killed and comes back', () => {
  it('is noticed at once, and found again within a second', async () => {
    const calling = load(50);
    await pause(200);
    await redis.crash();
    await pause(1000);
    await redis.revive();
    const revivedMs = performance.now();
    await pause(1300);
    const calls = await calling.stop();
    expect(longest(calls)).toBeLessThanOrEqual(figure(1_000, 500));
    expect(calls.filter((call) => call.outcome === 'other')).toEqual([]);
    expect(firstAnswer(calls, revivedMs)).toBeLessThanOrEqual(figure(1_200, 1_000));
  });

  it('is brought up to date before anybody else may use it', async () => {
    const order: string[] = [];
    link.onIncarnation(async (own) => {
      order.push('begun');
      await own.send('k', ['SET', 'k', 'brought back']);
      await pause(200);
      order.push('done');
    });
    await until(() => link.health().reachable, 1000);
    await redis.crash();
    await until(() => !link.health().reachable, 500);
    await redis.revive();
    await until(() => order.length === 3, 2000);
    await expect(link.send('k', ['GET', 'k'])).rejects.toBeInstanceOf(StoreUnavailable);
    await until(() => link.health().reachable, 1000);
    expect(order).toEqual(['begun', 'done', 'begun', 'done']);
    expect(await link.send('k', ['GET', 'k'])).toBe('brought back');
  });

  it('is asked again when bringing it up to date failed', async () => {
    let times = 0;
    link.onIncarnation(async () => {
      times++;
      if (times < 2) throw new Error('not yet');
    });
    expect(link.health().reachable).toBe(false);
    await until(() => link.health().reachable, 3000);
    expect(times).toBe(2);
  });
});

describe('a Redis that lost its data while it ran', () => {
  it('is noticed within two seconds', async () => {
    let times = 0;
    link.onIncarnation(async () => {
      times++;
    });
    await until(() => link.health().reachable, 1000);
    await link.send('k', ['FLUSHALL']);
    expect(await until(() => times === 2, 2000)).toBeLessThanOrEqual(2000);
    await until(() => link.health().reachable, 1000);
  });

  it('is noticed by every process, not only by the one that named it anew', async () => {
    const other = await connectRedis({ url: redis.url, log, clock: systemClock });
    let times = 0;
    for (const each of [link, other]) {
      each.onIncarnation(async () => {
        times++;
      });
    }
    await until(() => times === 2 && link.health().reachable && other.health().reachable, 1000);
    await link.send('k', ['FLUSHALL']);
    await until(() => times === 4, 2500);
    await other.close();
  });
});

describe('a Redis that refuses to write', () => {
  it('is still read from, is known since when, and heals by itself', async () => {
    await link.send('k', ['SET', 'k', 'v']);
    await link.send('', ['CONFIG', 'SET', 'maxmemory', '1']);
    const sinceMs = Date.now();
    await expect(link.send('k', ['SET', 'k', 'w'])).rejects.toBeInstanceOf(StoreRefusesWrites);
    expect(await link.send('k', ['GET', 'k'])).toBe('v');
    const script = ['EVAL', '#!lua\nreturn redis.call("SET", KEYS[1], "x")', '1', 'k'];
    await expect(link.send('k', script)).rejects.toBeInstanceOf(StoreRefusesWrites);
    const refusedSinceMs = link.health().writesRefusedSinceMs ?? 0;
    expect(Math.abs(refusedSinceMs - sinceMs)).toBeLessThan(500);
    await pause(1500);
    expect(link.health()).toEqual({ reachable: true, writesRefusedSinceMs: refusedSinceMs });
    await link.send('', ['CONFIG', 'SET', 'maxmemory', '0']);
    await until(() => link.health().writesRefusedSinceMs === null, 2000);
    expect(await link.send('k', ['SET', 'k', 'w'])).toBe('OK');
  });

  it('is told from one that was given a wrong command', async () => {
    await expect(link.send('k', ['SET', 'k'])).rejects.toThrow(/wrong number of arguments/);
    expect(link.health()).toEqual({ reachable: true, writesRefusedSinceMs: null });
  });
});

describe('a Redis that is away at the start', () => {
  it('does not hold the start up, and is used as soon as it is there', async () => {
    await redis.crash();
    const beganMs = performance.now();
    const early = await connectRedis({ url: redis.url, log, clock: systemClock });
    expect(performance.now() - beganMs).toBeLessThan(4000);
    expect(early.health().reachable).toBe(false);
    await expect(early.send('k', ['GET', 'k'])).rejects.toBeInstanceOf(StoreUnavailable);
    await redis.revive();
    await until(() => early.health().reachable, 1000);
    await early.close();
  });
});

describe('a batch', () => {
  it('answers in order, and fails as one', async () => {
    const set = { key: 'a', args: ['SET', 'a', '1'] };
    const get = { key: 'a', args: ['GET', 'a'] };
    expect(await link.sendAll([set, get])).toEqual(['OK', '1']);
    expect(await link.sendAll([])).toEqual([]);
    await expect(link.sendAll([get, { key: 'a', args: ['INCRBY', 'a', 'x'] }])).rejects.toThrow(/not an integer/);
    redis.freeze();
    await expect(link.sendAll([set, get])).rejects.toBeInstanceOf(StoreUnavailable);
    redis.thaw();
  });
});

describe('what is demanded of Redis', () => {
  it('passes when nothing is evicted and something is persisted', async () => {
    await expect(requireDurable(link, log)).resolves.toBeUndefined();
  });

  it('refuses one that would evict sessions', async () => {
    await link.send('', ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru']);
    await expect(requireDurable(link, log)).rejects.toThrow(/allkeys-lru, set it to noeviction/);
  });

  it('refuses one that forgets everything on a restart', async () => {
    await link.send('', ['CONFIG', 'SET', 'save', '']);
    await link.send('', ['CONFIG', 'SET', 'appendonly', 'no']);
    await expect(requireDurable(link, log)).rejects.toThrow(/set appendonly to yes/);
  });

  it('asks INFO where CONFIG is forbidden', async () => {
    await link.send('', ['CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl']);
    await link.send('', ['ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all', '-config']);
    const url = redis.url.replace('unix://', 'unix://app:pw@');
    const app = await connectRedis({ url, log, clock: systemClock });
    await expect(requireDurable(app, log)).rejects.toThrow(/volatile-ttl/);
    await app.close();
  });
});
