import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { DataSource } from 'typeorm';
import type { SignInUser, User } from '../accounts/user-repository.js';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import { askPostgres } from '../platform/postgres.js';
import type { ChallengeNotes, ChallengeShown } from './challenge-notes.js';
import type { FactorRepository } from './factor-repository.js';
import type { FactorRow } from './factor-table.js';
import { authenticationResponse, type RegistrationResponse } from './passkey-forms.js';

/** Loads what passkeys are checked with, some 100 ms the first time. It is loaded by itself otherwise. */
export const webAuthn = () => import('@simplewebauthn/server');

/** How long a passkey ceremony may take, in milliseconds. */
export const ceremonyMs = 5 * 60_000;

/** A ceremony that was begun: what the authenticator is to sign, and what for. */
export type Ceremony = { readonly for: 'enrolment' | 'sign-in'; readonly challenge: string };

/** What passkeys are made of. */
export interface PasskeysParts {
  readonly dataSource: DataSource;
  readonly factors: Pick<FactorRepository, 'passkey' | 'held'>;
  readonly notes: ChallengeNotes;
  readonly ceremonies: Pick<IssuedTokens<Ceremony>, 'issue' | 'use'>;
  readonly clock: Clock;
  /** The origin people see: passkeys belong to its host, and answers from elsewhere are refused. */
  readonly publicUrl: string;
}

/** The columns of a passkey that has been registered. */
export type NewPasskey = Pick<
  FactorRow,
  'credentialId' | 'publicKey' | 'counter' | 'transports' | 'aaguid' | 'backupEligible' | 'backedUp'
>;

/** Passkeys (WebAuthn level 3). Host and origin come from `PUBLIC_URL` and from nothing a request says. */
export class Passkeys {
  readonly #parts: PasskeysParts;
  readonly #host: string;

  constructor(parts: PasskeysParts) {
    this.#parts = parts;
    this.#host = new URL(parts.publicUrl).hostname;
  }

  /** Whether browsers can make passkeys here: not for a bare address. */
  get possible(): boolean {
    return !/^[\d.]+$|^\[/.test(this.#host);
  }

  /** Begins to enrol one. `token` is good for five minutes and one answer. */
  async enrolmentOptions(user: User): Promise<{ token: string; options: Record<string, unknown> }> {
    const { factors, ceremonies } = this.#parts;
    const { confirmed } = await factors.held(user.id);
    const { generateRegistrationOptions } = await webAuthn();
    const options = await generateRegistrationOptions({
      rpName: this.#host,
      rpID: this.#host,
      userName: user.email,
      userDisplayName: user.name ?? user.email,
      userID: new TextEncoder().encode(user.id),
      timeout: ceremonyMs,
      attestationType: 'none',
      excludeCredentials: confirmed.flatMap(described),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    });
    const data = { for: 'enrolment', challenge: options.challenge } as const;
    const { secret } = await ceremonies.issue(null, { userId: user.id, data });
    return { token: secret, options: { ...options } };
  }

  /** What was enrolled; null when the answer does not fit, or the token was used. */
  async enrolled(userId: UserId, token: string, response: RegistrationResponse): Promise<NewPasskey | null> {
    const begun = await this.#parts.ceremonies.use(null, token);
    if (begun === null || begun.userId !== userId || begun.data.for !== 'enrolment') return null;
    const { verifyRegistrationResponse } = await webAuthn();
    const answered = await refusedAsNull(() =>
      verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        expectedChallenge: begun.data.challenge,
        expectedOrigin: this.#parts.publicUrl,
        expectedRPID: this.#host,
        requireUserVerification: false,
      }),
    );
    const info = answered?.registrationInfo;
    if (info === undefined) return null;
    return {
      credentialId: info.credential.id,
      publicKey: Buffer.from(info.credential.publicKey).toString('base64url'),
      counter: String(info.credential.counter),
      transports: response.response.transports ?? [],
      aaguid: info.aaguid,
      backupEligible: info.credentialDeviceType === 'multiDevice',
      backedUp: info.credentialBackedUp,
    };
  }

  /** The options by which a user answers a challenge with one of the own passkeys; null when the challenge is not good. */
  async optionsFor(user: SignInUser, challenge: ChallengeShown): Promise<Record<string, unknown> | null> {
    const { confirmed } = await this.#parts.factors.held(user.id);
    const { generateAuthenticationOptions } = await webAuthn();
    const options = await generateAuthenticationOptions({
      rpID: this.#host,
      allowCredentials: confirmed.flatMap(described),
      timeout: ceremonyMs,
      userVerification: 'preferred',
    });
    const noted = await this.#parts.notes.change(user.id, challenge, async (asked) => ({
      asked: { ...asked, passkey: options.challenge },
      result: true,
    }));
    return noted === null ? null : { options: { ...options } };
  }

  /** The passkey of this user that answered a challenge rightly, or null. The options are used up either way. */
  async answered(userId: UserId, challenge: ChallengeShown, response: unknown): Promise<FactorRow | null> {
    const expected = await this.#parts.notes.change(userId, challenge, async (asked) => ({
      asked: { ...asked, passkey: undefined },
      result: asked.passkey ?? null,
    }));
    return expected === null ? null : this.#verified(response, expected, userId);
  }

  /** Begins a sign-in by somebody who is not known yet. */
  async optionsForAnybody(): Promise<{ token: string; options: Record<string, unknown> }> {
    const { generateAuthenticationOptions } = await webAuthn();
    const options = await generateAuthenticationOptions({
      rpID: this.#host,
      timeout: ceremonyMs,
      userVerification: 'required',
    });
    const data = { for: 'sign-in', challenge: options.challenge } as const;
    const { secret } = await this.#parts.ceremonies.issue(null, { userId: null, data });
    return { token: secret, options: { ...options } };
  }

  /** The passkey that answered it rightly and has verified its holder; null otherwise. The token is used up either way. */
  async answeredByAnybody(token: string, response: unknown): Promise<FactorRow | null> {
    const begun = await this.#parts.ceremonies.use(null, token);
    if (begun === null || begun.data.for !== 'sign-in') return null;
    return this.#verified(response, begun.data.challenge, null);
  }

  /** `userId` null: whoever it belongs to, who must then have been verified by the authenticator. */
  async #verified(given: unknown, expectedChallenge: string, userId: UserId | null): Promise<FactorRow | null> {
    const { factors, publicUrl } = this.#parts;
    const response = authenticationResponse.safeParse(given).data;
    const row = response === undefined ? null : await factors.passkey(response.id);
    if (response === undefined || row === null || row.confirmedAt === null) return null;
    if (row.credentialId === null || row.publicKey === null) return null;
    if (userId !== null && row.userId !== userId) return null;
    const handle = response.response.userHandle;
    if (handle && Buffer.from(handle, 'base64url').toString('utf8') !== row.userId) return null;
    const credential = {
      id: row.credentialId,
      publicKey: new Uint8Array(Buffer.from(row.publicKey, 'base64url')),
      counter: Number(row.counter),
    };
    const { verifyAuthenticationResponse } = await webAuthn();
    const found = await refusedAsNull(() =>
      verifyAuthenticationResponse({
        response: response as AuthenticationResponseJSON,
        expectedChallenge,
        expectedOrigin: publicUrl,
        expectedRPID: this.#host,
        credential,
        requireUserVerification: userId === null,
      }),
    );
    if (found === null || !found.verified) return null;
    const { newCounter, credentialBackedUp } = found.authenticationInfo;
    return (await this.#counted(row.id, newCounter, credentialBackedUp)) ? row : null;
  }

  /** A counter that does not rise is a copied authenticator; one that stays 0 does not count (WebAuthn 6.1.1). */
  async #counted(id: string, counter: number, backedUp: boolean): Promise<boolean> {
    const { dataSource, clock } = this.#parts;
    const [rows] = await askPostgres(() =>
      dataSource.query<[unknown[], number]>(
        `UPDATE factors SET counter = $2, backed_up = $3, last_used_at = $4
         WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0)) RETURNING id`,
        [id, counter, backedUp, new Date(clock.nowMs())],
      ),
    );
    return rows.length === 1;
  }
}

function described({ kind, credentialId, transports }: FactorRow): { id: string; transports: string[] }[] {
  return kind === 'passkey' && credentialId !== null ? [{ id: credentialId, transports: transports ?? [] }] : [];
}

/** The library throws for each way in which an answer may not fit. */
async function refusedAsNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}
