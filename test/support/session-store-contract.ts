import { closingPromises } from './contract/closing.js';
import { dataPromises } from './contract/data.js';
import { fullHousePromises } from './contract/full-house.js';
import { historyPromises } from './contract/history.js';
import { listingPromises } from './contract/listing.js';
import { openingPromises } from './contract/opening.js';
import { policyPromises } from './contract/policy.js';
import type { Promises } from './contract/promise.js';
import { racingPromises } from './contract/racing.js';
import { readingPromises } from './contract/reading.js';

/**
 * All that the port `SessionStore` promises, as sentences with what shows that they hold. Needs a lab whose clock can be set;
 * nothing of a test runner, so that the mutants are judged by the same promises.
 */
export function sessionStoreContract(): Promises {
  return {
    ...openingPromises,
    ...readingPromises,
    ...dataPromises,
    ...closingPromises,
    ...policyPromises,
    ...listingPromises,
    ...historyPromises,
    ...racingPromises,
    ...fullHousePromises,
  };
}
