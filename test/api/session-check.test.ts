import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionCheck } from '../../src/sessions/check.js';
import { ClientReader } from '../../src/sessions/client.js';
import { openHouse, redisLab, type StoreLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: StoreLab;

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  lab = redisLab(links.pair);
});

afterAll(async () => {
  await links.close();
  await redis.stop();
});

describe('a check that has to fetch the policy first', () => {
  it('knows another client although the right one asks meanwhile with the same cookie', async () => {
    const house = openHouse(lab);
    await house.policy({});
    const clients = new ClientReader('exact');
    const guest = await house.sit({ fingerprint: clients.fingerprint('home') });
    await lab.link.send(house.prefix, ['DEL', `${house.prefix}:policy`]);
    const policy = { version: 1, seats: 2, state: 'active', validFromMs: null, validToMs: null } as const;
    const ask = (userAgent: string) =>
      check.check({ authorization: undefined, cookie: `sid=s:${guest.issued.signed}`, userAgent, background: false });
    const kinds: string[] = [];
    let asked = 0;
    const check: SessionCheck = new SessionCheck({
      ids: lab.ids,
      store: lab.store,
      clients,
      cookieName: 'sid',
      loadPolicy: async () => {
        asked += 1;
        if (asked === 1) kinds.push((await ask('home')).kind);
        return policy;
      },
    });
    kinds.push((await ask('elsewhere')).kind);
    expect(kinds).toEqual(['live', 'other-client']);
    expect(await ask('home')).toEqual({ kind: 'ended', reason: 'user-agent', message: null });
  });
});
