import { BrowserLetters } from '../accounts/browser-letters.js';
import { RememberedBrowsers } from '../accounts/remembered-browsers.js';
import { systemClock } from '../kernel/clock.js';
import type { Ground } from './ground.js';
import type { People } from './people.js';
import type { Sessions } from './sessions.js';

/** What knows the browsers that may come back without a password, and tells people of them. */
export type Remembering = ReturnType<typeof composeRemembered>;

/** Puts that together. */
export function composeRemembered({ config }: Ground, sessions: Sessions, { tokens }: People) {
  const { changes, users, clients, mail, memories } = sessions;
  const letters = new BrowserLetters({ mail, notMe: tokens.notMe, clients, publicUrl: config.PUBLIC_URL });
  const remembered = new RememberedBrowsers({
    ...{ changes, users, clients, letters, clock: systemClock },
    tokens: memories,
  });
  return { letters, remembered };
}
