import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis } from '../../src/platform/redis.js';
import { RedisChannel } from '../../src/platform/redis-channel.js';
import { EventReader } from '../support/event-reader.js';
import type { Guest } from '../support/guest.js';
import { freshRedisCluster } from '../support/stores.js';
import { WholeServer } from '../support/whole-server.js';

const log = createLog({ level: 'silent' });

let server: WholeServer;
let admin: ReturnType<typeof createClient>;
let guest: () => Promise<Guest>;

beforeAll(async () => {
  server = await WholeServer.start();
  const url = new URL(server.stores.REDIS_URL);
  admin = createClient(
    url.protocol === 'unix:' ? { socket: { path: url.pathname, tls: false } } : { url: server.stores.REDIS_URL },
  );
  admin.on('error', () => {});
  await admin.connect();
  const { id } = await server.world.licence({ seats: 10 });
  const account = await server.world.account();
  await server.world.join(id, account);
  guest = () => server.world.enter(account);
}, 60_000);

afterAll(async () => {
  admin?.destroy();
  await server?.stop();
});

/** Staff end the session of a stream. Answers how long the stream went on, in milliseconds. */
async function endedAfter(before: () => Promise<unknown> = async () => {}): Promise<number> {
  const signedIn = await guest();
  const reader = await EventReader.open(server.client.port, '/auth/events', signedIn.headers);
  await reader.until(() => reader.retryMs !== null);
  await before();
  const began = performance.now();
  await server.world.root.must(200, 'DELETE', `/admin/api/sessions/${signedIn.view.session.ref}`);
  await reader.until(() => reader.ended, 8_000);
  expect(reader.named('ended')).toEqual([{ reason: 'ended-by-staff', resumable: false }]);
  return performance.now() - began;
}

describe('what processes tell each other', () => {
  it('is found by looking again when the message was lost, within a few seconds', async () => {
    const ms = await endedAfter(async () => admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']));
    expect(ms).toBeLessThan(4_500);
  });

  it('is heard at once again when the subscription has been replaced', async () => {
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await pause(2_000);
    expect(await endedAfter()).toBeLessThan(1_000);
  });

  it('costs one subscription, however many listen', async () => {
    const signedIn = await guest();
    const readers = await Promise.all(
      [1, 2, 3].map(() => EventReader.open(server.client.port, '/auth/events', signedIn.headers)),
    );
    const reply = await admin.sendCommand(['PUBSUB', 'NUMSUB', 'usher:session-news']);
    expect(reply).toEqual(['usher:session-news', 1]);
    for (const reader of readers) reader.close();
  });
});

describe('a channel of a cluster', () => {
  it('is heard by each process, whichever node it listens to', async () => {
    const cluster = await freshRedisCluster();
    const link = await connectRedis({ url: cluster.url, log, clock: systemClock });
    const heard: string[] = [];
    const channels = [1, 2, 3].map(() => new RedisChannel({ name: 'news', url: cluster.url, link, log }));
    try {
      for (const [i, channel] of channels.entries()) channel.listen((text) => heard.push(`${i} ${text}`));
      const end = performance.now() + 10_000;
      // Nothing is kept for those who do not listen yet.
      while (!['0 x', '1 x', '2 x'].every((one) => heard.includes(one)) && performance.now() < end) {
        channels[0]?.say('x');
        await pause(50);
      }
      expect([...new Set(heard)].sort()).toEqual(['0 x', '1 x', '2 x']);
    } finally {
      await Promise.all(channels.map((channel) => channel.stop()));
      await link.close();
      await cluster.stop();
    }
  }, 60_000);
});
