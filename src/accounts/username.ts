import { line } from '../kernel/text.js';

/** A user name somebody signs in with: never an address, so that the two cannot be mistaken for each other. */
export const username = line(64).regex(
  /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u,
  'must be letters, digits, dots, hyphens and underscores',
);
