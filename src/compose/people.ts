import { AccountService } from '../accounts/account-service.js';
import { CredentialChange, type PresentPasswordCheck } from '../accounts/credential-change.js';
import { CredentialLetters } from '../accounts/credential-letters.js';
import { FirstAdmin } from '../accounts/first-admin.js';
import { identifierKey } from '../accounts/identifier.js';
import { InvitationRepository } from '../accounts/invitation-repository.js';
import { InvitationService } from '../accounts/invitation-service.js';
import { systemClock } from '../kernel/clock.js';
import { AppointmentEndings } from '../licences/appointment-endings.js';
import { AppointmentRepository } from '../licences/appointment-repository.js';
import { AppointmentService } from '../licences/appointment-service.js';
import { LicenceService } from '../licences/licence-service.js';
import { OwnerService } from '../licences/owner-service.js';
import { PasswordCheck } from '../sign-in/password-check.js';
import { SignInThrottle, throttleScripts } from '../sign-in/throttle.js';
import { MemberUse } from '../usage/member-figures.js';
import { PolicyForesight } from '../usage/policy-foresight.js';
import { composeFactors } from './factors.js';
import type { Ground } from './ground.js';
import { composePasswords } from './passwords.js';
import type { Sessions } from './sessions.js';
import { composeTokens } from './tokens.js';

/** The services of accounts, owners, licences and members. */
export type People = ReturnType<typeof composePeople>;

/** Puts those services together. */
export function composePeople(ground: Ground, sessions: Sessions) {
  const { config, dataSource } = ground;
  const { changes, users, members, licences: repository } = sessions;
  const proof = composeCredentials(ground, sessions);
  const { credentials, newPasswords, letters, tokens } = proof;
  const accounts = new AccountService({ changes, users, members, credentials, hasher: newPasswords });
  const firstAdmin = new FirstAdmin({ changes, users, accounts, tokens: tokens.setUp, hasher: newPasswords });
  const scopes = new AppointmentRepository(dataSource, identifierKey);
  const seatless = config.SEATLESS_SIGN_IN;
  const endings = new AppointmentEndings({ appointments: scopes, accounts: users, seatless });
  const appointments = new AppointmentService({ dataSource, changes, appointments: scopes, accounts: users, endings });
  const owners = new OwnerService(dataSource, changes, endings);
  const licences = new LicenceService(repository, changes, endings, sessions.mail);
  const invitations = new InvitationService({
    invitations: new InvitationRepository(dataSource),
    tokens: tokens.invitations,
    changes,
    licences: repository,
    members,
    accounts,
    hasher: newPasswords,
    mail: sessions.mail,
    publicUrl: config.PUBLIC_URL,
    clock: systemClock,
  });
  return {
    accounts,
    firstAdmin,
    owners,
    licences,
    members,
    invitations,
    appointments,
    scopes,
    memberUse: new MemberUse(dataSource, sessions.service),
    foresight: new PolicyForesight(dataSource, sessions.service, sessions.store),
    ...proof,
    ...composeFactors(ground, sessions, { credentials, letters, challenges: tokens.challenges }),
  };
}

/** What changes credentials, and tells whether they are right. */
function composeCredentials({ config, dataSource, link, hasher }: Ground, sessions: Sessions) {
  const { changes, users, members } = sessions;
  const tokens = composeTokens(dataSource);
  const throttle = new SignInThrottle(link, config.PASSWORD_PEPPER, throttleScripts(), {
    account: config.THROTTLE_ACCOUNT,
    browser: config.THROTTLE_ACCOUNT,
    address: config.THROTTLE_ADDRESS,
  });
  const passwords = new PasswordCheck(throttle, hasher);
  const { passwordRules, newPasswords } = composePasswords({ config, dataSource, hasher });
  // In a live session: it counts for itself, so that guesses of strangers keep nobody from the own account.
  const isPresent: PresentPasswordCheck = ({ session }, password, stored) =>
    passwords.check([throttle.browserBucket(`session ${session.ref}`)], password, stored, false);
  const letters = new CredentialLetters({
    mail: sessions.mail,
    notMe: tokens.notMe,
    clients: sessions.clients,
    publicUrl: config.PUBLIC_URL,
  });
  const credentials = new CredentialChange({
    changes,
    users,
    members,
    hasher: newPasswords,
    checkPresent: isPresent,
    letters,
    outstanding: tokens.outstanding,
  });
  return { throttle, passwords, passwordRules, newPasswords, isPresent, letters, credentials, tokens };
}
