import type { Delivery } from '../kernel/actor.js';
import { type CheckReply, checkReply, type LiveOutcome, UnexpectedReply } from './replies.js';
import type { Credential } from './session-id.js';

/** What Redis told of a session, and the user's epoch that is from: while it stands, so does all but the two times. */
class Told {
  constructor(
    readonly epoch: string,
    readonly outcome: LiveOutcome,
  ) {}
}

/** The epoch to ask Redis with, so that it leaves out what cannot have changed; empty when nothing has been told yet. */
export function epochTold(credential: Credential): string {
  return credential.remembered instanceof Told ? credential.remembered.epoch : '';
}

/**
 * What a reply of `read` or `peek` says, short or in full. Redis is asked every time whether the session lives; the rest is
 * remembered with the credential and shared between requests: nobody may change it.
 */
export function outcomeOf(reply: unknown, credential: Credential, delivery: Delivery): CheckReply {
  if (!Array.isArray(reply) || reply[0] !== 1) return checkReply(reply, credential, delivery);
  if (reply.length === 3) return asTold(reply, credential);
  const outcome = checkReply(reply, credential, delivery);
  // With data of its own a session is told in full each time.
  if (outcome.kind === 'live' && reply.length === 6) credential.remembered = new Told(reply[3], outcome);
  return outcome;
}

function asTold([, seenAt, deadline]: readonly unknown[], credential: Credential): LiveOutcome {
  const told = credential.remembered;
  if (!(told instanceof Told)) throw new UnexpectedReply('read');
  const { session } = told.outcome;
  const lastSeenAtMs = Number(seenAt) || session.createdAtMs;
  if (session.lastSeenAtMs === lastSeenAtMs && session.expiresAtMs === deadline) return told.outcome;
  const outcome = { ...told.outcome, session: { ...session, lastSeenAtMs, expiresAtMs: Number(deadline) } };
  credential.remembered = new Told(told.epoch, outcome);
  return outcome;
}
