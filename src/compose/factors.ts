import { roleNames } from '../access/roles.js';
import type { CredentialChange } from '../accounts/credential-change.js';
import type { CredentialLetters } from '../accounts/credential-letters.js';
import { ConfigError } from '../config/config.js';
import { ChallengeNotes } from '../factors/challenge-notes.js';
import { EmailCodes } from '../factors/email-codes.js';
import { Enrolment } from '../factors/enrolment.js';
import { FactorRepository } from '../factors/factor-repository.js';
import { FactorRule } from '../factors/factor-rule.js';
import { FactorService } from '../factors/factor-service.js';
import { FactorThrottle } from '../factors/factor-throttle.js';
import { KeyedHash } from '../factors/keyed-hash.js';
import { type Ceremony, ceremonyMs, Passkeys } from '../factors/passkeys.js';
import { RecoveryCodes } from '../factors/recovery-codes.js';
import { SecondFactors } from '../factors/second-factors.js';
import { Totp } from '../factors/totp.js';
import { systemClock } from '../kernel/clock.js';
import { IssuedTokens } from '../platform/issued-tokens.js';
import type { Json } from '../platform/outbox-table.js';
import { Seal } from '../platform/seal.js';
import type { Ground } from './ground.js';
import type { Sessions } from './sessions.js';

/** What second factors need of accounts and sign-in. */
export interface FactorNeeds {
  readonly credentials: Pick<CredentialChange, 'changed'>;
  readonly letters: Pick<CredentialLetters, 'tell'>;
  readonly challenges: Pick<IssuedTokens<Json>, 'find' | 'change'>;
}

/** Puts second factors together. */
export function composeFactors({ config, dataSource }: Ground, sessions: Sessions, needs: FactorNeeds) {
  const { changes, users, mail } = sessions;
  const { credentials, letters } = needs;
  const { PASSWORD_PEPPER: pepper, PUBLIC_URL: publicUrl } = config;
  const clock = systemClock;
  const factors = new FactorRepository(dataSource);
  const rule = new FactorRule(dataSource, config.SECOND_FACTOR_ROLES);
  const throttle = new FactorThrottle(dataSource, clock);
  const notes = new ChallengeNotes({ dataSource, users, challenges: needs.challenges });
  const totp = new Totp({ dataSource, seal: new Seal(pepper), clock, issuer: new URL(publicUrl).hostname });
  const emailCodes = new EmailCodes({ notes, mail, hash: new KeyedHash(pepper, 'e-mailed code'), clock });
  const recoveryCodes = new RecoveryCodes(new KeyedHash(pepper, 'recovery code'));
  const ceremonies = new IssuedTokens<Ceremony>({ dataSource, clock, purpose: 'passkey', lifeMs: ceremonyMs });
  const passkeys = new Passkeys({ dataSource, factors, notes, ceremonies, clock, publicUrl });
  const base = { changes, users, factors, credentials, mail, passkeys };
  return {
    factors: new SecondFactors({
      ...{ factors, rule, throttle, totp, emailCodes, recoveryCodes, passkeys, changes, letters },
    }),
    factorService: new FactorService({ ...base, rule }),
    enrolment: new Enrolment({ ...base, throttle, totp, recoveryCodes, clock }),
  };
}

/** Throws ConfigError when `SECOND_FACTOR_ROLES` names a role there is not: nobody would be asked for anything. */
export function requireKnownRoles({ SECOND_FACTOR_ROLES: names }: Ground['config']): void {
  const unknown = names.filter((name) => !roleNames.some((role) => role === name));
  if (unknown.length === 0) return;
  throw new ConfigError([`SECOND_FACTOR_ROLES: there is no role ${unknown.join(', ')}: ${roleNames.join(', ')} are`]);
}
