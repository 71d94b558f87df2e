import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { Outbox, OutboxHandlers } from '../../src/platform/outbox.js';
import type { Json } from '../../src/platform/outbox-table.js';
import { createDataSource, inTransaction } from '../../src/platform/postgres.js';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { freshDatabase, type TestDatabase } from '../support/stores.js';

let database: TestDatabase;
let dataSource: DataSource;
let applied: Json[];
let failWith: ((payload: Json) => Error | null) | null;
let delayMs: number;
let lag: number;

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.url, schema).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.stop();
});

beforeEach(async () => {
  applied = [];
  failWith = null;
  delayMs = 0;
  lag = -1;
  await dataSource.query('DELETE FROM outbox');
});

function process(keepMs = 60_000): Outbox {
  const handlers = new OutboxHandlers();
  handlers.handle('note', async (payload) => {
    if (delayMs > 0) await pause(delayMs);
    const error = failWith?.(payload);
    if (error) throw error;
    applied.push(payload);
  });
  const metrics = {
    outboxLag(seconds: number) {
      lag = seconds;
    },
  };
  const log = createLog({ level: 'silent' });
  return new Outbox({ dataSource, handlers, log, clock: systemClock, metrics, keepMs });
}

const enqueue = (outbox: Outbox, key: string, ...payloads: Json[]) =>
  inTransaction(dataSource, async (tx) => {
    for (const payload of payloads) await outbox.enqueue(tx, { kind: 'note', key, payload });
  });
const waiting = async () =>
  (await dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM outbox WHERE applied_at IS NULL'))[0]?.n;

async function until(condition: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await pause(20);
  }
}

describe('the outbox', () => {
  it('applies what waits for a key at once, in order, and nothing of other keys', async () => {
    const outbox = process();
    await enqueue(outbox, 'a', 1, 2, 3);
    await enqueue(outbox, 'b', 4);
    expect(await outbox.flush(['a'])).toBe('applied');
    expect(applied).toEqual([1, 2, 3]);
    expect(await waiting()).toBe(1);
  });

  it('keeps nothing of a change that was rolled back', async () => {
    const outbox = process();
    const work = inTransaction(dataSource, async (tx) => {
      await outbox.enqueue(tx, { kind: 'note', key: 'a', payload: 1 });
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await waiting()).toBe(0);
  });

  it('answers pending when the store is away, and the worker applies it soon after it is back', async () => {
    const outbox = process();
    failWith = () => new StoreUnavailable('redis');
    await enqueue(outbox, 'a', 1, 2);
    expect(await outbox.flush(['a'])).toBe('pending');
    outbox.start();
    await pause(700);
    expect(applied).toEqual([]);
    expect(lag).toBeGreaterThan(0.2);
    failWith = null;
    const back = performance.now();
    await until(async () => (await waiting()) === 0);
    expect(performance.now() - back).toBeLessThan(2000);
    expect(applied).toEqual([1, 2]);
    await outbox.stop();
  });

  it('holds back what follows an entry that fails, and lets other keys pass', async () => {
    const outbox = process();
    failWith = (payload) => (payload === 1 ? new Error('a bug') : null);
    await enqueue(outbox, 'a', 1, 2);
    await enqueue(outbox, 'b', 3);
    expect(await outbox.flush(['a', 'b'])).toBe('pending');
    expect(applied).toEqual([3]);
    const [row] = await dataSource.query<{ attempts: number; last_error: string }[]>(
      'SELECT attempts, last_error FROM outbox WHERE payload = $1',
      [1],
    );
    expect(row).toEqual({ attempts: 1, last_error: 'Error: a bug' });
  });

  it('waits for what another process is applying for the same key, so that the order holds', async () => {
    const [one, other] = [process(), process()];
    await enqueue(one, 'a', 1);
    delayMs = 300;
    const first = one.flush(['a']);
    await pause(100);
    await enqueue(other, 'a', 2);
    delayMs = 0;
    expect(await other.flush(['a'])).toBe('applied');
    expect(await first).toBe('applied');
    expect(applied).toEqual([1, 2]);
  });

  it('answers pending instead of waiting longer than a second for another process', async () => {
    const [one, other] = [process(), process()];
    await enqueue(one, 'a', 1);
    delayMs = 3000;
    const first = one.flush(['a']);
    await pause(50);
    const began = performance.now();
    expect(await other.flush(['a'])).toBe('pending');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await first).toBe('applied');
    expect(applied).toEqual([1]);
  });

  it('applies each entry of many keys once and in order, however many workers run', async () => {
    const workers = [process(), process(), process()];
    for (let i = 0; i < 30; i += 1) await enqueue(workers[0] as Outbox, `key ${i % 6}`, { key: i % 6, i });
    delayMs = 5;
    for (const worker of workers) worker.start();
    await until(async () => (await waiting()) === 0);
    for (const worker of workers) await worker.stop();
    expect(applied).toHaveLength(30);
    for (let key = 0; key < 6; key += 1) {
      const order = (applied as { key: number; i: number }[]).filter((one) => one.key === key).map((one) => one.i);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  it('replays what was applied since a moment, in order, through other handlers', async () => {
    const outbox = process();
    await enqueue(outbox, 'a', 1);
    await outbox.flush(['a']);
    await pause(5);
    const since = Date.now();
    await enqueue(outbox, 'a', 2);
    await enqueue(outbox, 'b', 3);
    await outbox.flush(['a', 'b']);
    const again: Json[] = [];
    const handlers = new OutboxHandlers();
    handlers.handle('note', async (payload) => void again.push(payload));
    await outbox.replay(since, handlers);
    expect(again).toEqual([2, 3]);
  });

  it('forgets applied entries when their time is over, and never one that waits', async () => {
    const outbox = process(0);
    failWith = (payload) => (payload === 2 ? new Error('a bug') : null);
    await enqueue(outbox, 'a', 1);
    await enqueue(outbox, 'b', 2);
    await outbox.flush(['a', 'b']);
    outbox.start();
    await until(async () => (await dataSource.query<unknown[]>('SELECT 1 FROM outbox')).length === 1);
    await outbox.stop();
    expect(await waiting()).toBe(1);
  });
});
