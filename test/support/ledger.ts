import type pg from 'pg';
import { connectionsTo } from './stores.js';

/** One line of the history, as Postgres has it. */
export interface HistoryLine {
  readonly kind: 'admitted' | 'released' | 'refused';
  readonly ref: string | null;
  readonly reason: string | null;
  readonly used: number;
  readonly seat_limit: number | null;
}

/** What Postgres knows: the history of sessions and the audit log. */
export class Ledger {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = connectionsTo(databaseUrl);
  }

  /** The history of a licence, oldest first. */
  async history(licenceId: string): Promise<HistoryLine[]> {
    const { rows } = await this.#pool.query<HistoryLine>(
      'SELECT kind, ref, reason, used, seat_limit FROM session_events WHERE licence_id = $1 ORDER BY at, id',
      [licenceId],
    );
    return rows;
  }

  /** What became of one session: `admitted`, then the reason it was released for, as often as it is written there. */
  async storyOf(ref: string): Promise<string[]> {
    const { rows } = await this.#pool.query<HistoryLine>('SELECT kind, reason FROM session_events WHERE ref = $1', [
      ref,
    ]);
    const lines = rows.sort((a, b) => (a.kind < b.kind ? -1 : 1));
    return lines.map(({ kind, reason }) => (kind === 'released' ? (reason ?? '') : kind));
  }

  /** How many lines the audit log has about a target. */
  async audited(action: string, targetId: string): Promise<number> {
    const { rows } = await this.#pool.query<{ lines: number }>(
      'SELECT count(*)::int AS lines FROM audit WHERE action = $1 AND target_id = $2',
      [action, targetId],
    );
    return rows[0]?.lines ?? 0;
  }

  /** The process ids of all that serve connections. */
  async backends(): Promise<number[]> {
    const { rows } = await this.#pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    return rows.map(({ pid }) => pid);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
