import type { DataSource } from 'typeorm';
import { registerLicencePushes } from './licences/licence-pushes.js';
import type { LicenceRepository } from './licences/licence-repository.js';
import { type OutboxHandlers as Handlers, type Outbox, OutboxHandlers } from './platform/outbox.js';
import { askPostgres } from './platform/postgres.js';
import { registerSessionPushes } from './sessions/pushes.js';
import { endReasons } from './sessions/session.js';
import { licenceTag, parseRef } from './sessions/session-id.js';
import type { Cause, SessionStore } from './sessions/store.js';

const atOnce = 1_000;

/** What Redis is restored from. */
export interface RestoreParts {
  readonly dataSource: DataSource;
  readonly outbox: Outbox;
  readonly licences: LicenceRepository;
  /** How long a session can live, in milliseconds: what is older cannot matter. */
  readonly absoluteMs: number;
}

/** The handlers of every kind of outbox entry, applied to a store; `again`: long after they were due. */
export function pushesTo(store: SessionStore, again = false): Handlers {
  const handlers = new OutboxHandlers();
  registerSessionPushes(handlers, store);
  registerLicencePushes(handlers, store, again);
  // What it led to was enqueued as entries of its own.
  if (again) handlers.handle('role-changed', async () => {});
  return handlers;
}

/**
 * Brings back what Redis may have lost (a restart, a restored snapshot, a failover): the policies of all licences, the epochs
 * and endings of the last absolute lifetime. Harmless when nothing was lost. `nowMs` is the time to count back from.
 */
export async function restore(parts: RestoreParts, store: SessionStore, nowMs: number): Promise<void> {
  const [policies, overage] = await Promise.all([parts.licences.allPolicies(), overageDays(parts.dataSource, nowMs)]);
  for (let from = 0; from < policies.length; from += atOnce) {
    const slice = policies.slice(from, from + atOnce);
    await Promise.all(slice.map(({ id, policy }) => store.pushPolicy(licenceTag(id), policy, overage.get(id))));
  }
  const sinceMs = nowMs - parts.absoluteMs;
  await parts.outbox.replay(sinceMs, pushesTo(store, true));
  await endAgain(parts.dataSource, store, sinceMs);
}

const dayMs = 86_400_000;
const overageSince = `SELECT licence_id AS id, array_agg(DISTINCT floor(extract(epoch FROM at) / 86400)::int) AS days
  FROM session_events WHERE reason = 'overage' AND licence_id IS NOT NULL AND at > $1 GROUP BY licence_id`;

/** The days, since 1970, of the last 365 on which each licence admitted more than it has seats. */
async function overageDays(dataSource: DataSource, nowMs: number): Promise<Map<string, readonly number[]>> {
  const since = new Date(nowMs - 365 * dayMs);
  const rows = await askPostgres(() => dataSource.query<{ id: string; days: number[] }[]>(overageSince, [since]));
  return new Map(rows.map(({ id, days }) => [id, days]));
}

interface Ending {
  readonly id: string;
  readonly at: Date;
  readonly ref: string;
  readonly reason: string;
  readonly message: string | null;
}

const endingsSince = `SELECT id, at, ref, reason, message FROM session_events
  WHERE kind = 'released' AND ref IS NOT NULL AND at >= $1 AND (at, id) > ($1, $2) ORDER BY at, id LIMIT ${atOnce}`;

async function endAgain(dataSource: DataSource, store: SessionStore, sinceMs: number): Promise<void> {
  let after = { at: new Date(sinceMs), id: '' };
  for (;;) {
    const endings = await askPostgres(() => dataSource.query<Ending[]>(endingsSince, [after.at, after.id]));
    await Promise.all([...alike(endings)].map(([, { tag, handles, cause }]) => store.close(tag, { handles }, cause)));
    const last = endings.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

/** Endings of one tag for one reason go in one call. */
function alike(endings: readonly Ending[]) {
  const groups = new Map<string, { tag: string; handles: string[]; cause: Cause }>();
  for (const { ref: text, reason: told, message } of endings) {
    const ref = parseRef(text);
    if (ref === null) continue;
    const reason = endReasons.find((known) => known === told) ?? 'signed-out';
    const name = JSON.stringify([ref.tag, reason, message]);
    const group = groups.get(name) ?? {
      tag: ref.tag,
      handles: [],
      cause: message === null ? { reason } : { reason, message },
    };
    group.handles.push(ref.handle);
    groups.set(name, group);
  }
  return groups;
}
