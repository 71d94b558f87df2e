import type { AsyncCommand } from 'fast-check';
import type { SeatsHouse } from './seats-house.js';
import type { ModelSession, SeatsModel } from './seats-model.js';

/** One command of the model: done to both sides, after which both are compared. */
export type Step = AsyncCommand<SeatsModel, SeatsHouse>;

/** A step that concerns one tag. */
export function step(name: string, tag: number, act: (model: SeatsModel, house: SeatsHouse) => Promise<void>): Step {
  return {
    check: () => true,
    run: async (model, house) => {
      await act(model, house);
      await house.compare(model, tag);
    },
    toString: () => name,
  };
}

/** A step that concerns the session which `choice` stands for; left out while there is none. */
export function onSession(
  name: string,
  choice: number,
  act: (model: SeatsModel, house: SeatsHouse, session: ModelSession) => Promise<void>,
): Step {
  return {
    check: (model) => model.pick(choice) !== undefined,
    run: async (model, house) => {
      const session = model.pick(choice);
      if (session === undefined) return;
      await act(model, house, session);
      await house.compare(model, session.tag);
    },
    toString: () => name,
  };
}
