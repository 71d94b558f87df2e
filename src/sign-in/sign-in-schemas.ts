import { z } from 'zod';
import type { LicenceId } from '../kernel/ids.js';
import { idParameter } from '../kernel/text.js';
import { sessionView } from '../sessions/reply-schemas.js';
import { parseRef } from '../sessions/session-id.js';

const sessionRef = z.string().transform((text, context) => {
  const ref = parseRef(text);
  if (ref !== null) return ref;
  context.addIssue({ code: 'custom', message: 'must be the ref of a session' });
  return z.NEVER;
});

/** What may be wished of a seat. */
export const seatWish = {
  whenFull: z.strictObject({ end: sessionRef.optional() }).optional(),
  /** Without taking a seat: for those who may. */
  uncounted: z.enum(['break-glass', 'support']).optional(),
};

/** What may be wished of a sign-in, whatever it is done with. */
export const wish = {
  licenceId: idParameter<LicenceId>().optional(),
  remember: z.boolean().optional(),
  delivery: z.enum(['cookie', 'bearer']).default('cookie'),
  ...seatWish,
};

/** The answer of every way in. */
export const signedIn = sessionView.extend({ sessionToken: z.string().optional() });

/** What every way in may be answered instead. */
export const seatProblems = [
  'invalid-credentials',
  'no-licence',
  'licence-suspended',
  'licence-not-started',
  'licence-expired',
  'no-seat-free',
  'forbidden',
  'busy',
  'store-unavailable',
] as const;
