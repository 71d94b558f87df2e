import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { sessionStoreContract } from '../support/session-store-contract.js';
import { redisLab, type StoreLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

describe('the session store on a single Redis', () => {
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

  for (const [sentence, holds] of Object.entries(sessionStoreContract())) it(sentence, () => holds(lab));
});
