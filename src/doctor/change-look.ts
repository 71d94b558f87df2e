import type { DataSource } from 'typeorm';
import type { UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import { type Finding, finding } from './finding.js';
import type { Survey } from './survey.js';

const sliceSize = 500;
/** What was written so short a time ago is under way, not stuck. */
const patienceMs = 5_000;

const stuckSql = `SELECT key, min(created_at) AS since, count(*)::int AS waiting, max(last_error) AS error FROM outbox
  WHERE applied_at IS NULL AND created_at < $1 GROUP BY key ORDER BY min(id) LIMIT 1000`;
const raisedSql = `SELECT id, payload->>'userId' AS user_id, (payload->>'epoch')::int AS epoch, payload->'tags' AS tags
  FROM outbox WHERE kind IN ('user-ended', 'user-refreshed') AND applied_at IS NOT NULL AND created_at >= $1 AND id > $2
  ORDER BY id LIMIT ${sliceSize}`;

interface Raised {
  readonly id: string;
  readonly user_id: string;
  readonly epoch: number;
  readonly tags: readonly string[];
}

/** Compares what was changed in Postgres with what Redis was told of it. */
export class ChangeLook {
  readonly #survey: Pick<Survey, 'epochs'>;
  readonly #dataSource: DataSource;

  constructor(survey: Pick<Survey, 'epochs'>, dataSource: DataSource) {
    this.#survey = survey;
    this.#dataSource = dataSource;
  }

  /** Says which changes have waited too long. */
  async stuck(nowMs: number, say: (found: Finding) => void): Promise<void> {
    const rows = await askPostgres(() =>
      this.#dataSource.query<{ key: string; since: Date; waiting: number; error: string | null }[]>(stuckSql, [
        new Date(nowMs - patienceMs),
      ]),
    );
    for (const { key, since, waiting, error } of rows) {
      const detail = `${waiting} since ${since.toISOString()}${error === null ? '' : ` (${error})`}`;
      say(finding('outbox-stuck', null, key, { key, detail }));
    }
  }

  /**
   * Says where Redis has forgotten what it was told of a person. Numbers alone do not show it: leaving one licence raises
   * the epoch in Postgres and in that licence only. What was told is what the outbox remembers, as long as sessions live.
   */
  async forgotten(sinceMs: number, say: (found: Finding) => void): Promise<void> {
    let after = '0';
    for (;;) {
      const rows = await askPostgres(() => this.#dataSource.query<Raised[]>(raisedSql, [new Date(sinceMs), after]));
      const byTag = new Map<string, Map<string, number>>();
      for (const { user_id, epoch, tags } of rows) {
        for (const tag of tags) {
          const ofTag = byTag.get(tag) ?? new Map<string, number>();
          byTag.set(tag, ofTag.set(user_id, Math.max(epoch, ofTag.get(user_id) ?? 0)));
        }
      }
      for (const [tag, told] of byTag) await this.#compare(tag, told, say);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  async #compare(tag: string, told: ReadonlyMap<string, number>, say: (found: Finding) => void): Promise<void> {
    const users = [...told.keys()] as UserId[];
    const here = await this.#survey.epochs(tag, users);
    users.forEach((userId, i) => {
      const [redis, postgres] = [here[i] ?? 0, told.get(userId) ?? 0];
      if (redis < postgres) say(finding('epoch-lost', tag, `${userId} ${postgres}`, { userId, redis, postgres }));
    });
  }
}
