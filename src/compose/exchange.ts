import { systemClock } from '../kernel/clock.js';
import { Seal } from '../platform/seal.js';
import { Assertions } from '../tokens/assertions.js';
import { SigningKeys } from '../tokens/signing-keys.js';
import type { Ground } from './ground.js';

/** What sessions are exchanged for tokens with. */
export type Exchange = ReturnType<typeof composeExchange>;

/** Puts together what signs. Nothing is signed before the keys have been started. */
export function composeExchange({ config, dataSource, log }: Omit<Ground, 'hasher'>) {
  const seal = new Seal(config.PASSWORD_PEPPER);
  const keys = new SigningKeys({ dataSource, seal, clock: systemClock, log, keyDays: config.TOKEN_KEY_DAYS });
  const assertions = new Assertions(keys, config.PUBLIC_URL, systemClock);
  return { keys, assertions };
}
