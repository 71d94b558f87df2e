import assert from 'node:assert/strict';
import { CredentialChange } from '../../src/accounts/credential-change.js';
import { CredentialLetters } from '../../src/accounts/credential-letters.js';
import type { SignInUser } from '../../src/accounts/user-repository.js';
import { Changes } from '../../src/audit/changes.js';
import { ChallengeNotes } from '../../src/factors/challenge-notes.js';
import { EmailCodes } from '../../src/factors/email-codes.js';
import { Enrolment } from '../../src/factors/enrolment.js';
import { FactorRepository } from '../../src/factors/factor-repository.js';
import { FactorRule } from '../../src/factors/factor-rule.js';
import { FactorService } from '../../src/factors/factor-service.js';
import { FactorThrottle } from '../../src/factors/factor-throttle.js';
import { KeyedHash } from '../../src/factors/keyed-hash.js';
import { type Ceremony, ceremonyMs, Passkeys } from '../../src/factors/passkeys.js';
import { RecoveryCodes } from '../../src/factors/recovery-codes.js';
import { type FactorAnswer, SecondFactors } from '../../src/factors/second-factors.js';
import { Totp } from '../../src/factors/totp.js';
import type { Actor } from '../../src/kernel/actor.js';
import type { Clock } from '../../src/kernel/clock.js';
import type { LicenceId, UserId } from '../../src/kernel/ids.js';
import { MailOutbox } from '../../src/mail/mail-outbox.js';
import { IssuedTokens, type TokenPurpose } from '../../src/platform/issued-tokens.js';
import { folderMailer } from '../../src/platform/mailer.js';
import type { Json } from '../../src/platform/outbox-table.js';
import { Seal } from '../../src/platform/seal.js';
import { ClientReader } from '../../src/sessions/client.js';
import { codeAt } from './authenticator-app.js';
import { DomainLab } from './domain-lab.js';
import { Letters } from './letters.js';

const pepper = 'a pepper of the tests that is long enough for a key';

/** Where people see the server of this lab. */
export const publicUrl = 'http://localhost:3000';

/** A sign-in that waits, as its owner knows it. */
export type Waiting = { readonly id: string; readonly secret: string };

/** Second factors on real stores, with a clock the test moves. Roles `admin` must have one. */
export class FactorsLab {
  aheadMs = 0;
  readonly clock: Clock = { nowMs: () => Date.now() + this.aheadMs };
  readonly factors: SecondFactors;
  readonly enrolment: Enrolment;
  readonly service: FactorService;
  readonly challenges: IssuedTokens<Json>;
  readonly mail: MailOutbox;

  private constructor(
    readonly domain: DomainLab,
    readonly letters: Letters,
  ) {
    const { dataSource, users, members, outbox, audit } = domain;
    const { clock } = this;
    const { log, metrics, hasher } = domain.signIns;
    const mailer = folderMailer(letters.folder, { name: 'Usher', address: 'usher@example.org' });
    this.mail = new MailOutbox({ dataSource, mailer, log, clock, metrics });
    const { mail } = this;
    const tokens = <Data extends Json>(purpose: TokenPurpose, lifeMs: number) =>
      new IssuedTokens<Data>({ dataSource, clock, purpose, lifeMs });
    this.challenges = tokens<Json>('challenge', 240_000);
    const changes = new Changes({ dataSource, outbox, audit, clock });
    const clients = new ClientReader('browser');
    const told = new CredentialLetters({ mail, notMe: tokens('not-me', 1e8), clients, publicUrl });
    const credentials = new CredentialChange({
      ...{ changes, users, members, hasher, letters: told },
      checkPresent: async () => false,
      outstanding: [this.challenges],
    });
    const factors = new FactorRepository(dataSource);
    const rule = new FactorRule(dataSource, ['admin']);
    const throttle = new FactorThrottle(dataSource, clock);
    const notes = new ChallengeNotes({ dataSource, users, challenges: this.challenges });
    const totp = new Totp({ dataSource, seal: new Seal(pepper), clock, issuer: 'localhost' });
    const emailCodes = new EmailCodes({ notes, mail, hash: new KeyedHash(pepper, 'e-mailed code'), clock });
    const recoveryCodes = new RecoveryCodes(new KeyedHash(pepper, 'recovery code'));
    const ceremonies = tokens<Ceremony>('passkey', ceremonyMs);
    const passkeys = new Passkeys({ dataSource, factors, notes, ceremonies, clock, publicUrl });
    const base = { changes, users, factors, credentials, mail, passkeys };
    this.factors = new SecondFactors({
      ...{ factors, rule, throttle, totp, emailCodes, recoveryCodes, passkeys, changes, letters: told },
    });
    this.service = new FactorService({ ...base, rule });
    this.enrolment = new Enrolment({ ...base, throttle, totp, recoveryCodes, clock });
    mail.start();
  }

  static async open(): Promise<FactorsLab> {
    return new FactorsLab(await DomainLab.open(), await Letters.open());
  }

  async stop(): Promise<void> {
    await this.mail.stop();
    await this.domain.stop();
    await this.letters.close();
  }

  /** Moves the clock. */
  pass(seconds: number): void {
    this.aheadMs += seconds * 1000;
  }

  caller() {
    return this.domain.signIns.caller();
  }

  /** Somebody, as a session and as sign-in know them. */
  async somebody(licences: readonly LicenceId[] = [], roles: Parameters<DomainLab['user']>[1] = ['user']) {
    const { id, email } = await this.domain.user(licences, roles);
    return { id, email, actor: actorOf(id, email) };
  }

  /** The account as it is now. */
  async user(id: UserId): Promise<SignInUser> {
    const user = await this.domain.users.findWithPassword(id);
    assert.ok(user !== null);
    return user;
  }

  /** A sign-in that waits. */
  async challenge(userId: UserId): Promise<Waiting> {
    return this.challenges.issue(null, { userId, data: { wants: { kind: 'sign-in' } } });
  }

  /** An answer to a challenge of its own, or to `to`. */
  async answer(id: UserId, answer: FactorAnswer, to?: Waiting) {
    return this.factors.verify(await this.user(id), to ?? (await this.challenge(id)), answer, this.caller());
  }

  /** The code an app shows now, or so many steps away. */
  codeOf(secret: string, steps = 0): Promise<string> {
    return codeAt(this.clock.nowMs(), secret, steps);
  }

  /** An app that is enrolled and asked for. Its present step has been used. */
  async app(actor: Actor): Promise<{ id: string; secret: string }> {
    const { id, secret } = await this.enrolment.startTotp(actor, this.caller(), 'Phone');
    await this.enrolment.confirmTotp(actor, this.caller(), id, await this.codeOf(secret));
    return { id, secret };
  }

  /** The codes sent to somebody, oldest first, as soon as there are so many. */
  async codes(email: string, atLeast = 1): Promise<string[]> {
    const until = performance.now() + 10_000;
    for (;;) {
      const letters = await this.letters.to(email);
      const found = letters.flatMap((text) => /Your code to sign in: (\d{6})/.exec(text)?.[1] ?? []);
      if (found.length >= atLeast) return found;
      if (performance.now() > until) throw new Error(`${found.length} codes for ${email}, not ${atLeast}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** What services are told of whoever asks. */
function actorOf(id: UserId, email: string): Actor {
  const person = { id, email, username: null, name: null, verified: true, roles: ['user'], permissions: [] };
  return { person, permissions: new Set(), licence: null, session: { ref: '' } as Actor['session'] };
}
