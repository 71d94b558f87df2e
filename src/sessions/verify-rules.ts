import { parse as parseQuery } from 'node:querystring';
import { z } from 'zod';
import { grants } from '../access/grants.js';
import type { Actor } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import type { StepUp } from '../kernel/route.js';

const names = z
  .string()
  .regex(/^[\x21-\x2b\x2d-\x7e]+(?:,[\x21-\x2b\x2d-\x7e]+)*$/, 'must be names, with commas between them')
  .max(500, 'must have at most 500 characters')
  .transform((text) => text.split(','));

/**
 * What a location asks of a session besides that it lives. Of a list any one will do; different rules must all hold. What is
 * not known here is refused, so that a rule that was misspelled lets nobody in.
 */
export const verifyQuery = z.strictObject({
  /** Any of these permissions. */
  permission: names.optional(),
  /** Any of these roles. */
  role: names.optional(),
  /** A seat in any of these licences, by id or serial. */
  licence: names.optional(),
  /** The least authenticator assurance level (NIST SP 800-63B). */
  aal: z.enum(['1', '2', '3'], { error: 'must be 1, 2 or 3' }).transform(Number).optional(),
  /** How long ago the person may have been authenticated at most. */
  maxAgeSeconds: z
    .string()
    .regex(/^[1-9]\d{0,7}$/, 'must be a whole number of seconds from 1 to 99999999')
    .transform(Number)
    .optional(),
  /** Sends a browser that opens a page without a session to the sign-in page. */
  redirect: z.literal('1', { error: 'must be 1, or left out' }).optional(),
  /**
   * Asks only why a request was refused, for proxies such as nginx: of the answer that refuses they pass on the status alone,
   * of this one everything. It never lets anything pass.
   */
  refused: z.literal('1', { error: 'must be 1, or left out' }).optional(),
});

/** The rules of a location. */
export type VerifyRules = z.output<typeof verifyQuery>;

/** The rules in the query of a URL; null when there is one that is not known, or not sound. */
export function rulesIn(url: string): VerifyRules | null {
  const start = url.indexOf('?');
  if (start === -1) return {};
  const parsed = verifyQuery.safeParse({ ...parseQuery(url.slice(start + 1)) });
  return parsed.success ? parsed.data : null;
}

/** What the rules ask for that a person may still give; null when that is nothing. */
export function stepUpOf({ aal, maxAgeSeconds }: VerifyRules): StepUp | null {
  if (aal === undefined && maxAgeSeconds === undefined) return null;
  return {
    ...(aal === undefined ? {} : { aal }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}

/** What of the rules is not the person's to mend; null when all of it holds. */
export function refusalBy({ permission, role, licence }: VerifyRules, actor: Actor): Problem<'forbidden'> | null {
  if (permission !== undefined && !permission.some((name) => grants(actor.permissions, name))) {
    return new Problem('forbidden', { permission: permission.join(',') });
  }
  if (role !== undefined && !role.some((name) => actor.person.roles.includes(name))) {
    return new Problem('forbidden', { role: role.join(',') }, 'The signed-in person has none of the roles in `role`.');
  }
  if (licence !== undefined && !licence.some((name) => isLicence(name, actor))) {
    const detail = 'The session sits in none of the licences in `licence`.';
    return new Problem('forbidden', { licence: licence.join(',') }, detail);
  }
  return null;
}

function isLicence(name: string, { licence }: Actor): boolean {
  return licence !== null && (licence.id === name.toLowerCase() || licence.serial === name);
}
