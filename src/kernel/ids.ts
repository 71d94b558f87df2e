import { randomBytes, randomUUID } from 'node:crypto';

declare const brand: unique symbol;
/** A string that only its own parser or maker can produce. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The id of a person's account: a UUID, lower case. */
export type UserId = Branded<'UserId'>;
/** The id of a licence: a UUID, lower case. */
export type LicenceId = Branded<'LicenceId'>;
/** The id of an owner (institute or person): a UUID, lower case. */
export type OwnerId = Branded<'OwnerId'>;

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in lower case, with hyphens. */
export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}

/** A new random UUID (122 random bits, RFC 9562 version 4), branded as the id the caller names. */
export function newId<Id extends Branded<string>>(): Id {
  return randomUUID() as Id;
}

/** `bytes` random bytes from the operating system, as base64url without padding. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
