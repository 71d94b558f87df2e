import { randomUUID } from 'node:crypto';
import type { Usher } from '../compose/compose.js';
import { systemClock } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { licenceTag } from '../sessions/session-id.js';
import { clientOf } from './clients.js';
import { writeAttempts } from './past.js';

const mostListed = 200;

/** Has these people sit in a licence who do not yet. Their browsers are nobody's: the sessions end by themselves. */
export async function sitDown(usher: Usher, licenceId: LicenceId, emails: readonly string[]): Promise<void> {
  const { users, dataSource } = usher.filling;
  const listed = await usher.store.list(licenceTag(licenceId), {}, mostListed, null);
  const present = new Set(listed.items.map(({ userId }) => userId));
  for (const [i, email] of emails.entries()) {
    const user = await users.findForSignIn(email);
    if (user === null || present.has(user.id)) continue;
    const client = clientOf(i + emails.length);
    const attempt = { id: randomUUID(), atMs: systemClock.nowMs(), userId: user.id, licenceId, client };
    try {
      const { issued } = await usher.filling.seating.seat(user, {
        ...{ licenceId, delivery: 'cookie', remember: false, attemptId: attempt.id, requestId: attempt.id },
        ...{ give: null, uncounted: null, waitingSinceMs: null, present: null, proof: { amr: ['pwd'], aal: 1 } },
        ...client,
      });
      await usher.store.confirm(issued);
      const ref = `${issued.tag}.${issued.handle}`;
      await writeAttempts(dataSource.manager, [{ ...attempt, outcome: 'signed-in', ref }]);
    } catch (error) {
      // A house that is full, closed or over is one the demonstration shows.
      if (!(error instanceof Problem)) throw error;
    }
  }
}
