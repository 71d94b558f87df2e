import { setTimeout as pause } from 'node:timers/promises';
import type { By } from '../audit/audit-log.js';
import { abreast } from '../kernel/abreast.js';
import type { Clock } from '../kernel/clock.js';
import type { LicenceRepository } from '../licences/licence-repository.js';
import type { SessionHistory } from '../sessions/history.js';
import type { SessionScripts } from '../sessions/session-scripts.js';
import { ChangeLook } from './change-look.js';
import { type Finding, findingKinds } from './finding.js';
import { HistoryLook } from './history-look.js';
import { LicenceLook, tagsAtOnce } from './licence-look.js';
import { Mending, type MendingParts } from './mending.js';
import { SessionLook } from './session-look.js';
import { Survey } from './survey.js';

/** How long after the first look the second one is taken, in milliseconds: what is on its way has arrived by then. */
const secondLookMs = 3_000;
/** Mending one thing can show another: after so many rounds it is given up. */
const mostRounds = 4;

/** What a Doctor is made of. */
export interface DoctorParts extends MendingParts {
  readonly scripts: Pick<SessionScripts, 'survey' | 'mend'>;
  readonly licences: LicenceRepository;
  readonly history: Pick<SessionHistory, 'drain'>;
  readonly clock: Clock;
  /** How long the history is kept, in milliseconds; null: for ever. */
  readonly historyMs: number | null;
  /** Another time between the looks, for tests. */
  readonly secondLookMs?: number;
}

/** What was looked at. */
export interface Looked {
  readonly tags: number;
  readonly sessions: number;
  /** Events that have not reached Postgres: under way when a server runs, else brought over by its next start. */
  readonly waiting: number;
}

/** What a doctor found, and what of it was still there at the end. */
export interface Diagnosis {
  readonly looked: Looked;
  readonly found: readonly Finding[];
  readonly left: readonly Finding[];
}

/** Compares seats, records, indexes, epochs, policies and history, and mends what has drifted apart. */
export class Doctor {
  readonly #parts: DoctorParts;

  constructor(parts: DoctorParts) {
    this.#parts = parts;
  }

  /**
   * Looks, and looks again before it says anything: what is on its way is no drift. Writes nothing. Throws StoreUnavailable
   * when a store cannot be asked.
   */
  async examine(): Promise<Diagnosis> {
    const first = await this.#look();
    if (first.found.size === 0) return { looked: first.looked, found: [], left: [] };
    await pause(this.#parts.secondLookMs ?? secondLookMs);
    const { looked, found } = await this.#look();
    const both = inOrder([...found.values()].filter(({ id }) => first.found.has(id)));
    return { looked, found: both, left: both };
  }

  /** Mends what it finds, and looks again until nothing is left or nothing helps. `by` is in the audit log. */
  async mend(by: By): Promise<Diagnosis> {
    const all = new Map<string, Finding>();
    let diagnosis = await this.examine();
    for (let round = 0; round < mostRounds && diagnosis.left.length > 0; round++) {
      const mending = new Mending(this.#parts, by, this.#parts.clock.nowMs());
      for (const found of diagnosis.left) {
        all.set(found.id, found);
        await mending.mend(found);
      }
      for (const tag of new Set(diagnosis.left.flatMap(({ tag }) => tag ?? []))) await this.#parts.history.drain(tag);
      diagnosis = await this.examine();
    }
    for (const found of diagnosis.left) all.set(found.id, found);
    return { looked: diagnosis.looked, found: inOrder([...all.values()]), left: diagnosis.left };
  }

  async #look(): Promise<{ looked: Looked; found: Map<string, Finding> }> {
    const { link, scripts, dataSource, licences, absoluteMs, historyMs, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const sinceMs = historyMs === null ? 0 : nowMs - historyMs;
    const survey = new Survey(link, scripts);
    const found = new Map<string, Finding>();
    const say = (one: Finding) => void found.set(one.id, one);
    const streams = new Map<string, Promise<Set<string>>>();
    const waiting = (tag: string) => {
      const known = streams.get(tag) ?? survey.waiting(tag);
      streams.set(tag, known);
      return known;
    };
    const tags = new Set(await licences.allTags());
    const sessionLook = new SessionLook(survey, dataSource, sinceMs);
    const sessions = await sessionLook.keyspace(tags, waiting, say);
    await abreast(tags, tagsAtOnce, (tag) => sessionLook.indexes(tag, say));
    await new LicenceLook(survey, dataSource, licences).all(tags, nowMs, waiting, say);
    const changes = new ChangeLook(survey, dataSource);
    await changes.stuck(nowMs, say);
    await changes.forgotten(nowMs - absoluteMs, say);
    await new HistoryLook(survey, dataSource, sinceMs).all(absoluteMs, waiting, say);
    let events = 0;
    await abreast(tags, tagsAtOnce, async (tag) => {
      const { size } = await waiting(tag);
      events += size;
    });
    return { looked: { tags: tags.size, sessions, waiting: events }, found };
  }
}

function inOrder(found: readonly Finding[]): Finding[] {
  return [...found].sort(
    (a, b) => findingKinds.indexOf(a.kind) - findingKinds.indexOf(b.kind) || (a.id < b.id ? -1 : 1),
  );
}
