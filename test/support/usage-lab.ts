import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { SessionHistory } from '../../src/sessions/history.js';
import type { SessionEvent, SessionStore } from '../../src/sessions/store.js';
import { RefusalHistory } from '../../src/usage/refusal-history.js';
import { UsageHistory } from '../../src/usage/usage-history.js';
import { UsageKeeper } from '../../src/usage/usage-keeper.js';
import { usageMarks } from '../../src/usage/usage-marks.js';
import { freshDatabase } from './stores.js';

const log = createLog({ level: 'silent' });

/** What a test says of an event; the rest is filled in. */
export type TestEvent = Pick<SessionEvent, 'kind' | 'atMs' | 'used'> & Partial<SessionEvent>;

/** Usage on a real Postgres, with events as the drainer would bring them, and a clock the test sets. */
export class UsageLab {
  readonly clock = { nowMs: () => this.nowMs };
  readonly usage: UsageHistory;
  readonly refusals: RefusalHistory;
  readonly keeper: UsageKeeper;
  #count = 0;

  constructor(
    readonly dataSource: DataSource,
    public nowMs: number,
    keepDays = 0,
  ) {
    const { clock } = this;
    this.usage = new UsageHistory(dataSource, clock);
    this.refusals = new RefusalHistory(dataSource);
    this.keeper = new UsageKeeper({ dataSource, clock, log, keepDays });
  }

  /** A lab on a database of its own. */
  static async open(nowMs: number, keepDays = 0): Promise<{ lab: UsageLab; stop(): Promise<void> }> {
    const database = await freshDatabase();
    const dataSource = await createDataSource(database.url, schema).initialize();
    const stop = async () => {
      await dataSource.destroy();
      await database.stop();
    };
    return { lab: new UsageLab(dataSource, nowMs, keepDays), stop };
  }

  /** A whole event of a licence. */
  event(licenceId: LicenceId, given: TestEvent): SessionEvent {
    this.#count += 1;
    const id = given.id ?? `${newId<UserId>()}:${given.kind}:${this.#count}`;
    const nothing = { ref: null, userId: null, reason: null, message: null, by: null, requestId: null, limit: null };
    return { ...nothing, tag: licenceId, licenceId, ...given, id };
  }

  /** Brings events over as the drainer does, all in the order in which they are given. */
  async bring(events: readonly SessionEvent[], batchSize = 500): Promise<void> {
    const waiting = [...events];
    const store = {
      events: async () => {
        const batch = waiting.slice(0, batchSize);
        return { events: batch, positions: batch.map((_, i) => String(i)) };
      },
      acknowledge: async (_tag: string, positions: readonly string[]) => void waiting.splice(0, positions.length),
    };
    const history = new SessionHistory({
      store: store as unknown as SessionStore,
      dataSource: this.dataSource,
      audit: new AuditLog(this.dataSource, systemClock),
      log,
      metrics: createMetrics(),
      listeners: [usageMarks],
      allTags: async () => [],
    });
    while (waiting.length > 0) await history.drain('');
  }
}
