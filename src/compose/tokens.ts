import type { DataSource } from 'typeorm';
import { type AddressSide, type PendingRegistration, resetMinutes, type SentTo } from '../accounts/account-letters.js';
import type { NotMe } from '../accounts/credential-letters.js';
import { setUpLinkMs } from '../accounts/first-admin.js';
import { invitationMs } from '../accounts/invitation-service.js';
import { systemClock } from '../kernel/clock.js';
import { IssuedTokens, type TokenPurpose } from '../platform/issued-tokens.js';
import type { Json } from '../platform/outbox-table.js';
import { type ChallengeData, challengeMs } from '../sign-in/challenges.js';
import { type TicketData, ticketMs } from '../sign-in/seat-tickets.js';

const dayMs = 86_400_000;

/** What was issued to a person and is worth nothing after a change of credentials. */
const endedByNewCredentials = [
  'reset',
  'change-email',
  'challenge',
  'ticket',
  'remembered',
] as const satisfies TokenPurpose[];

/** Puts together what issues secrets for later use by way of accounts. */
export function composeTokens(dataSource: DataSource) {
  const of = <Data extends Json>(purpose: TokenPurpose, lifeMs: number) =>
    new IssuedTokens<Data>({ dataSource, clock: systemClock, purpose, lifeMs });
  return {
    setUp: of<null>('set-up', setUpLinkMs),
    challenges: of<ChallengeData>('challenge', challengeMs),
    tickets: of<TicketData>('ticket', ticketMs),
    invitations: of<null>('invitation', invitationMs),
    registration: of<PendingRegistration>('registration', dayMs),
    verifyEmail: of<SentTo>('verify-email', dayMs),
    reset: of<SentTo>('reset', resetMinutes * 60_000),
    changeEmail: of<AddressSide>('change-email', dayMs),
    keepAccount: of<null>('keep-account', 14 * dayMs),
    notMe: of<NotMe>('not-me', 7 * dayMs),
    // They only revoke here, for which the life is of no account.
    outstanding: endedByNewCredentials.map((purpose) => of<Json>(purpose, dayMs)),
  };
}
