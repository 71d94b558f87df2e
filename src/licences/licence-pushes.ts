import { z } from 'zod';
import type { LicenceId } from '../kernel/ids.js';
import type { OutboxEntry, OutboxHandlers } from '../platform/outbox.js';
import { pushedCause } from '../sessions/pushes.js';
import { licenceTag } from '../sessions/session-id.js';
import type { Cause, Closing, SeatPolicy, SessionStore } from '../sessions/store.js';

/** How many sessions one script ends, so that none keeps Redis from others for long. */
const sliceSize = 500;
/** How many calls that end nothing are made while there is said to be more. */
const mostIdleTurns = 100;

const fullStep = z.discriminatedUnion('step', [
  z.object({ step: z.literal('reclaim-idle'), idleMinutes: z.number() }),
  z.object({ step: z.literal('end-own') }),
  z.object({ step: z.literal('displace'), which: z.enum(['oldest', 'idlest']) }),
  z.object({ step: z.literal('overage'), seats: z.number(), days: z.number() }),
]);

const payloadOf = z.object({
  licenceId: z.string().transform((id) => id as LicenceId),
  policy: z.object({
    version: z.number(),
    seats: z.number(),
    state: z.enum(['active', 'draining', 'suspended']),
    validFromMs: z.number().nullable(),
    validToMs: z.number().nullable(),
    // Entries from before there were chains have none.
    perUser: z.number().nullable().default(null),
    chain: z.array(fullStep).default([]),
  }),
  end: pushedCause.exactOptional(),
  endIdlest: pushedCause.exactOptional(),
});

/** The outbox key that orders everything about a licence. Its lock is the row in `licences`. */
export function licenceKeyOf(id: LicenceId): string {
  return `licence:${id}`;
}

/**
 * Puts a licence's policy beside its seats; with `end`, then ends every session that was opened under an older one; with
 * `endIdlest`, those unused for longest until no more sit than there are seats.
 */
export function licencePolicyPush(
  licenceId: LicenceId,
  policy: SeatPolicy,
  end?: Cause,
  endIdlest?: Cause,
): OutboxEntry {
  const ending = {
    ...(end === undefined ? {} : { end: { ...end } }),
    ...(endIdlest === undefined ? {} : { endIdlest: { ...endIdlest } }),
  };
  return {
    kind: 'licence-policy',
    key: licenceKeyOf(licenceId),
    payload: { licenceId, policy: { ...policy, chain: policy.chain.map((step) => ({ ...step })) }, ...ending },
  };
}

/**
 * Registers what applies `licence-policy` to the store. The policy goes first, so that nobody slips in behind the ending. When
 * it is applied `again`, long after, nobody is ended for the seats that were taken away then: those inside now came since.
 */
export function registerLicencePushes(handlers: OutboxHandlers, store: SessionStore, again = false): void {
  handlers.handle('licence-policy', async (payload) => {
    const { licenceId, policy, end, endIdlest } = payloadOf.parse(payload);
    const tag = licenceTag(licenceId);
    await store.pushPolicy(tag, policy);
    if (end !== undefined) await closeAll(store, tag, { version: policy.version, atMost: sliceSize }, end);
    if (endIdlest !== undefined && !again)
      await closeAll(store, tag, { overLimit: true, atMost: sliceSize }, endIdlest);
  });
}

async function closeAll(store: SessionStore, tag: string, which: Closing, cause: Cause): Promise<void> {
  for (let idle = 0; idle < mostIdleTurns; ) {
    const { closed, more } = await store.close(tag, which, cause);
    if (closed.length > 0) idle = 0;
    else if (more) idle += 1;
    else return;
  }
  throw new Error('there is more to end, and nothing of it can be found: the sweeper has to clear the way first');
}
