import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { sessionStoreContract } from '../support/session-store-contract.js';
import { ownStoreLab, type StoreLab } from '../support/store-lab.js';
import { freshRedisCluster } from '../support/stores.js';

describe('the session store on a Redis Cluster of three masters', () => {
  let own: Awaited<ReturnType<typeof ownStoreLab>>;
  let lab: StoreLab;

  beforeAll(async () => {
    own = await ownStoreLab(freshRedisCluster);
    lab = own.lab;
  });

  afterAll(() => own.stop());

  for (const [sentence, holds] of Object.entries(sessionStoreContract())) it(sentence, () => holds(lab));
});
