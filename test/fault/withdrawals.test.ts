import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis, type RedisLink } from '../../src/platform/redis.js';
import { StoreRefusesWrites, StoreUnavailable } from '../../src/platform/unavailable.js';
import type { SessionStore } from '../../src/sessions/store.js';
import { Withdrawals } from '../../src/sign-in/withdrawals.js';
import type { House } from '../support/house.js';
import { until } from '../support/pace.js';
import { openHouse, redisLab } from '../support/store-lab.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

const log = createLog({ level: 'silent' });
let redis: RedisServer;
let links: RedisLink[];
let house: House;
let withdrawals: Withdrawals;
let tries: number;
let nowMs: number | null;

/** A licence of one seat, behind a link with the deadline of the product; and who looks on has all the time in the world. */
beforeEach(async () => {
  redis = await freshRedis();
  const linked = (deadlineMs?: number) => connectRedis({ url: redis.url, log, clock: systemClock, deadlineMs });
  const [hasty, patient] = [await linked(), await linked(10_000)];
  links = [hasty, patient];
  const lab = redisLab([hasty, patient]);
  house = openHouse(lab);
  await house.policy({ seats: 1 });
  // A server has its scripts in Redis before it lets anybody in.
  await openHouse(lab).hold();
  tries = 0;
  nowMs = null;
  const close: SessionStore['close'] = (...words) => {
    tries += 1;
    return lab.store.close(...words);
  };
  withdrawals = new Withdrawals({ store: { close }, now: () => nowMs ?? performance.now(), log });
});

afterEach(async () => {
  await withdrawals.settled();
  await Promise.all(links.map((link) => link.close()));
  await redis.stop();
});

function enter(): Promise<unknown> {
  const opening = house.opening();
  return withdrawals.unlessAnswered(opening.issued, house.lab.store.open(opening));
}

/** Whether somebody was admitted of whom nobody knows, and released again, and nothing else happened. */
async function isOver(): Promise<boolean> {
  if (links[1]?.health().reachable !== true) return false;
  const { events } = await house.lab.other.events(house.tag, 100);
  return events.map(({ kind, reason }) => `${kind} ${reason ?? ''}`.trim()).join() === 'admitted,released unclaimed';
}

describe('an opening that Redis does not answer in time and carries out later', () => {
  it('takes no seat for longer than a moment when Redis had been frozen, and its connection given up', async () => {
    redis.freeze();
    await expect(enter()).rejects.toBeInstanceOf(StoreUnavailable);
    await pause(1_500);
    redis.thaw();
    await until('the seat is free again', 5_000, isOver);
    expect((await house.lab.other.seats(house.tag)).used).toBe(0);
    await until('the link is back', 5_000, async () => links[0]?.health().reachable === true);
    await house.sit();
  }, 20_000);

  it('takes no seat for longer than a moment when Redis had paused', async () => {
    // Too short for the link to be given up, with which the opening would be lost.
    await links[1]?.send('k', ['CLIENT', 'PAUSE', '600', 'ALL']);
    await expect(enter()).rejects.toBeInstanceOf(StoreUnavailable);
    await until('the seat is free again', 5_000, isOver);
  }, 20_000);

  it('is withdrawn also when it arrives after the first withdrawals, as one in a broken connection may', async () => {
    const opening = house.opening();
    withdrawals.withdraw(opening.issued);
    await until('it has been tried', 5_000, async () => tries > 2);
    await house.lab.other.open(opening);
    await until('the seat is free again', 5_000, isOver);
  }, 20_000);

  it('is not waited for any more when nothing can arrive', async () => {
    nowMs = 0;
    withdrawals.withdraw(house.opening().issued);
    await until('it has been tried', 5_000, async () => tries > 2);
    nowMs = 3_000;
    await until('it is tried for the last time', 5_000, async () => {
      const before = tries;
      await pause(600);
      return tries === before;
    });
    await withdrawals.settled();
    const before = tries;
    await pause(300);
    expect(tries).toBe(before);
  }, 20_000);

  it('is withdrawn once more when the server stops', async () => {
    await links[1]?.send('k', ['CLIENT', 'PAUSE', '500', 'ALL']);
    await expect(enter()).rejects.toBeInstanceOf(StoreUnavailable);
    await pause(300);
    await withdrawals.settled();
    await until('the seat is free again', 1_000, isOver);
  }, 20_000);
});

describe('nothing is withdrawn', () => {
  it('of who was let in or refused', async () => {
    expect(await enter()).toMatchObject({ kind: 'opened' });
    expect(await enter()).toMatchObject({ kind: 'full', used: 1 });
    await pause(300);
    expect([tries, (await house.lab.other.seats(house.tag)).used]).toEqual([0, 1]);
  });

  it('when Redis said that it would not write', async () => {
    const send = (value: string) => links[1]?.send('k', ['CONFIG', 'SET', 'maxmemory', value]);
    await send('1');
    await expect(enter()).rejects.toBeInstanceOf(StoreRefusesWrites);
    await pause(300);
    await send('0');
    expect(tries).toBe(0);
  });
});
