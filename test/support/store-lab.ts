import { setTimeout as pause } from 'node:timers/promises';
import { type LicenceId, newId } from '../../src/kernel/ids.js';
import type { RedisLink } from '../../src/platform/redis.js';
import { RedisSessionStore } from '../../src/sessions/redis-store.js';
import { type SessionTimes, sessionTimes } from '../../src/sessions/session.js';
import { licenceTag, SessionIds } from '../../src/sessions/session-id.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import type { SeatPolicy, SessionStore } from '../../src/sessions/store.js';
import { House } from './house.js';
import { freezeClock, shiftedClock } from './shifted-clock.js';
import { openLinks } from './store-links.js';
import { freshRedis } from './stores.js';

/** What the contract and the model run on: one store seen by two server processes, each with a link of its own. */
export interface StoreLab {
  readonly store: SessionStore;
  readonly other: SessionStore;
  readonly link: RedisLink;
  readonly ids: SessionIds;
  readonly times: SessionTimes;
}

/** The times of the default settings: an hour idle, a day at most. */
export const labTimes: SessionTimes = sessionTimes({ idleSeconds: 3600, absoluteSeconds: 86_400 });

/** Two Redis stores over two links, with a clock that tests set. `folder` is where the scripts are. */
export function redisLab(links: readonly [RedisLink, RedisLink], folder?: string, times = labTimes): StoreLab {
  const scripts = loadSessionScripts({ includes: shiftedClock, ...(folder === undefined ? {} : { folder }) });
  const storeOn = (link: RedisLink) => new RedisSessionStore({ link, scripts, times, now: () => performance.now() });
  return {
    store: storeOn(links[0]),
    other: storeOn(links[1]),
    link: links[0],
    ids: new SessionIds(['a secret of the tests, long enough']),
    times,
  };
}

/** A licence nobody has used yet, with its policy in place (version 1) and its time standing still. */
export async function newHouse(lab: StoreLab, policy: Partial<SeatPolicy> = {}): Promise<House> {
  const house = new House(lab, licenceTag(newId<LicenceId>()), Date.now());
  await freezeClock(lab.link, house.tag, house.nowMs);
  await house.policy(policy);
  return house;
}

/** Like `newHouse`, with the clock running and no policy yet. */
export function openHouse(lab: StoreLab): House {
  return new House(lab, licenceTag(newId<LicenceId>()), Date.now());
}

let seatlessTurn = 0;

/** One of the 64 seatless tags, emptied. */
export async function newSeatlessHouse(lab: StoreLab): Promise<House> {
  const tag = `s${String(seatlessTurn++ % 64).padStart(2, '0')}`;
  const house = new House(lab, tag, Date.now());
  for (const key of await house.keys()) await lab.link.send(key, ['DEL', key]);
  await freezeClock(lab.link, tag, house.nowMs);
  return house;
}

/** Runs `work` while Redis has no memory left to give for the keys of `house`. */
export async function withoutMemory<T>(house: House, work: () => Promise<T>): Promise<T> {
  const send = (value: string) => house.lab.link.send(house.prefix, ['CONFIG', 'SET', 'maxmemory', value]);
  await send('1');
  try {
    return await work();
  } finally {
    await send('0');
    await pause(600);
  }
}

/** A lab on a Redis of its own, by default a single one, until it is stopped. */
export async function ownStoreLab(
  start: () => Promise<{ url: string; stop(): Promise<void> }> = freshRedis,
): Promise<{ lab: StoreLab; stop(): Promise<void> }> {
  const redis = await start();
  const links = await openLinks(redis.url);
  return {
    lab: redisLab(links.pair),
    async stop() {
      await links.close();
      await redis.stop();
    },
  };
}
