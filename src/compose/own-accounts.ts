import type { RoutePermission } from '../access/permissions.js';
import { StepUpGuard } from '../access/step-up-guard.js';
import { accountAnswers } from '../accounts/account-answers.js';
import { AccountLetters } from '../accounts/account-letters.js';
import { AccountRequests } from '../accounts/account-requests.js';
import { Departures } from '../accounts/departures.js';
import { LetterLimits } from '../accounts/letter-limits.js';
import { OwnAccount, type PersonLimit } from '../accounts/own-account.js';
import { ownAccountRoutes } from '../accounts/own-account-routes.js';
import { Recovery } from '../accounts/recovery.js';
import { recoveryRoutes } from '../accounts/recovery-routes.js';
import { Registration, type RequestLimit } from '../accounts/registration.js';
import { registrationRoutes } from '../accounts/registration-routes.js';
import { resetRoutes } from '../admin/user-routes.js';
import { systemClock } from '../kernel/clock.js';
import { Problem } from '../kernel/problem.js';
import type { Route } from '../kernel/route.js';
import { type Bucket, SignInThrottle, throttleScripts } from '../sign-in/throttle.js';
import type { Door } from './door.js';
import type { Ground } from './ground.js';
import type { People } from './people.js';
import type { Sessions } from './sessions.js';

/** What people do with accounts of their own, and how they get back to them. */
export type OwnAccounts = ReturnType<typeof composeOwnAccounts>;

/** Puts that together. `requests` and `departures` work in the background once they are started. */
export function composeOwnAccounts(ground: Ground, sessions: Sessions, people: People, door: Door) {
  const { config, dataSource, log } = ground;
  const { changes, users, mail } = sessions;
  const { accounts, credentials, tokens: links, newPasswords: hasher } = people;
  const clock = systemClock;
  const publicUrl = config.PUBLIC_URL;
  const { throttle } = people;
  const limits = new LetterLimits((address) => throttle.addressBucket(address).name);
  const letters = new AccountLetters({
    ...{ mail, links, limits, publicUrl },
    credentials: people.letters,
  });
  const answers = accountAnswers(users, letters, links);
  const requests = new AccountRequests({ dataSource, changes, clock, log, answers });
  const { limit, personLimit } = limitsOf(ground);
  const given = { changes, users, accounts, credentials, hasher, requests, letters, links, mail, limit };
  const stepUps = new StepUpGuard(clock, (userId) => door.stepUp.methodsOf(userId));
  const departures = new Departures({ dataSource, changes, users, endings: accounts.endings, clock, log });
  return {
    registration: new Registration({ ...given, comparer: ground.hasher, policy: config.REGISTRATION }),
    recovery: new Recovery({
      ...{ ...given, endings: accounts.endings, notMe: links.notMe },
      dropFactorsSince: (change, userId, since) => people.factorService.dropSince(change, userId, since),
    }),
    ownAccount: new OwnAccount({ ...given, limit: personLimit, stepUps, graceDays: config.ACCOUNT_DELETION_DAYS }),
    requests,
    departures,
  };
}

/** Their routes, and the one by which staff have somebody choose a new password. */
export function ownAccountRoutesOf({ registration, recovery, ownAccount }: OwnAccounts): Route<RoutePermission>[] {
  return [
    ...registrationRoutes(registration),
    ...recoveryRoutes(recovery),
    ...ownAccountRoutes(ownAccount),
    ...resetRoutes(recovery),
  ];
}

/**
 * As many requests from one address as wrong passwords, and as many changes of address by one person as wrong passwords for
 * one account, each counted apart: none of them uses the others up.
 */
function limitsOf({ link, config }: Ground): { limit: RequestLimit; personLimit: PersonLimit } {
  const { PASSWORD_PEPPER, THROTTLE_ACCOUNT: account, THROTTLE_ADDRESS: address } = config;
  const limits = { account, browser: account, address };
  const throttle = new SignInThrottle(link, `${PASSWORD_PEPPER} requests`, throttleScripts(), limits);
  return {
    limit: (caller) => counted(throttle, throttle.addressBucket(caller.address)),
    personLimit: (userId) => counted(throttle, throttle.accountBucket(userId)),
  };
}

async function counted(throttle: SignInThrottle, bucket: Bucket): Promise<void> {
  const [buckets, request] = [[bucket], throttle.newGuess()];
  const admission = await throttle.reserve(buckets, request);
  if (admission.kind === 'held') {
    await throttle.settle(buckets, request, 'wrong');
    return;
  }
  const retryAfterSeconds = admission.kind === 'refused' ? admission.retryAfterSeconds : 1;
  throw new Problem('too-many-attempts', { retryAfterSeconds });
}
