import fc from 'fast-check';
import type { StoreLab } from '../support/store-lab.js';
import { seatCommands } from './seats-commands.js';
import { SeatsHouse } from './seats-house.js';
import { SeatsModel } from './seats-model.js';
import type { Step } from './seats-step.js';

/** How the model is run: how many sequences, from which seed, and whether a counterexample is shrunk. */
export interface SeatsRun {
  readonly sequences: number;
  readonly seed: number;
  readonly shrink: boolean;
}

/** How many sequences were begun; what differed, with the counterexample and its seed, or null when both sides agreed. */
export interface SeatsVerdict {
  readonly begun: number;
  readonly counterexample: string | null;
}

const lanes = 16;

/**
 * Runs random sequences against the store, and compares both sides after every command. Sixteen lanes run side by side, with
 * the seeds `seed`, `seed + 1` …; when one finds a counterexample the others stop.
 */
export async function runSeatsModel(lab: StoreLab, { sequences, seed, shrink }: SeatsRun): Promise<SeatsVerdict> {
  let begun = 0;
  let failing: number | null = null;

  const play = async (lane: number, commands: Iterable<Step>): Promise<void> => {
    if (failing !== null && failing !== lane) return;
    if (failing === null) begun += 1;
    const model = new SeatsModel(lab.times, Date.now());
    const house = new SeatsHouse(lab, lane);
    try {
      await house.begin(model);
      await fc.asyncModelRun(() => ({ model, real: house }), commands);
      await house.finish(model);
    } catch (error) {
      failing ??= lane;
      throw error;
    } finally {
      await house.clear(model);
    }
  };

  const run = async (lane: number): Promise<string | null> => {
    const arbitrary = fc.commands(seatCommands(), { maxCommands: 30, size: 'max' });
    const property = fc.asyncProperty(arbitrary, (commands) => play(lane, commands));
    const options = { numRuns: Math.ceil(sequences / lanes), seed: seed + lane, endOnFailure: !shrink };
    const found = await fc.check(property, options);
    if (!found.failed) return null;
    const { errorInstance: error } = found;
    return `${error instanceof Error ? error.message : String(error)}\n${fc.defaultReportMessage(found) ?? ''}`;
  };

  const reports = await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return { begun, counterexample: reports[failing ?? 0] ?? null };
}
