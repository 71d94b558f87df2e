import type { DataSource } from 'typeorm';
import { registerLicencePushes } from './licences/licence-pushes.js';
import type { LicenceRepository } from './licences/licence-repository.js';
import { type OutboxHandlers as Handlers, type Outbox, OutboxHandlers } from './platform/outbox.js';
import { askPostgres } from './platform/postgres.js';
import { registerSessionPushes } from './sessions/pushes.js';
import { type EndReason, endReasons } from './sessions/session.js';
import { licenceTag, parseRef } from './sessions/session-id.js';
import type { SessionStore } from './sessions/store.js';

const atOnce = 500;

/** What Redis is restored from. */
export interface RestoreParts {
  readonly dataSource: DataSource;
  readonly outbox: Outbox;
  readonly licences: LicenceRepository;
  /** How long a session can live, in milliseconds: what is older cannot matter. */
  readonly absoluteMs: number;
}

/** The handlers of every kind of outbox entry, applied to a store. */
export function pushesTo(store: SessionStore): Handlers {
  const handlers = new OutboxHandlers();
  registerSessionPushes(handlers, store);
  registerLicencePushes(handlers, store);
  return handlers;
}

/**
 * Brings back what Redis may have lost (a restart, a restored snapshot, a failover): the policies of all licences, the epochs
 * and endings of the last absolute lifetime. Harmless when nothing was lost. `nowMs` is the time to count back from.
 */
export async function restore(parts: RestoreParts, store: SessionStore, nowMs: number): Promise<void> {
  for (const { id, policy } of await parts.licences.allPolicies()) await store.pushPolicy(licenceTag(id), policy);
  const sinceMs = nowMs - parts.absoluteMs;
  await parts.outbox.replay(sinceMs, pushesTo(store));
  await endAgain(parts.dataSource, store, sinceMs);
}

interface Ending {
  readonly id: string;
  readonly ref: string;
  readonly reason: string;
  readonly message: string | null;
}

async function endAgain(dataSource: DataSource, store: SessionStore, sinceMs: number): Promise<void> {
  let after = '';
  for (;;) {
    const endings = await askPostgres(() =>
      dataSource.query<Ending[]>(
        `SELECT id, ref, reason, message FROM session_events
         WHERE kind = 'released' AND at >= $1 AND id > $2 AND ref IS NOT NULL ORDER BY id LIMIT ${atOnce}`,
        [new Date(sinceMs), after],
      ),
    );
    for (const ending of endings) {
      const ref = parseRef(ending.ref);
      if (ref === null) continue;
      const reason: EndReason = endReasons.find((known) => known === ending.reason) ?? 'signed-out';
      const cause = ending.message === null ? { reason } : { reason, message: ending.message };
      await store.close(ref.tag, { handles: [ref.handle] }, cause);
    }
    const last = endings.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
