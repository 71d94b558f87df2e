import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { sessionStoreContract } from '../support/session-store-contract.js';
import { ownStoreLab, type StoreLab } from '../support/store-lab.js';

describe('the session store on a single Redis', () => {
  let own: Awaited<ReturnType<typeof ownStoreLab>>;
  let lab: StoreLab;

  beforeAll(async () => {
    own = await ownStoreLab();
    lab = own.lab;
  });

  afterAll(() => own.stop());

  for (const [sentence, holds] of Object.entries(sessionStoreContract())) it(sentence, () => holds(lab));
});
