import fc from 'fast-check';
import type { StoreLab } from '../support/store-lab.js';
import { seatCommands } from './seats-commands.js';
import { SeatsHouse } from './seats-house.js';
import { SeatsModel } from './seats-model.js';

/** How the model is run: how many sequences, from which seed, and whether a counterexample is shrunk. */
export interface SeatsRun {
  readonly sequences: number;
  readonly seed: number;
  readonly shrink: boolean;
}

const lanes = 4;

/**
 * Runs random sequences against the store, and compares both sides after every command. Rejects with the counterexample
 * and its seed. Four lanes run side by side, with the seeds `seed`, `seed + 1` …
 */
export async function runSeatsModel(lab: StoreLab, { sequences, seed, shrink }: SeatsRun): Promise<void> {
  const runs = Array.from({ length: lanes }, (_, lane) =>
    fc.assert(
      fc.asyncProperty(fc.commands(seatCommands(), { maxCommands: 30, size: 'max' }), async (commands) => {
        const model = new SeatsModel(lab.times, Date.now());
        const house = new SeatsHouse(lab, lane);
        try {
          await house.begin(model);
          await fc.asyncModelRun(() => ({ model, real: house }), commands);
          await house.finish(model);
        } finally {
          await house.clear(model);
        }
      }),
      { numRuns: Math.ceil(sequences / lanes), seed: seed + lane, endOnFailure: !shrink },
    ),
  );
  await Promise.all(runs);
}
