import { z } from 'zod';
import { isoTime } from '../kernel/clock.js';
import type { HeldFactors } from './factor-repository.js';
import type { FactorRow } from './factor-table.js';
import { mostFailures } from './factor-throttle.js';
import { lowStock } from './recovery-codes.js';

/** A factor as its owner and staff see it: nothing of its secrets. */
export const factorView = z.object({
  id: z.uuid(),
  kind: z.enum(['passkey', 'totp', 'email', 'recovery']),
  name: z.string(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  /** After too many wrong codes in a row; it must be removed and enrolled anew. */
  switchedOff: z.boolean(),
  /** Whether a passkey may be copied to other devices, and whether it was; null for other kinds. */
  backupEligible: z.boolean().nullable(),
  backedUp: z.boolean().nullable(),
});

/** All factors of a user. */
export const factorList = z.object({
  items: z.array(factorView.extend({ removable: z.boolean() })),
  /** Whether a role or a licence of the user asks for a second factor. */
  required: z.boolean(),
  /** Null when none were made. */
  recoveryCodes: z.object({ id: z.uuid(), left: z.number().int(), low: z.boolean() }).nullable(),
  /** What can be enrolled here and now. */
  offers: z.array(z.enum(['passkey', 'totp', 'email', 'recovery'])),
});

/** The view of a factor. */
export function viewOfFactor(row: FactorRow) {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    createdAt: isoTime(row.createdAt),
    lastUsedAt: isoTime(row.lastUsedAt),
    switchedOff: row.failures >= mostFailures,
    backupEligible: row.backupEligible,
    backedUp: row.backedUp,
  };
}

/** The view of all of them. */
export function viewOfFactors(
  { confirmed, recovery }: HeldFactors,
  { required, offers }: { required: boolean; offers: readonly FactorRow['kind'][] },
) {
  return {
    items: confirmed.map((row) => ({ ...viewOfFactor(row), removable: !required || confirmed.length > 1 })),
    required,
    recoveryCodes:
      recovery === null ? null : { id: recovery.row.id, left: recovery.left, low: recovery.left <= lowStock },
    offers,
  };
}
