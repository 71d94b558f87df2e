import assert from 'node:assert/strict';
import { newId, randomToken, type UserId } from '../../../src/kernel/ids.js';
import type { SessionEvent } from '../../../src/sessions/store.js';
import type { Guest, House } from '../house.js';
import { plainPolicy } from '../plain-policy.js';
import { newHouse, type StoreLab } from '../store-lab.js';
import { type FullHouseCase, fullHouseCases, type Sitting } from './full-house-table.js';
import { day, full, hour, minute, type Promises, second } from './promise.js';

/** A house in which people sit as a case says, and the case's person at the door. */
interface Situation {
  readonly house: House;
  readonly guests: readonly Guest[];
  readonly mine: UserId;
}

const people = { me: newId<UserId>(), ann: newId<UserId>(), bob: newId<UserId>() };

/** Lets everybody come in turn, and be active when the case says they were last. */
async function arrange(lab: StoreLab, { seats, before, perUser, chain, sitting }: FullHouseCase): Promise<Situation> {
  const house = await newHouse(lab, { seats: before ?? seats, chain: [] });
  const start = house.nowMs;
  const end = start + 50 * minute;
  const uses: { guest: Guest; atMs: number }[] = [];
  for (const one of sitting) {
    if (one.idle !== 'never') uses.push({ guest: await house.sit(over(one)), atMs: end - one.idle * minute });
    await house.advance(second);
  }
  const guests = uses.map(({ guest }) => guest);
  for (const { guest, atMs } of uses.sort((a, b) => a.atMs - b.atMs)) {
    await house.advance(atMs - house.nowMs);
    await house.alive(guest);
  }
  await house.advance(end - house.nowMs);
  for (const [at, one] of sitting.entries())
    if (one.idle === 'never') guests.splice(at, 0, await house.hold(over(one)));
  await house.policy({ seats, perUser: perUser ?? null, chain });
  return { house, guests, mine: people.me };
}

function over(one: Sitting) {
  return { userId: people[one.who], ...(one.uncounted === undefined ? {} : { uncounted: 'support' as const }) };
}

function giving({ give }: FullHouseCase, guests: readonly Guest[]): { give?: string } {
  if (give === undefined) return {};
  return { give: give === 'nobody' ? randomToken(16) : (guests[give]?.issued.handle ?? '') };
}

async function playOne(lab: StoreLab, one: FullHouseCase): Promise<void> {
  const { house, guests, mine } = await arrange(lab, one);
  const before = await house.used();
  const told = (await house.history()).length;
  const extra = one.uncounted === undefined ? {} : { uncounted: one.uncounted };
  const opened = await house.open({ userId: mine, ...giving(one, guests), ...extra });
  const news = (await house.history()).slice(told);
  const ended = 'ends' in one.becomes ? one.becomes.ends : undefined;
  if ('refused' in one.becomes) {
    assert.equal(full(opened).code, one.becomes.refused);
    assert.deepEqual(news.map(brief), [['refused', one.becomes.refused]]);
    assert.equal(await house.used(), before, 'seats after a refusal');
  } else {
    assert.equal(opened.kind, 'opened');
    const admission = ['admitted', one.becomes.admitted];
    assert.deepEqual(news.map(brief), ended === undefined ? [admission] : [['released', ended[1]], admission]);
    const freed = ended === undefined ? 0 : 1;
    assert.equal(
      await house.used(),
      before - freed + (one.uncounted === undefined ? 1 : 0),
      'seats after an admission',
    );
  }
  for (const [at, guest] of guests.entries()) {
    if (ended?.[0] === at) await house.over(guest, ended[1]);
    else await house.alive(guest);
  }
}

function brief({ kind, reason }: SessionEvent): [string, string | null] {
  return [kind, reason];
}

/** A hundred at once, half of them me: no seat too many, no session of mine too many, nobody ended for nothing. */
async function playHundred(lab: StoreLab, one: FullHouseCase): Promise<void> {
  const { house, guests, mine } = await arrange(lab, one);
  const before = await house.used();
  const mineBefore = guests.filter(({ userId, opening }) => userId === mine && opening.uncounted === undefined).length;
  const told = (await house.history()).length;
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, turn) => {
      const opening = house.opening(turn % 2 ? { userId: mine, ...giving(one, guests) } : {});
      return (turn % 4 < 2 ? lab.store : lab.other).open(opening);
    }),
  );
  const admitted = outcomes.filter(({ kind }) => kind === 'opened').length;
  const news = (await house.history()).slice(told);
  const released = news.filter(({ kind }) => kind === 'released');
  const used = await house.used();
  const most = one.seats + (one.chain.some(({ step }) => step === 'overage') ? 1 : 0);
  assert.ok(used <= Math.max(before, most), `${used} seats are taken of ${most}`);
  assert.equal(used, before + admitted - released.length, 'one seat for each admission, one freed for each ending');
  assert.equal(news.filter(({ kind }) => kind === 'admitted').length, admitted, 'the history tells each admission');
  for (const event of news) assert.ok(event.used <= Math.max(before, most), 'never more at any moment');
  const listed = await lab.store.list(house.tag, { userId: mine }, 200, null);
  const uncounted = guests.filter(({ userId, opening }) => userId === mine && opening.uncounted !== undefined).length;
  if (one.perUser !== undefined)
    assert.ok(listed.total - uncounted <= Math.max(mineBefore, one.perUser), 'sessions of one person');
}

const table: Promises = Object.fromEntries(
  Object.entries(fullHouseCases).flatMap(([name, one]) => [
    [`full house, ${name}`, (lab: StoreLab) => playOne(lab, one)],
    [`full house, a hundred at once, ${name}`, (lab: StoreLab) => playHundred(lab, one)],
  ]),
);

/** What a full licence does, and what it never does. */
export const fullHousePromises: Promises = {
  ...table,

  'counts a day of overage once, and so many days in any 365': async (lab) => {
    const house = await newHouse(lab, { seats: 1, chain: [{ step: 'overage', seats: 2, days: 2 }] });
    const twoMore = async () => {
      await house.advance(day + hour);
      await house.fill(3);
      assert.equal(full(await house.open()).used, 3);
    };
    await twoMore();
    await twoMore();
    await house.advance(day + hour);
    await house.sit();
    assert.equal(full(await house.open()).code, 'FULL');
    await house.advance(364 * day);
    await house.fill(3);
    const told = (await house.history()).filter(({ reason }) => reason === 'overage');
    assert.equal(told.length, 6);
  },

  'goes on with the steps before the overage when as many sit as it allows': async (lab) => {
    const chain = [
      { step: 'reclaim-idle', idleMinutes: 10 },
      { step: 'end-own' },
      { step: 'overage', seats: 1, days: 1 },
    ] as const;
    const house = await newHouse(lab, { seats: 1, chain });
    // The only day of overage must not end meanwhile.
    await house.advance(day - (house.nowMs % day));
    const [first, second] = [await house.sit(), await house.sit()];
    assert.equal(full(await house.open()).used, 2);
    const swapped = await house.sit({ userId: first.userId, give: first.issued.handle });
    await house.over(first, 'ended-by-user');
    await house.advance(20 * minute);
    await house.alive(swapped);
    await house.sit();
    await house.over(second, 'idle');
    assert.equal(await house.used(), 2);
  },

  'names no time when seats are free and the person has too many': async (lab) => {
    const house = await newHouse(lab, { seats: 5, perUser: 1 });
    const { userId } = await house.sit();
    await house.sit();
    const refused = full(await house.open({ userId }));
    assert.deepEqual([refused.code, refused.used, refused.nextFreeAtMs], ['USER_MAX', 2, null]);
  },

  'tells of a night’s expiries how many sat then, however late they are noticed': async (lab) => {
    const house = await newHouse(lab, { seats: 200 });
    await house.fill(150);
    await house.advance(10 * hour);
    await house.fill(3);
    while ((await lab.store.reconcile(house.tag)).expired > 0);
    const released = (await house.history()).filter(({ kind }) => kind === 'released');
    assert.equal(released.length, 150);
    assert.equal(released.at(-1)?.used, 0);
    for (const { used } of released) assert.ok(used < 150);
  },

  'does not let somebody who sits without a seat take one while a licence is drained': async (lab) => {
    const house = await newHouse(lab, { seats: 5 });
    const helper = await house.sit({ uncounted: 'support' });
    await house.policy({ state: 'draining' });
    const { userId, issued } = helper;
    assert.deepEqual(await house.open({ userId, exchange: issued }), { kind: 'refused', code: 'SUSPENDED' });
    await house.alive(helper);
  },

  'takes days of overage from the history when it has lost them': async (lab) => {
    const house = await newHouse(lab, { seats: 1, chain: [{ step: 'overage', seats: 1, days: 1 }] });
    const yesterday = Math.floor(house.nowMs / day) - 1;
    await lab.store.pushPolicy(house.tag, plainPolicy({ seats: 1 }), [yesterday]);
    await house.sit();
    assert.equal(full(await house.open()).code, 'FULL');
  },

  'ends the idlest when seats are taken away, in slices, and nobody else': async (lab) => {
    const house = await newHouse(lab, { seats: 6 });
    const guests: Guest[] = [];
    for (let at = 0; at < 6; at++) {
      guests.push(await house.sit());
      await house.advance(2 * minute);
    }
    // The first two to come are those used last.
    for (const guest of guests.slice(0, 2)) await house.alive(guest);
    await house.sit({ uncounted: 'support' });
    await house.policy({ seats: 3 });
    const slice = await house.close({ overLimit: true, atMost: 2 });
    assert.deepEqual([slice.closed.length, slice.more], [2, true]);
    await house.close({ overLimit: true, atMost: 2 });
    assert.equal(await house.used(), 3);
    for (const [at, guest] of guests.entries()) {
      if (at >= 2 && at <= 4) await house.over(guest, 'ended-by-staff');
      else await house.alive(guest);
    }
    assert.deepEqual(await house.close({ overLimit: true, atMost: 2 }), { closed: [], more: false });
  },

  'lets nobody in while a licence is drained, and lets those inside stay and come back': async (lab) => {
    const house = await newHouse(lab, { seats: 5 });
    const guest = await house.sit();
    await house.policy({ state: 'draining' });
    assert.deepEqual(await house.open(), { kind: 'refused', code: 'SUSPENDED' });
    await house.alive(guest);
    assert.deepEqual(await house.open({ exchange: guest.issued }), { kind: 'refused', code: 'SUSPENDED' });
    const again = await house.sit({ userId: guest.userId, exchange: guest.issued });
    await house.over(guest, 'signed-out');
    await house.alive(again);
  },

  'keeps a session that takes no seat from ever counting, while it lives and when it ends': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    await house.sit();
    const helper = await house.sit({ uncounted: 'support' });
    for (let turn = 0; turn < 3; turn++) {
      await house.advance(30 * minute);
      await house.alive(helper);
    }
    assert.equal(await house.used(), 0);
    await house.sit();
    assert.deepEqual([await house.used(), await lab.store.total([house.tag])], [1, 2]);
    await house.end(helper);
    assert.equal(await house.used(), 1);
    assert.equal(full(await house.open()).used, 1);
  },

  'does not take an exchange of a session without a seat for a free seat': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    await house.sit();
    const helper = await house.sit({ uncounted: 'support' });
    assert.equal(full(await house.open({ userId: helper.userId, exchange: helper.issued })).code, 'FULL');
    await house.alive(helper);
  },

  'says when the next counted seat falls free': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    await house.sit({ uncounted: 'support' });
    await house.advance(5 * minute);
    await house.sit();
    assert.equal(full(await house.open()).nextFreeAtMs, house.nowMs + hour + minute);
  },

  'keeps a refusal that was decided outside in the history': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    await house.sit();
    const userId = newId<UserId>();
    await lab.store.refuse(house.tag, { attemptId: 'a-1', userId, code: 'NOT_MEMBER', requestId: 'r-1' });
    const { id, kind, reason, used, limit, requestId, userId: told } = (await house.history()).at(-1) ?? assert.fail();
    assert.deepEqual(
      [id, kind, reason, used, limit, requestId, told],
      ['a-1:refused', 'refused', 'NOT_MEMBER', 1, 3, 'r-1', userId],
    );
  },

  'swaps in one step: 500 races between a swap, another sign-in and the swapped session’s own use': async (lab) => {
    for (let round = 0; round < 500; round++) {
      const house = await newHouse(lab, { seats: 2, chain: [{ step: 'end-own' }] });
      const [old] = [await house.sit(), await house.sit()];
      const mine = { userId: old.userId, give: old.issued.handle };
      const [swap, again, stranger, , ended] = await Promise.all([
        lab.store.open(house.opening(mine)),
        lab.other.open(house.opening(mine)),
        lab.other.open(house.opening()),
        lab.store.read(old.issued, 'cookie', old.opening.fingerprint),
        round % 3 === 0 ? house.end(old) : null,
      ]);
      const history = await house.history();
      const released = history.filter(({ kind }) => kind === 'released').length;
      const admitted = [swap, again, stranger].filter(({ kind }) => kind === 'opened').length;
      assert.equal(released, 1, 'one ended for one taken');
      assert.equal(admitted, 1, 'one taken for one ended');
      assert.equal(await house.used(), 2);
      for (const { used } of history) assert.ok(used <= 2, 'never one too many');
      await house.over(old, ended !== null && ended.closed.length === 1 ? 'ended-by-staff' : 'ended-by-user');
    }
  },
};
