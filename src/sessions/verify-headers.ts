import type { Actor } from '../kernel/actor.js';

/**
 * What a reverse proxy is told of a live session. All five are always there, empty when there is nothing to say, so that
 * what a client sent under these names never gets through. Values are percent-encoded where a header could not hold them.
 */
export function verifyHeaders(actor: Actor): Record<string, string> {
  return {
    'X-Auth-User': actor.person.id,
    'X-Auth-Email': headerSafe(actor.person.email),
    'X-Auth-Roles': headerSafe(actor.person.roles.join(',')),
    'X-Auth-Session': actor.session.ref,
    'X-Auth-Licence': actor.licence?.id ?? '',
  };
}

const unsafeInHeader = /[^\x20-\x7e]|%/u;

function headerSafe(text: string): string {
  if (!unsafeInHeader.test(text)) return text;
  return text.replace(/[^\x20-\x7e]|%/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
