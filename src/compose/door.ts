import { systemClock } from '../kernel/clock.js';
import { UncountedPlaces } from '../licences/uncounted-places.js';
import { HashRenewal } from '../sign-in/hash-renewal.js';
import { KnownBrowsers } from '../sign-in/known-browser.js';
import { Refusals } from '../sign-in/refusals.js';
import { SeatTickets } from '../sign-in/seat-tickets.js';
import { Seating } from '../sign-in/seating.js';
import { SignIn } from '../sign-in/sign-in.js';
import { SignInLog } from '../sign-in/sign-in-log.js';
import type { Ground } from './ground.js';
import type { People } from './people.js';
import type { Sessions } from './sessions.js';

/** What signs people in. */
export type Door = ReturnType<typeof composeSignIn>;

/** Puts the sign-in together. */
export function composeSignIn(
  { config, dataSource, hasher, link, log, metrics }: Ground,
  sessions: Sessions,
  people: People,
) {
  const { store, check, ids, clients, users, licences } = sessions;
  const { throttle, passwords } = people;
  const signIns = new SignInLog(dataSource, log);
  const tickets = new SeatTickets(link, systemClock);
  const refusals = new Refusals(licences, store, log);
  const renewal = new HashRenewal(dataSource, hasher, log);
  const signIn = new SignIn({
    users,
    store,
    check,
    throttle,
    passwords,
    browsers: new KnownBrowsers(config.SESSION_SECRETS),
    clients,
    tickets,
    refusals,
    seating: new Seating({
      store,
      ids,
      clients,
      users,
      licences,
      tickets,
      managers: people.scopes,
      places: new UncountedPlaces(dataSource),
      seatless: config.SEATLESS_SIGN_IN,
    }),
    renewal,
    signIns,
    metrics,
    clock: systemClock,
    log,
  });
  return { signIn, signIns, refusals, renewal };
}
