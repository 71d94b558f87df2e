import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import type { SessionEvent } from '../../src/sessions/store.js';
import { refusalsOf } from '../../src/usage/refusal-figures.js';
import { type Span, spans, startOf, startOfNext } from '../../src/usage/span.js';
import type { Usage } from '../../src/usage/usage-history.js';
import { type NaiveUsage, naiveUsage } from '../support/naive-usage.js';
import { UsageLab } from '../support/usage-lab.js';

/** `USHER_SEED` replays a run; `USHER_LONG` makes it seven times longer. */
const seed = Number(process.env['USHER_SEED'] ?? Date.now() % 1_000_000_000);
const histories = process.env['USHER_LONG'] === undefined ? 30 : 200;

const hourMs = 3_600_000;
// The end of a February, so that hours, days and months all turn.
const beginMs = Date.UTC(2028, 1, 28, 20);
const lastsMs = 40 * hourMs;
const users = Array.from({ length: 4 }, () => newId<UserId>());

let lab: UsageLab;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ lab, stop } = await UsageLab.open(beginMs));
});

afterAll(() => stop());

const arbitraryEvent = fc.record({
  kind: fc.constantFrom('admitted' as const, 'released' as const, 'refused' as const),
  // Often in the same moment, at the turn of an hour, or shortly after one another.
  atMs: fc.oneof(
    fc.integer({ min: 0, max: lastsMs - 1 }),
    fc.integer({ min: 0, max: 39 }).map((hour) => hour * hourMs),
    fc.integer({ min: 0, max: 20 }).map((minute) => 4 * hourMs - 600_000 + minute * 60_000),
  ),
  used: fc.integer({ min: 0, max: 4 }),
  limit: fc.constantFrom(0, 2, 3, 4),
  userId: fc.option(fc.constantFrom(...users), { freq: 8 }),
  reason: fc.constantFrom('plain', 'overage', 'break-glass', 'support'),
  /** How long after it happened it is brought over: mostly at once, sometimes after its hour has been figured. */
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 * hourMs })),
});

type Drawn = ReturnType<(typeof arbitraryEvent)['generate']>['value'];

function eventOf(licenceId: LicenceId, drawn: Drawn): SessionEvent {
  const { kind, reason, lateMs: _, ...rest } = drawn;
  const code = kind === 'refused' ? (reason === 'plain' ? 'FULL' : 'USER_MAX') : reason === 'plain' ? null : reason;
  return lab.event(licenceId, { ...rest, kind, atMs: beginMs + drawn.atMs, reason: code });
}

function told(usage: Usage): NaiveUsage {
  const { hours, startsAtMs, lastsMs: lasts, peak, seatMs, fullMs, people } = usage;
  const refusals = [...refusalsOf(hours)].map(([code, some]) => [code, [some.all, some.telling]]);
  const admissions = hours.reduce((sum, hour) => sum + hour.admissions, 0);
  return {
    startsAtMs,
    lastsMs: lasts,
    peak,
    seatMs,
    fullMs,
    people,
    admissions,
    refusals: Object.fromEntries(refusals),
  };
}

async function agrees(licenceId: LicenceId, events: readonly SessionEvent[], span: Span): Promise<void> {
  const period = { fromMs: startOf(span, beginMs), toMs: startOfNext(span, beginMs + lastsMs) };
  const usage = await lab.usage.usage(licenceId, { span, ...period });
  expect(usage.map(told)).toEqual(naiveUsage(events, span, { ...period, nowMs: lab.nowMs }));
  // What happened before the time that is asked for is known too.
  const laterFrom = startOf(span, beginMs + lastsMs / 2);
  const later = await lab.usage.usage(licenceId, { span, fromMs: laterFrom, toMs: period.toMs });
  const naiveLater = naiveUsage(events, span, { fromMs: laterFrom, toMs: period.toMs, nowMs: lab.nowMs });
  expect(later.map(told)).toEqual(naiveLater);
}

describe('the figures of usage', () => {
  it(`are those of the events, at any time, however late these came, in ${histories} histories (USHER_SEED=${seed})`, async () => {
    const property = fc.asyncProperty(
      fc.array(arbitraryEvent, { maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: lastsMs + 6 * hourMs }), { minLength: 1, maxLength: 3 }),
      async (drawn, looks) => {
        const licenceId = newId<LicenceId>();
        const coming = drawn
          .map((one) => ({ event: eventOf(licenceId, one), comesAtMs: beginMs + one.atMs + one.lateMs }))
          .sort((a, b) => a.comesAtMs - b.comesAtMs);
        const brought: SessionEvent[] = [];
        for (const look of [...looks, lastsMs + 31 * 24 * hourMs].sort((a, b) => a - b)) {
          lab.nowMs = beginMs + look;
          const due = coming.filter(({ comesAtMs, event }) => comesAtMs <= lab.nowMs && !brought.includes(event));
          await lab.bring(
            due.map(({ event }) => event),
            7,
          );
          brought.push(...due.map(({ event }) => event));
          for (const span of spans) await agrees(licenceId, brought, span);
          await lab.keeper.storeDue();
          for (const span of spans) await agrees(licenceId, brought, span);
        }
        const marks = await lab.dataSource.query<unknown[]>('SELECT 1 FROM usage_marks');
        expect(marks).toEqual([]);
      },
    );
    await fc.assert(property, { seed, numRuns: histories });
  }, 600_000);
});
