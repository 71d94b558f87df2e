import type { DataSource, EntityManager } from 'typeorm';
import type { UserId } from '../kernel/ids.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import { askPostgres } from '../platform/postgres.js';
import type { HistoryListener } from '../sessions/history.js';
import type { EndReason } from '../sessions/session.js';
import { parseRef } from '../sessions/session-id.js';
import type { SessionEvent } from '../sessions/store.js';
import type { Remembered } from './remembered-browsers.js';

/** Whether the end of its session also ends what a browser was remembered by: when somebody meant it to be over. */
export function endsMemory(reason: string): boolean {
  return meant.has(reason);
}

const meant: ReadonlySet<string> = new Set<EndReason>([
  'signed-out',
  'ended-by-staff',
  'ended-by-user',
  'user-agent',
  'account-disabled',
  'credentials-changed',
  'member-removed',
  'role-changed',
]);

const reasonSql = `SELECT reason FROM session_events WHERE id = $1
  UNION ALL SELECT payload->'cause'->>'reason' FROM outbox
    WHERE applied_at IS NULL AND kind = 'sessions-ended' AND payload->'refs' @> $2::jsonb LIMIT 1`;

/** What RememberedEndings are made of. */
export interface RememberedEndingsParts {
  readonly tokens: Pick<IssuedTokens<Remembered>, 'lockOf' | 'revokeOne'>;
  readonly dataSource: DataSource;
  /** Brings over what has happened in a tag. */
  drain(tag: string): Promise<void>;
}

/** Lets a session that was ended on purpose take along what its browser was remembered by, whoever ended it and where. */
export class RememberedEndings implements HistoryListener {
  readonly #parts: RememberedEndingsParts;

  constructor(parts: RememberedEndingsParts) {
    this.#parts = parts;
  }

  /** See HistoryListener. */
  async brought(tx: EntityManager, events: readonly SessionEvent[]): Promise<void> {
    const reasons = new Map<string, string>();
    const users = new Set<UserId>();
    for (const { kind, ref, userId, reason } of events) {
      if (kind !== 'released' || ref === null || userId === null || reason === null) continue;
      if (!endsMemory(reason) && reason !== 'unclaimed') continue;
      reasons.set(ref, reason);
      users.add(userId);
    }
    if (reasons.size === 0) return;
    for (const { id, userId, data, rotatedAt } of await this.#parts.tokens.lockOf(tx, [...users])) {
      const reason = data.ref === null ? undefined : reasons.get(data.ref);
      // The answer to the very sign-in never arrived, so no browser has the cookie.
      const over = reason === 'unclaimed' ? rotatedAt === null : reason !== undefined;
      if (over && userId !== null) await this.#parts.tokens.revokeOne(tx, userId, id);
    }
  }

  /**
   * Why a session ended, known at once also where its history has not been brought over yet, or why it is about to end,
   * where Redis could not be told yet. Null while it lives, has expired and nobody has looked yet, or was so long ago that
   * nothing is known of it. Throws StoreUnavailable.
   */
  async reasonOf(ref: string): Promise<string | null> {
    const parsed = parseRef(ref);
    if (parsed === null) return null;
    await this.#parts.drain(parsed.tag);
    const [row] = await askPostgres(() =>
      this.#parts.dataSource.query<{ reason: string | null }[]>(reasonSql, [
        `${ref}:released`,
        JSON.stringify([parsed]),
      ]),
    );
    return row?.reason ?? null;
  }
}
