import type { DataSource } from 'typeorm';
import type { NotMe } from '../accounts/credential-letters.js';
import { setUpLinkMs } from '../accounts/first-admin.js';
import { systemClock } from '../kernel/clock.js';
import { IssuedTokens, type TokenPurpose } from '../platform/issued-tokens.js';
import type { Json } from '../platform/outbox-table.js';

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
    notMe: of<NotMe>('not-me', 7 * dayMs),
    // They only revoke here, for which the life is of no account.
    outstanding: endedByNewCredentials.map((purpose) => of<Json>(purpose, dayMs)),
  };
}
