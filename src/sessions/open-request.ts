import type { Delivery } from '../kernel/actor.js';
import { staticText } from './replies.js';
import type { SessionTimes } from './session.js';
import type { Opening } from './store.js';

/** How scripts write a delivery. */
export const deliveryCode = { cookie: 'c', bearer: 'b' } as const satisfies Record<Delivery, string>;

/** What the script `open` is given, as JSON. */
export function openRequest(opening: Opening, times: SessionTimes): string {
  const { issued, exchange } = opening;
  return JSON.stringify({
    handle: issued.handle,
    verifier: issued.verifier,
    user: opening.userId,
    epoch: opening.epoch,
    ...(opening.policyVersion === null ? {} : { policyVersion: opening.policyVersion }),
    client: deliveryCode[opening.delivery] + opening.fingerprint.client,
    version: opening.fingerprint.version,
    static: staticText(opening),
    person: opening.snapshot.person,
    about: opening.client,
    absoluteMs: times.absoluteMs,
    grantMs: times.grantMs,
    idleMs: times.idleMs + times.slackMs,
    slackMs: times.slackMs,
    ...(exchange === null ? {} : { exchange: { handle: exchange.handle, verifier: exchange.verifier } }),
    ...(opening.give === undefined ? {} : { give: opening.give }),
    ...(opening.uncounted === undefined ? {} : { uncounted: opening.uncounted }),
    attempt: opening.attemptId,
    ...(opening.requestId === undefined ? {} : { requestId: opening.requestId }),
  });
}
