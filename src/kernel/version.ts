import { z } from 'zod';
import { Problem } from './problem.js';

/** The version of a record, as a change names the one it was made from. */
export const versionNumber = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1);

/** Throws `stale-version` when a change was made from another version than the record has; one that names none may pass. */
export function requireVersion(row: { readonly version: number }, given: number | undefined): void {
  if (given !== undefined && given !== row.version) throw new Problem('stale-version', { pointer: '/version' });
}
