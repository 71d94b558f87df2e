import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import { hourMs } from '../../src/usage/span.js';
import { usageMarks } from '../../src/usage/usage-marks.js';
import { UsageLab } from '../support/usage-lab.js';

const dayMs = 24 * hourMs;
const beginMs = Date.UTC(2026, 0, 1);
const keepDays = 100;

let lab: UsageLab;
let stop: () => Promise<void>;
let licenceId: LicenceId;

beforeEach(async () => {
  ({ lab, stop } = await UsageLab.open(beginMs + 10 * hourMs, keepDays));
  licenceId = newId();
});

afterEach(() => stop());

const admitted = (atMs: number, used = 1, reason: string | null = null) =>
  lab.event(licenceId, { kind: 'admitted', atMs, used, limit: 5, reason, userId: newId<UserId>() });
const count = async (table: string) =>
  (await lab.dataSource.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM ${table}`))[0]?.count;
const hour = async (atMs: number) => {
  const [one] = await lab.usage.usage(licenceId, { span: 'hour', fromMs: atMs, toMs: atMs + hourMs });
  return one;
};

describe('stored figures', () => {
  it('are left alone while events of theirs are on their way, and contain them afterwards', async () => {
    await lab.bring([admitted(beginMs)]);
    const late = admitted(beginMs + 60_000, 2);
    const runner = lab.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(
      'INSERT INTO session_events (id, kind, tag, licence_id, user_id, at, used, seat_limit) VALUES ($1, $2, $3, $4, $5, $6, 2, 5)',
      [late.id, late.kind, late.tag, licenceId, late.userId, new Date(late.atMs)],
    );
    await usageMarks.brought(runner.manager, [late]);
    await lab.keeper.storeDue();
    expect(await count('usage_hours')).toBe(0);
    await runner.commitTransaction();
    await runner.release();
    await lab.keeper.storeDue();
    expect(await count('usage_hours')).toBe(1);
    expect(await hour(beginMs)).toMatchObject({ peak: 2, people: 2 });
  });

  it('wait until their hour, and what may fold its refusals, is over', async () => {
    await lab.bring([admitted(beginMs)]);
    lab.nowMs = beginMs + hourMs + 170_000;
    await lab.keeper.storeDue();
    expect(await count('usage_hours')).toBe(0);
    lab.nowMs += 20_000;
    await lab.keeper.storeDue();
    expect(await count('usage_hours')).toBe(1);
    // The day and the month go on.
    expect(await count('usage_marks')).toBe(2);
  });

  it('are stored once when two processes work at the same time', async () => {
    await lab.bring(Array.from({ length: 200 }, (_, i) => admitted(beginMs + i * 20 * 60_000)));
    lab.nowMs = beginMs + 40 * dayMs;
    const other = new UsageLab(lab.dataSource, lab.nowMs);
    const stored = await Promise.all([lab.keeper.storeDue(), other.keeper.storeDue()]);
    await lab.keeper.storeDue();
    expect(stored[0] + stored[1]).toBeGreaterThan(0);
    expect(await count('usage_marks')).toBe(0);
    expect(await count('usage_hours')).toBe(67);
    expect((await hour(beginMs))?.people).toBe(3);
  });

  it('are sound when the clock of the events is ahead', async () => {
    lab.nowMs = beginMs + 1000;
    await lab.bring([admitted(beginMs + 3000, 5)]);
    expect(await hour(beginMs)).toMatchObject({ lastsMs: 1000, peak: 5, seatMs: 0, fullMs: 0, people: 1 });
  });

  it('of an event that is brought twice count it once', async () => {
    const event = admitted(beginMs);
    await lab.bring([event]);
    await lab.bring([event]);
    expect((await hour(beginMs))?.hours[0]?.admissions).toBe(1);
  });
});

describe('the keeper', () => {
  it('does one stretch after another when all at once are too much, and passes over the one that fails', async () => {
    await lab.bring(Array.from({ length: 3 }, (_, i) => admitted(beginMs + i * hourMs)));
    lab.nowMs = beginMs + 200 * dayMs;
    await lab.dataSource.query(
      `CREATE FUNCTION refuse_two() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'not this hour'; END $$`,
    );
    await lab.dataSource.query(
      `CREATE TRIGGER refuse_two BEFORE INSERT ON usage_hours FOR EACH ROW
       WHEN (NEW.starts_at = '${new Date(beginMs + hourMs).toISOString()}') EXECUTE FUNCTION refuse_two()`,
    );
    await lab.keeper.storeDue();
    expect(await count('usage_hours')).toBe(2);
    expect(await count('usage_marks')).toBe(1);
    // What could not be stored is told all the same.
    expect(await hour(beginMs + hourMs)).toMatchObject({ peak: 1, people: 1 });
    await lab.dataSource.query('DROP TRIGGER refuse_two ON usage_hours');
    await lab.keeper.storeDue();
    expect(await count('usage_marks')).toBe(0);
  });
});

describe('old history', () => {
  const signIn = (atMs: number) =>
    lab.dataSource.query(
      "INSERT INTO sign_ins (id, at, address, user_agent, outcome) VALUES ($1, $2, '192.0.2.1', '', 'signed-in')",
      [newId(), new Date(atMs)],
    );

  it('goes by whole months and leaves the figures and the yearly count of overage', async () => {
    const old = [beginMs, beginMs + dayMs, beginMs + 31 * dayMs];
    await lab.bring([...old.map((atMs) => admitted(atMs)), admitted(beginMs + 2 * dayMs, 6, 'overage')]);
    for (const atMs of old) await signIn(atMs);
    lab.nowMs = beginMs + 31 * dayMs + keepDays * dayMs;
    await lab.keeper.storeDue();
    const before = await lab.usage.usage(licenceId, { span: 'day', fromMs: beginMs, toMs: lab.nowMs });
    // Two events and two sign-ins of January; February is not over for so long.
    expect(await lab.keeper.forget()).toBe(4);
    expect(await count('session_events')).toBe(2);
    expect(await count('sign_ins')).toBe(1);
    expect(await lab.usage.usage(licenceId, { span: 'day', fromMs: beginMs, toMs: lab.nowMs })).toEqual(before);
    const later = await hour(beginMs + 3 * dayMs);
    expect(later).toMatchObject({ peak: 6, seatMs: 6 * hourMs, fullMs: hourMs });
    lab.nowMs = beginMs + 369 * dayMs;
    expect(await lab.keeper.forget()).toBe(3);
    expect(await count('session_events')).toBe(0);
    const all = await lab.usage.usage(licenceId, { span: 'month', fromMs: beginMs, toMs: beginMs + 31 * dayMs });
    expect(all).toMatchObject([{ peak: 6, people: 3 }]);
  });

  it('goes in slices when there is much of it', async () => {
    await lab.dataSource.query(
      `INSERT INTO sign_ins (id, at, address, user_agent, outcome)
       SELECT gen_random_uuid(), $1::timestamptz + n * interval '1 second', '192.0.2.1', '', 'signed-in' FROM generate_series(1, 12000) n`,
      [new Date(beginMs)],
    );
    lab.nowMs = beginMs + 200 * dayMs;
    expect(await lab.keeper.forget()).toBe(12_000);
  });

  it('stays for ever when that is said', async () => {
    const forever = new UsageLab(lab.dataSource, beginMs + 5000 * dayMs, 0);
    await lab.bring([admitted(beginMs)]);
    expect(await forever.keeper.forget()).toBe(0);
    expect(await count('session_events')).toBe(1);
  });

  it('does not spoil a stored figure when one more event of that time arrives', async () => {
    await lab.bring([admitted(beginMs, 1), admitted(beginMs + 60_000, 2)]);
    lab.nowMs = beginMs + 200 * dayMs;
    await lab.keeper.storeDue();
    await lab.keeper.forget();
    await lab.bring([admitted(beginMs + 120_000, 1)]);
    await lab.keeper.storeDue();
    expect(await hour(beginMs)).toMatchObject({ peak: 2, people: 2 });
  });
});
