import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { ownStoreLab } from '../support/store-lab.js';
import { mutants, seedFault } from './mutant-list.js';
import { runSeatsModel } from './seats-property.js';

/** `USHER_SEED` replays a run; `USHER_LONG` makes it twenty times longer. */
const seed = Number(process.env['USHER_SEED'] ?? Date.now() % 1_000_000_000);
const sequences = process.env['USHER_LONG'] === undefined ? 5000 : 100_000;

describe('the model of the seats', () => {
  let own: Awaited<ReturnType<typeof ownStoreLab>>;

  beforeAll(async () => {
    own = await ownStoreLab();
  });

  afterAll(() => own.stop());

  it(`agrees with the store after every command of ${sequences} sequences (USHER_SEED=${seed})`, async () => {
    const verdict = await runSeatsModel(own.lab, { sequences, seed, shrink: true });
    assert.equal(verdict.counterexample, null, verdict.counterexample ?? '');
    const left = (await own.lab.link.send('', ['KEYS', '{*'])) as string[];
    assert.deepEqual(left, [], 'a sequence leaves no key behind but those the model knows');
  }, 1_800_000);

  it('is judged by faults that still fit the scripts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'usher-faults-'));
    try {
      for (const [index, mutant] of mutants.entries()) await seedFault(mutant, join(folder, String(index)));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
