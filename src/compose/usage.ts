import type { UserRepository } from '../accounts/user-repository.js';
import { systemClock } from '../kernel/clock.js';
import { Explainer } from '../usage/explainer.js';
import { RefusalHistory } from '../usage/refusal-history.js';
import { UsageHistory } from '../usage/usage-history.js';
import { UsageKeeper } from '../usage/usage-keeper.js';
import type { Ground } from './ground.js';

/** What tells of usage and refusals. */
export type UsageTellers = ReturnType<typeof composeUsage>;

/** Puts those together. */
export function composeUsage({ config, dataSource, log }: Omit<Ground, 'hasher'>, users: UserRepository) {
  return {
    usage: new UsageHistory(dataSource, systemClock),
    refusals: new RefusalHistory(dataSource),
    explainer: new Explainer(dataSource, users),
    keeper: new UsageKeeper({ dataSource, clock: systemClock, log, keepDays: config.HISTORY_RETENTION_DAYS }),
  };
}
