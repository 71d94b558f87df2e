import type { RoutePermission } from '../access/permissions.js';
import { staffTokenRoutes } from '../admin/token-routes.js';
import { systemClock } from '../kernel/clock.js';
import { Pace } from '../kernel/pace.js';
import type { Route } from '../kernel/route.js';
import { Seal } from '../platform/seal.js';
import { Assertions } from '../tokens/assertions.js';
import { Audiences } from '../tokens/audiences.js';
import { tokenRoutes } from '../tokens/routes.js';
import { SigningKeys } from '../tokens/signing-keys.js';
import { TokenRecords } from '../tokens/token-records.js';
import { TokenService, tokensPerMinute } from '../tokens/token-service.js';
import type { Ground } from './ground.js';
import type { Sessions } from './sessions.js';

/** What sessions are exchanged for tokens with. */
export type Exchange = ReturnType<typeof composeExchange>;

/** Puts that together. Nothing is signed before the keys have been started. */
export function composeExchange(
  { config, dataSource, log }: Omit<Ground, 'hasher'>,
  { store, changes }: Pick<Sessions, 'store' | 'changes'>,
) {
  const seal = new Seal(config.PASSWORD_PEPPER);
  const issuer = config.PUBLIC_URL;
  const keys = new SigningKeys({ dataSource, seal, clock: systemClock, log, keyDays: config.TOKEN_KEY_DAYS });
  const assertions = new Assertions(keys, issuer, systemClock);
  const records = new TokenRecords(dataSource, systemClock, log);
  const audiences = new Audiences(config.TOKEN_AUDIENCES);
  const tokens = new TokenService({
    ...{ keys, records, audiences, changes, issuer },
    pace: new Pace(systemClock, tokensPerMinute),
    sessions: store,
    clock: systemClock,
  });
  return { keys, assertions, records, audiences, tokens };
}

/** The routes of tokens. */
export function exchangeRoutesOf(exchange: Exchange): Route<RoutePermission>[] {
  return [...tokenRoutes(exchange), ...staffTokenRoutes(exchange)];
}
