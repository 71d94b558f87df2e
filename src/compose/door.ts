import { monotonicMs, systemClock } from '../kernel/clock.js';
import { Pace } from '../kernel/pace.js';
import { UncountedPlaces } from '../licences/uncounted-places.js';
import { Rotation } from '../sessions/rotation.js';
import { Attempts } from '../sign-in/attempts.js';
import { BrowserWelcome } from '../sign-in/browser-welcome.js';
import { Challenges } from '../sign-in/challenges.js';
import { Entrance } from '../sign-in/entrance.js';
import { HashRenewal } from '../sign-in/hash-renewal.js';
import { KnownBrowsers } from '../sign-in/known-browser.js';
import { NewBrowserNotice } from '../sign-in/new-browser.js';
import { PasskeySignIn, passkeysPerMinute } from '../sign-in/passkey-sign-in.js';
import { Refusals } from '../sign-in/refusals.js';
import { Resume } from '../sign-in/resume.js';
import { SeatTickets } from '../sign-in/seat-tickets.js';
import { Seating, type SeatingParts } from '../sign-in/seating.js';
import { SecondFactorStep } from '../sign-in/second-factor-step.js';
import { SignIn } from '../sign-in/sign-in.js';
import { SignInLog } from '../sign-in/sign-in-log.js';
import { StepUp } from '../sign-in/step-up.js';
import { Withdrawals } from '../sign-in/withdrawals.js';
import type { Ground } from './ground.js';
import type { People } from './people.js';
import { composeRemembered } from './remembered.js';
import type { Sessions } from './sessions.js';

/** What signs people in. */
export type Door = ReturnType<typeof composeSignIn>;

/** Puts the sign-in together. */
export function composeSignIn(ground: Ground, sessions: Sessions, people: People) {
  const { dataSource, hasher, log, metrics } = ground;
  const { store, check, ids, clients, users, licences } = sessions;
  const { throttle, passwords, factors } = people;
  const signIns = new SignInLog(dataSource, log);
  const refusals = new Refusals(licences, store, log);
  const renewal = new HashRenewal(dataSource, hasher, log);
  const tickets = new SeatTickets(people.tokens.tickets, systemClock);
  const browsers = new KnownBrowsers(ground.config.SESSION_SECRETS);
  const attempts = new Attempts({ refusals, signIns, metrics, clock: systemClock });
  const withdrawals = new Withdrawals({ store, now: monotonicMs, log });
  const seating = composeSeating(ground, sessions, people, { tickets, withdrawals });
  const { remembered, letters } = composeRemembered(ground, sessions, people);
  const notice = new NewBrowserNotice({
    ...{ dataSource, browsers, signIns, letters, mail: sessions.mail, clock: systemClock, log },
  });
  const welcome = new BrowserWelcome(remembered, notice);
  const entrance = new Entrance({ store, check, seating, withdrawals, browsers, welcome, log });
  const challenges = new Challenges(people.tokens.challenges);
  const secondFactors = new SecondFactorStep({ users, clients, challenges, factors, attempts, entrance });
  const pace = new Pace(systemClock, passkeysPerMinute);
  const passkeys = new PasskeySignIn({ users, factors, throttle, pace, attempts, entrance });
  const signIn = new SignIn({
    ...{ users, clients, tickets, throttle, passwords, browsers, renewal, attempts, entrance, secondFactors },
  });
  const rotation = new Rotation(ids, store);
  const stepUp = new StepUp({
    ...{ users, factors, check, step: secondFactors, clock: systemClock },
    rotation,
    isPresent: people.isPresent,
  });
  const resume = new Resume({
    ...{ users, check, remembered, endings: sessions.endings, ids, store, attempts, entrance, secondFactors, log },
  });
  const written = [signIns, refusals, renewal, notice, withdrawals];
  return { signIn, signIns, seating, written, secondFactors, passkeys, stepUp, rotation, resume, remembered };
}

function composeSeating(
  { config, dataSource }: Ground,
  { store, ids, clients, users, licences }: Sessions,
  people: People,
  parts: Pick<SeatingParts, 'tickets' | 'withdrawals'>,
) {
  return new Seating({
    ...{ store, ids, clients, users, licences, ...parts },
    managers: people.scopes,
    places: new UncountedPlaces(dataSource),
    seatless: config.SEATLESS_SIGN_IN,
  });
}
