import type { Actor } from '../kernel/actor.js';
import type { AssertionClaims } from './assertions.js';

/** What an assertion says of a session: what the headers beside it say, under the names that access tokens have for it. */
export function assertionClaims({ person, session, licence }: Actor): AssertionClaims {
  return {
    sub: person.id,
    sid: session.ref,
    email: person.email,
    ...(person.name !== null && { name: person.name }),
    auth_time: Math.floor(session.authenticatedAtMs / 1000),
    amr: session.amr,
    acr: `aal${session.aal}`,
    roles: person.roles,
    ...(person.permissions.length > 0 && { permissions: person.permissions }),
    ...(licence !== null && { licence: licence.id }),
  };
}
