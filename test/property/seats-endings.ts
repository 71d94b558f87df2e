import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EndReason } from '../../src/sessions/session.js';
import type { FullStep } from '../../src/sessions/store.js';
import { plainPolicy } from '../support/plain-policy.js';
import type { SeatsHouse } from './seats-house.js';
import type { ModelSession, ModelTag, SeatsModel } from './seats-model.js';
import { onSession, type Step, step } from './seats-step.js';

interface Choices {
  readonly anyTag: fc.Arbitrary<number>;
  readonly anyUser: fc.Arbitrary<number>;
  readonly anyLicence: fc.Arbitrary<number>;
  readonly anySession: fc.Arbitrary<number>;
}

function assertClosed(closed: readonly { handle: string }[], expected: readonly ModelSession[]): void {
  assert.deepEqual(
    closed.map((one) => one.handle).sort(),
    expected.map((session) => session.issued.handle).sort(),
    'what a close ended',
  );
}

async function closeOne(model: SeatsModel, house: SeatsHouse, session: ModelSession, times: number): Promise<void> {
  const handles = Array.from({ length: times }, () => session.issued.handle);
  const { closed } = await house.store.close(session.issued.tag, { handles }, { reason: 'ended-by-staff' });
  assertClosed(closed, session.ended === null ? [session] : []);
  if (session.ended === null) model.end(session, 'ended-by-staff');
}

function endAll(model: SeatsModel, sessions: readonly ModelSession[], reason: EndReason): void {
  for (const session of sessions) model.end(session, reason);
}

async function closeUser(
  model: SeatsModel,
  house: SeatsHouse,
  tag: number,
  user: number,
  keep: ModelSession | undefined,
  late: number,
): Promise<void> {
  const epoch = nextEpoch(model, user, late);
  const kept = keep?.tag === tag && keep.user === user ? keep : undefined;
  const which = { userId: house.user(user), epoch, ...(kept === undefined ? {} : { keep: kept.issued.handle }) };
  const { closed } = await house.store.close(house.tag(tag), which, { reason: 'credentials-changed' });
  const ending = model.live(tag).filter((one) => one.user === user && one.epoch < epoch && one !== kept);
  assertClosed(closed, ending);
  // The history counts down in the order the script chose.
  ending.sort(
    (a, b) =>
      closed.findIndex((c) => c.handle === a.issued.handle) - closed.findIndex((c) => c.handle === b.issued.handle),
  );
  endAll(model, ending, 'credentials-changed');
  model.raiseEpoch(tag, user, epoch);
  for (const session of model.sessions) if (session.tag === tag && session.user === user) session.stray = false;
  if (kept !== undefined && kept.ended === null) kept.epoch = Math.max(kept.epoch, epoch);
}

/** The epoch a change raises, or one of the last again, as when a push is repeated late. */
function nextEpoch(model: SeatsModel, user: number, late: number): number {
  const epoch = model.epochOf(user) + 1 - late;
  model.epochs[user] = Math.max(model.epochOf(user), epoch);
  return epoch;
}

async function refresh(model: SeatsModel, house: SeatsHouse, tag: number, user: number, late: number): Promise<void> {
  const epoch = nextEpoch(model, user, late);
  const person = `{"change":${model.attempts++}}`;
  const older = model.live(tag).filter((session) => session.user === user && session.epoch < epoch);
  assert.equal(await house.store.refresh(house.tag(tag), house.user(user), epoch, person), older.length, 'a refresh');
  for (const session of older) Object.assign(session, { epoch, person });
  model.raiseEpoch(tag, user, epoch);
}

async function closeAll(model: SeatsModel, house: SeatsHouse, tag: number, atMost: number): Promise<void> {
  const { version } = model.tag(tag);
  const older = model.live(tag).filter((session) => session.policyVersion < version);
  const ended: string[] = [];
  for (let more = true, turn = 0; more; turn++) {
    assert.ok(turn < 50, 'closing in slices does not come to an end');
    const slice = await house.store.close(house.tag(tag), { version, atMost }, { reason: 'licence-suspended' });
    assert.ok(slice.closed.length <= atMost);
    ended.push(...slice.closed.map((one) => one.handle));
    more = slice.more;
  }
  assertClosed(
    ended.map((handle) => ({ handle })),
    older,
  );
  older.sort((a, b) => ended.indexOf(a.issued.handle) - ended.indexOf(b.issued.handle));
  endAll(model, older, 'licence-suspended');
}

async function closeOverLimit(model: SeatsModel, house: SeatsHouse, tag: number, atMost: number): Promise<void> {
  const { limit } = model.tag(tag);
  for (let more = true, turn = 0; more; turn++) {
    assert.ok(turn < 50, 'ending those over the limit does not come to an end');
    const over = model.counted(tag).length - (limit ?? 0);
    const ends = [...model.counted(tag)].sort((a, b) => a.endsAtMs - b.endsAtMs || byHandle(a, b));
    // Looked at in slices of all sessions: whoever lies in a slice that had to be looked at may be chosen.
    const all = model.live(tag).sort((a, b) => a.endsAtMs - b.endsAtMs || byHandle(a, b));
    let seen = 0;
    let looked: ModelSession[] = [];
    do {
      seen += 2 * atMost;
      looked = all.slice(0, seen).filter((session) => !session.uncounted);
    } while (seen < all.length && looked.length < Math.min(2 * atMost, ends.length));
    looked.sort((a, b) => a.seenAtMs - b.seenAtMs || byHandle(a, b));
    const expected = looked.slice(0, Math.max(0, Math.min(over, atMost)));
    const slice = await house.store.close(house.tag(tag), { overLimit: true, atMost }, { reason: 'ended-by-staff' });
    assertClosed(slice.closed, expected);
    endAll(model, expected, 'ended-by-staff');
    more = slice.more;
  }
  assert.ok(model.counted(tag).length <= (limit ?? 0), 'no more sit than there are seats');
}

function byHandle(a: ModelSession, b: ModelSession): number {
  return a.issued.handle < b.issued.handle ? -1 : 1;
}

async function changePolicy(
  model: SeatsModel,
  house: SeatsHouse,
  index: number,
  change: Partial<Pick<ModelTag, 'limit' | 'suspended' | 'draining' | 'fromMs' | 'toMs' | 'perUser' | 'chain'>>,
): Promise<void> {
  const tag = model.tag(index);
  Object.assign(tag, change);
  tag.version += 1;
  await house.pushPolicy(model, index);
}

async function pushOlder(model: SeatsModel, house: SeatsHouse, index: number): Promise<void> {
  const older = plainPolicy({ version: model.tag(index).version - 1, seats: 99, state: 'suspended' });
  await house.store.pushPolicy(house.tag(index), older);
}

async function reconcile(model: SeatsModel, house: SeatsHouse, tag: number): Promise<number> {
  const { mended } = await house.store.reconcile(house.tag(tag));
  model.sweep(tag);
  return mended;
}

async function loseRecord(model: SeatsModel, house: SeatsHouse, session: ModelSession): Promise<void> {
  const key = `{${session.issued.tag}}:s:${session.issued.handle}`;
  await reconcile(model, house, session.tag);
  await house.lab.link.send(key, ['DEL', key]);
  session.lost = true;
  session.stray ||= session.ended === null;
  assert.equal(await reconcile(model, house, session.tag), session.ended === null ? 1 : 0, 'seats without a record');
  if (session.ended === null) model.end(session, 'idle');
}

const steps: FullStep[] = [
  { step: 'reclaim-idle', idleMinutes: 20 },
  { step: 'end-own' },
  { step: 'displace', which: 'oldest' },
  { step: 'overage', seats: 1, days: 1 },
];
const anyDelay = fc.constantFrom(0, 0, 0, 1, 2);

function minutesFrom(model: SeatsModel, minutes: number | null): number | null {
  return minutes === null ? null : model.nowMs + minutes * 60_000;
}

/** The commands that end sessions or change what a licence allows. */
export function endingArbitraries({ anyTag, anyUser, anyLicence, anySession }: Choices): fc.Arbitrary<Step>[] {
  return [
    fc
      .record({ choice: anySession, times: fc.integer({ min: 1, max: 2 }) })
      .map(({ choice, times }) =>
        onSession(`close(${choice}${times > 1 ? ' twice' : ''})`, choice, (m, h, session) =>
          closeOne(m, h, session, times),
        ),
      ),
    fc
      .record({ tag: anyTag, user: anyUser, keep: fc.option(anySession), late: anyDelay })
      .map(({ tag, user, keep, late }) =>
        step(`closeUser(${tag}, user ${user}${keep === null ? '' : `, keep ${keep}`}, ${late} late)`, tag, (m, h) =>
          closeUser(m, h, tag, user, keep === null ? undefined : m.pick(keep), late),
        ),
      ),
    fc
      .record({ tag: anyTag, user: anyUser, late: anyDelay })
      .map(({ tag, user, late }) =>
        step(`refresh(${tag}, user ${user}, ${late} late)`, tag, (m, h) => refresh(m, h, tag, user, late)),
      ),
    fc
      .record({ tag: anyLicence, atMost: fc.integer({ min: 1, max: 3 }) })
      .map(({ tag, atMost }) =>
        step(`closeAll(${tag}, ${atMost} at a time)`, tag, (m, h) => closeAll(m, h, tag, atMost)),
      ),
    fc
      .record({ tag: anyLicence, limit: fc.nat(4) })
      .map(({ tag, limit }) => step(`setLimit(${tag}, ${limit})`, tag, (m, h) => changePolicy(m, h, tag, { limit }))),
    fc
      .record({ tag: anyLicence, suspended: fc.boolean() })
      .map(({ tag, suspended }) =>
        step(`${suspended ? 'suspend' : 'reinstate'}(${tag})`, tag, (m, h) => changePolicy(m, h, tag, { suspended })),
      ),
    fc
      .record({
        tag: anyLicence,
        from: fc.constantFrom(null, null, -1, 30),
        to: fc.constantFrom(null, null, 0, 10, 90),
      })
      .map(({ tag, from, to }) =>
        step(`setWindow(${tag}, from ${from} to ${to} min)`, tag, (m, h) =>
          changePolicy(m, h, tag, { fromMs: minutesFrom(m, from), toMs: minutesFrom(m, to) }),
        ),
      ),
    fc
      .record({ tag: anyLicence, draining: fc.boolean() })
      .map(({ tag, draining }) =>
        step(`${draining ? 'drain' : 'fill'}(${tag})`, tag, (m, h) => changePolicy(m, h, tag, { draining })),
      ),
    fc
      .record({ tag: anyLicence, perUser: fc.constantFrom(null, 1, 2), chain: fc.subarray(steps) })
      .map(({ tag, perUser, chain }) =>
        step(`setChain(${tag}, ${JSON.stringify(chain)}, ${perUser} each)`, tag, (m, h) =>
          changePolicy(m, h, tag, { perUser, chain }),
        ),
      ),
    fc
      .record({ tag: anyLicence, atMost: fc.integer({ min: 1, max: 3 }) })
      .map(({ tag, atMost }) =>
        step(`closeOverLimit(${tag}, ${atMost} at a time)`, tag, (m, h) => closeOverLimit(m, h, tag, atMost)),
      ),
    anyLicence.map((tag) => step(`pushOlderPolicy(${tag})`, tag, (m, h) => pushOlder(m, h, tag))),
    anyTag.map((tag) => step(`reconcile(${tag})`, tag, async (m, h) => void (await reconcile(m, h, tag)))),
    anySession.map((choice) => onSession(`loseRecord(${choice})`, choice, loseRecord)),
  ];
}
