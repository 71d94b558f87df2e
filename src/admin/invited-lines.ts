import { z } from 'zod';

/** What becomes of somebody who is to be a member of a licence. */
export const outcomes = [
  'added',
  'already-member',
  'no-such-user',
  'cannot-be-added',
  'invited',
  'invited-lately',
] as const;

/** What became of one address. */
export const invitedLine = z.object({ email: z.string(), result: z.enum(outcomes), userId: z.uuid().nullable() });

/** How many of them came out so. */
export function countOf(results: readonly { readonly result: string }[], wanted: string): number {
  return results.filter(({ result }) => result === wanted).length;
}
