import type { Actor } from '../kernel/actor.js';

/** What a token says of a session: who, through which one, how and when authenticated (RFC 9068 section 2.2), with which rights. */
export function identityClaims({ person, session, licence }: Actor) {
  return {
    sub: person.id,
    sid: session.ref,
    auth_time: Math.floor(session.authenticatedAtMs / 1000),
    amr: session.amr,
    acr: `aal${session.aal}`,
    roles: person.roles,
    ...(person.permissions.length > 0 && { permissions: person.permissions }),
    ...(licence !== null && { licence: licence.id }),
  };
}
