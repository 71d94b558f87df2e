import type { Actor } from '../kernel/actor.js';

/** The names of the headers by which a reverse proxy is told whose request it is. Dashes only: no server spells them otherwise. */
export const verifyHeaderNames = [
  'X-Auth-User',
  'X-Auth-Email',
  'X-Auth-Name',
  'X-Auth-Roles',
  'X-Auth-Permissions',
  'X-Auth-Session',
  'X-Auth-Licence',
  'X-Auth-Aal',
  'X-Auth-Assertion',
] as const;

/** One of these names. */
export type VerifyHeaderName = (typeof verifyHeaderNames)[number];

/**
 * What a reverse proxy is told of a live session. All are always there, empty when there is nothing to say, so that what a
 * client sent under these names never gets through. Values are percent-encoded where a header could not hold them.
 */
export function verifyHeaders(actor: Actor, assertion: string): Record<VerifyHeaderName, string> {
  const { person, session, licence } = actor;
  return {
    'X-Auth-User': person.id,
    'X-Auth-Email': headerSafe(person.email),
    'X-Auth-Name': headerSafe(person.name ?? ''),
    'X-Auth-Roles': headerSafe(person.roles.join(',')),
    'X-Auth-Permissions': headerSafe(person.permissions.join(',')),
    'X-Auth-Session': session.ref,
    'X-Auth-Licence': licence?.id ?? '',
    'X-Auth-Aal': String(session.aal),
    'X-Auth-Assertion': assertion,
  };
}

const unsafeInHeader = /[^\x20-\x7e]|%/u;

function headerSafe(text: string): string {
  if (!unsafeInHeader.test(text)) return text;
  return text.replace(/[^\x20-\x7e]|%/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
