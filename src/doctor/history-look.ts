import type { DataSource } from 'typeorm';
import { askPostgres } from '../platform/postgres.js';
import { parseRef } from '../sessions/session-id.js';
import { type Finding, finding } from './finding.js';
import type { Waiting } from './session-look.js';
import type { Kept, Survey } from './survey.js';

const sliceSize = 1_000;

interface Line {
  readonly id: string;
  readonly at: Date;
  readonly ref: string;
  readonly tag: string;
  readonly user_id: string | null;
  readonly paired: boolean;
}

const linesOf = (kind: 'admitted' | 'released', other: 'admitted' | 'released') =>
  `SELECT e.id, e.at, e.ref, e.tag, e.user_id, o.id IS NOT NULL AS paired FROM (
    SELECT id, at, ref, tag, user_id FROM session_events
      WHERE at >= $1 AND (at, id) > ($1, $2) AND kind = '${kind}' AND ref IS NOT NULL ORDER BY at, id LIMIT ${sliceSize}
  ) e LEFT JOIN session_events o ON o.id = e.ref || ':${other}' ORDER BY e.at, e.id`;
const admissions = linesOf('admitted', 'released');
const releases = linesOf('released', 'admitted');

/** Compares the history with itself and with the sessions that live: every coming has a going, or somebody still sits. */
export class HistoryLook {
  readonly #survey: Survey;
  readonly #dataSource: DataSource;
  readonly #sinceMs: number;

  /** From `sinceMs` on the history is whole: what came before may have been forgotten on purpose. */
  constructor(survey: Survey, dataSource: DataSource, sinceMs: number) {
    this.#survey = survey;
    this.#dataSource = dataSource;
    this.#sinceMs = sinceMs;
  }

  /** Looks at every admission and every release. `absoluteMs` is how long before its release a session may have come. */
  async all(absoluteMs: number, waiting: Waiting, say: (found: Finding) => void): Promise<void> {
    for await (const lines of this.#unpaired(admissions, this.#sinceMs)) {
      for (const row of await this.#kept(lines)) await this.#judgeAdmission(row, waiting, say);
    }
    for await (const lines of this.#unpaired(releases, this.#sinceMs === 0 ? 0 : this.#sinceMs + absoluteMs)) {
      for (const { ref, tag, user_id, at } of lines) {
        const handle = parseRef(ref)?.handle;
        if (handle === undefined || (await waiting(tag)).has(`${ref}:admitted`)) continue;
        const facts = { ref, handle, userId: user_id, atMs: at.getTime() };
        say(finding('release-without-admission', tag, handle, facts));
      }
    }
  }

  /** Whoever has a record or a seat is looked at as a session; the history is open for them, or will be closed with them. */
  async #judgeAdmission({ line, kept }: Admission, waiting: Waiting, say: (found: Finding) => void): Promise<void> {
    if (kept.record === 'live' || kept.seatUntilMs !== null || kept.listedAtMs !== null) return;
    const { tag, ref, user_id } = line;
    if ((await waiting(tag)).has(`${ref}:released`)) return;
    const facts = { ref, handle: kept.handle, userId: user_id, atMs: line.at.getTime(), reason: kept.reason };
    const ended = kept.endedAtMs === null ? {} : { redis: kept.endedAtMs };
    say(finding('release-missing', tag, kept.handle, { ...facts, ...ended }));
  }

  async *#unpaired(sql: string, sinceMs: number): AsyncGenerator<Line[]> {
    let after = { at: new Date(sinceMs), id: '' };
    for (;;) {
      const lines = await askPostgres(() => this.#dataSource.query<Line[]>(sql, [after.at, after.id]));
      yield lines.filter(({ paired }) => !paired);
      const last = lines.at(-1);
      if (last === undefined) return;
      after = last;
    }
  }

  async #kept(lines: readonly Line[]): Promise<Admission[]> {
    const byTag = new Map<string, Map<string, Line>>();
    for (const line of lines) {
      const ref = parseRef(line.ref);
      if (ref === null) continue;
      const ofTag = byTag.get(ref.tag) ?? new Map<string, Line>();
      byTag.set(ref.tag, ofTag.set(ref.handle, line));
    }
    const told = await Promise.all(
      [...byTag].map(async ([tag, ofTag]) => {
        const { rows } = await this.#survey.ask(tag, { handles: [...ofTag.keys()] });
        return rows.flatMap((kept) => {
          const line = ofTag.get(kept.handle);
          return line === undefined ? [] : [{ line, kept }];
        });
      }),
    );
    return told.flat();
  }
}

interface Admission {
  readonly line: Line;
  readonly kept: Kept;
}
