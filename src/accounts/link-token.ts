import { z } from 'zod';

/** The token of a link that works once, as the page behind it sends it. */
export const linkToken = z.string().regex(/^[\w-]{43}$/, 'must be the token of a link');
