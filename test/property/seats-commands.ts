import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Credential } from '../../src/sessions/session-id.js';
import type { Opening, ReadOutcome } from '../../src/sessions/store.js';
import { homeClient } from '../support/house.js';
import { endingArbitraries } from './seats-endings.js';
import { roomFor } from './seats-full-house.js';
import type { SeatsHouse } from './seats-house.js';
import { firstLimits, type ModelSession, type SeatsModel, userCount } from './seats-model.js';
import { onSession, type Step, step } from './seats-step.js';

const minute = 60_000;
// The one with a chain and a maximum for each person has most to show.
const anyTag = fc.constantFrom(0, 1, 1, 2);
const anyUser = fc.nat(userCount - 1);
const anyLicence = fc.nat(firstLimits.length - 2);
const anySession = fc.nat(999);

interface Sought {
  readonly tag: number;
  readonly user: number;
  readonly over: Partial<Opening>;
  /** The session of the same browser, if it showed the right secret. */
  readonly own?: ModelSession | null;
  /** The session the person would end. */
  readonly give?: ModelSession | null;
  readonly confirm: boolean;
}

/** What `open` must answer, done to the model as well. */
async function open(
  model: SeatsModel,
  house: SeatsHouse,
  { tag, user, over, own = null, give = null, confirm }: Sought,
) {
  const opening = house.opening(model, tag, user, { ...over, ...(give === null ? {} : { give: give.issued.handle }) });
  const opened = await house.store.open(opening);
  const { limit, epochs, version } = model.tag(tag);
  const exchanged = own !== null && own.ended === null ? own : null;
  if ((epochs.get(user) ?? 0) > opening.epoch)
    return void assert.equal(opened.kind, 'stale-user', 'a sign-in with an older epoch');
  if (opening.policyVersion !== null && opening.policyVersion > version)
    return void assert.equal(opened.kind, 'policy-needed', 'a sign-in that knows a newer policy');
  const inside = exchanged?.user === user && (opening.uncounted !== undefined || !exchanged.uncounted);
  const refusal = model.refusal(tag) ?? (model.tag(tag).draining && !inside ? 'SUSPENDED' : null);
  if (refusal !== null) {
    model.refuse(tag, opening.attemptId, refusal, user);
    return void assert.deepEqual(opened, { kind: 'refused', code: refusal }, 'a refusal');
  }
  const uncounted = opening.uncounted !== undefined;
  const room = roomFor(model, { tag, user, exchanged, give, uncounted });
  if ('code' in room) {
    model.refuse(tag, opening.attemptId, room.code, user);
    assert.ok(opened.kind === 'full', `a full licence answered ${opened.kind}`);
    const told = [opened.code, opened.used, opened.limit];
    return void assert.deepEqual(told, [room.code, model.counted(tag).length, limit], 'a full licence');
  }
  assert.equal(opened.kind, 'opened', 'a free seat was refused');
  if (room.ends !== null) model.end(...room.ends);
  if (exchanged !== null && exchanged.ended === null) model.end(exchanged, 'signed-out');
  const { issued, epoch, snapshot } = opening;
  const admitted = { issued, tag, user, epoch, person: snapshot.person, uncounted };
  const session = model.admit(admitted, opening.uncounted ?? room.told);
  if (!confirm) return;
  assert.equal(await house.store.confirm(issued), true, 'a confirmation');
  model.confirm(session);
}

function sameSecret(session: ModelSession, credential: Credential, nowMs: number): boolean {
  if (credential.verifier === session.issued.verifier) return true;
  const { former, ended } = session;
  return ended === null && former !== null && former.issued.verifier === credential.verifier && nowMs < former.untilMs;
}

/** What a check by `credential` must find, were it a peek. */
function expectedRead(
  model: SeatsModel,
  session: ModelSession,
  credential: Credential,
  client: string,
): { kind: string; reason?: string } {
  if (session.lost || !sameSecret(session, credential, model.nowMs)) return { kind: 'unknown' };
  if (session.ended !== null) return { kind: 'ended', reason: session.ended };
  const fault = model.fault(session.tag);
  if (fault !== null) return { kind: 'ended', reason: fault };
  return { kind: client === homeClient.client ? 'live' : 'other-client' };
}

function assertFound(found: ReadOutcome, expected: { kind: string; reason?: string }): void {
  assert.equal(found.kind, expected.kind, `a check expected ${JSON.stringify(expected)}`);
  if (found.kind === 'ended') assert.equal(found.reason, expected.reason, 'why a session ended');
}

async function check(
  model: SeatsModel,
  house: SeatsHouse,
  session: ModelSession,
  credential: Credential,
  client = homeClient.client,
) {
  const expected = expectedRead(model, session, credential, client);
  const found = await house.store.read(credential, 'cookie', { ...homeClient, client });
  assertFound(found, expected);
  if (expected.kind === 'ended' && session.ended === null) model.end(session, model.fault(session.tag) ?? 'idle');
  if (found.kind !== 'live') return;
  model.touch(session);
  assert.equal(found.snapshot.person, session.person, 'what answers about the person');
  const { lastSeenAtMs, expiresAtMs, createdAtMs, absoluteExpiresAtMs, data } = found.session;
  assert.deepEqual(
    { lastSeenAtMs, expiresAtMs, createdAtMs, absoluteExpiresAtMs, data },
    {
      lastSeenAtMs: session.seenAtMs,
      expiresAtMs: session.endsAtMs,
      createdAtMs: session.openedAtMs,
      absoluteExpiresAtMs: session.absoluteMs,
      data: session.data,
    },
    'what a check answers',
  );
}

async function advance(model: SeatsModel, house: SeatsHouse, ms: number): Promise<void> {
  model.advance(ms);
  await house.setClock(model.nowMs);
}

async function save(
  model: SeatsModel,
  house: SeatsHouse,
  session: ModelSession,
  name: string,
  text: string | null,
): Promise<void> {
  const expected = expectedRead(model, session, session.issued, homeClient.client);
  const saved = await house.store.saveData(session.issued, new Map([[name, text]]), 1000);
  if (expected.kind === 'live') {
    if (text === null) session.data.delete(name);
    else session.data.set(name, text);
    return assert.deepEqual(saved, { kind: 'saved', data: session.data }, 'what a save answers');
  }
  assert.ok(saved.kind === 'ended' || saved.kind === 'unknown', `a late save answered ${saved.kind}`);
  assertFound(saved, expected);
}

async function rotate(model: SeatsModel, house: SeatsHouse, session: ModelSession): Promise<void> {
  const next = house.lab.ids.issue(session.issued.tag, session.issued.handle);
  const lives = session.ended === null && !session.lost;
  assert.equal(await house.store.rotate(session.issued, next), lives, 'a rotation');
  if (!lives) return;
  session.former = { issued: session.issued, untilMs: model.nowMs + model.times.rotationMs };
  session.issued = next;
}

const opening = fc
  .record({
    tag: anyTag,
    user: anyUser,
    confirm: fc.nat(5),
    behind: fc.nat(9),
    stale: fc.nat(7),
    extra: fc.nat(9),
    gives: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anySession }),
  })
  .map(({ tag, user, confirm, behind, stale, extra, gives }) =>
    step(
      `open(${tag}, user ${user}${confirm ? '' : ', unconfirmed'}${behind ? '' : ', newer policy'}${stale ? '' : ', older epoch'}${
        extra ? '' : ', uncounted'
      }${gives === null ? '' : `, giving ${gives}`})`,
      tag,
      (model, house) => {
        const policy =
          behind === 0 && model.tag(tag).limit !== null ? { policyVersion: model.tag(tag).version + 1 } : {};
        const epoch = stale === 0 ? { epoch: model.epochOf(user) - 1 } : {};
        const uncounted = extra === 0 ? { uncounted: 'support' as const } : {};
        const give = gives === null ? null : (model.pick(gives) ?? null);
        const over = { ...policy, ...epoch, ...uncounted };
        return open(model, house, { tag, user, over, give, confirm: confirm !== 0 });
      },
    ),
  );

const exchanging = fc
  .record({ choice: anySession, forged: fc.nat(3), user: fc.option(anyUser), former: fc.boolean() })
  .map(({ choice, forged, user, former }) =>
    onSession(
      `openSameBrowser(${choice}${forged ? '' : ', forged'}${user === null ? '' : `, user ${user}`})`,
      choice,
      (model, house, session) => {
        const held = former && session.former !== null ? session.former.issued : session.issued;
        const exchange = forged === 0 ? house.forged(session) : held;
        const current = exchange.verifier === session.issued.verifier;
        const superseded =
          exchange.verifier === session.former?.issued.verifier && (user ?? session.user) === session.user;
        const right = (current || superseded) && !session.lost;
        const own = right ? session : null;
        return open(model, house, {
          tag: session.tag,
          user: user ?? session.user,
          over: { exchange },
          own,
          confirm: true,
        });
      },
    ),
  );

const checking = fc.record({ choice: anySession, how: fc.nat(9) }).map(({ choice, how }) =>
  onSession(
    `check(${choice}, ${['wrong secret', 'other client', 'former secret'][how] ?? 'right'})`,
    choice,
    (model, house, session) => {
      if (how === 0) return check(model, house, session, house.forged(session));
      if (how === 1) return check(model, house, session, session.issued, 'another');
      return check(model, house, session, how === 2 ? (session.former?.issued ?? session.issued) : session.issued);
    },
  ),
);

const peeking = anySession.map((choice) =>
  onSession(`peek(${choice})`, choice, async (model, house, session) => {
    assertFound(
      await house.store.peek(session.issued, 'cookie', homeClient),
      expectedRead(model, session, session.issued, homeClient.client),
    );
  }),
);

const keepingAlive = fc
  .record({ choice: anySession, times: fc.integer({ min: 1, max: 60 }) })
  .map(({ choice, times }) =>
    onSession(`keepAlive(${choice}, ${times})`, choice, async (model, house, session) => {
      for (let i = 0; i < times && session.ended === null; i++) {
        await advance(model, house, 30 * minute);
        await check(model, house, session, session.issued);
      }
    }),
  );

const advancing = fc
  .constantFrom(5000, 10_000, 20_000, minute, 30 * minute, 61 * minute, 24 * 60 * minute)
  .map((ms) => step(`advance(${ms / 1000} s)`, 0, (model, house) => advance(model, house, ms)));

const saving = fc
  .record({ choice: anySession, name: fc.constantFrom('a', 'b'), text: fc.constantFrom('1', '"two"', null) })
  .map(({ choice, name, text }) =>
    onSession(`staleSave(${choice}, ${name}=${text})`, choice, (model, house, session) =>
      save(model, house, session, name, text),
    ),
  );

const confirmingLate = anySession.map((choice) =>
  onSession(`confirmAgain(${choice})`, choice, async (model, house, session) => {
    const lives = session.ended === null && !session.lost;
    assert.equal(await house.store.confirm(session.issued), lives, 'a late confirmation');
    if (lives) model.confirm(session);
  }),
);

const rotating = anySession.map((choice) => onSession(`rotate(${choice})`, choice, rotate));

/** The commands of the model, the frequent ones named more than once. */
export function seatCommands(): fc.Arbitrary<Step>[] {
  return [
    opening,
    opening,
    opening,
    exchanging,
    checking,
    checking,
    peeking,
    keepingAlive,
    advancing,
    advancing,
    saving,
    confirmingLate,
    rotating,
    ...endingArbitraries({ anyTag, anyUser, anyLicence, anySession }),
  ];
}
