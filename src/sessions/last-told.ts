import type { Delivery } from '../kernel/actor.js';
import { type CheckReply, checkReply, type LiveOutcome, UnexpectedReply } from './replies.js';
import type { Credential } from './session-id.js';

interface Told {
  /** The user's epoch the outcome is from: as long as it stands, so does everything but the two times. */
  readonly epoch: string;
  readonly outcome: LiveOutcome;
}

/**
 * Remembers, for each credential in use, what Redis told of its session. Redis is asked every time whether it lives; what
 * cannot have changed meanwhile it leaves out, and what this answers is shared between requests: nobody may change it.
 */
export class LastTold {
  readonly #told = new WeakMap<Credential, Told>();

  /** The epoch to ask with; empty when nothing has been told yet. */
  epoch(credential: Credential): string {
    return this.#told.get(credential)?.epoch ?? '';
  }

  /** What a reply of `read` or `peek` says. */
  outcome(reply: unknown, credential: Credential, delivery: Delivery): CheckReply {
    if (!Array.isArray(reply) || reply[0] !== 1) return checkReply(reply, credential, delivery);
    if (reply.length === 3) return this.#again(reply, credential);
    const outcome = checkReply(reply, credential, delivery);
    // With data of its own a session is told in full each time.
    if (outcome.kind === 'live' && reply.length === 6) this.#told.set(credential, { epoch: reply[3], outcome });
    return outcome;
  }

  #again([, seenAt, deadline]: readonly unknown[], credential: Credential): LiveOutcome {
    const told = this.#told.get(credential);
    if (told === undefined) throw new UnexpectedReply('read');
    const { session } = told.outcome;
    const lastSeenAtMs = Number(seenAt) || session.createdAtMs;
    if (session.lastSeenAtMs === lastSeenAtMs && session.expiresAtMs === deadline) return told.outcome;
    const outcome = { ...told.outcome, session: { ...session, lastSeenAtMs, expiresAtMs: Number(deadline) } };
    this.#told.set(credential, { epoch: told.epoch, outcome });
    return outcome;
  }
}
