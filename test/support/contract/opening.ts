import assert from 'node:assert/strict';
import { newId, randomToken, type UserId } from '../../../src/kernel/ids.js';
import { newHouse, newSeatlessHouse, openHouse } from '../store-lab.js';
import { day, full, hour, minute, type Promises, second } from './promise.js';

/** What `open` and `confirm` promise. */
export const openingPromises: Promises = {
  'opens a session that answers a check with all it was given': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    const { opening } = guest;
    const expected = {
      ref: `${house.tag}.${guest.issued.handle}`,
      tag: house.tag,
      handle: guest.issued.handle,
      delivery: 'cookie',
      createdAtMs: house.nowMs,
      lastSeenAtMs: house.nowMs,
      expiresAtMs: house.nowMs + lab.times.idleMs + lab.times.slackMs,
      absoluteExpiresAtMs: house.nowMs + lab.times.absoluteMs,
      authenticatedAtMs: house.nowMs,
      amr: opening.amr,
      aal: opening.aal,
      data: new Map(),
      csrfSecret: opening.csrfSecret,
      csrfToken: opening.csrfToken,
    };
    assert.deepEqual(guest.session, expected);
    assert.deepEqual(await house.read(guest), { kind: 'live', session: expected, snapshot: opening.snapshot });
  },

  'takes one seat for one session': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    await house.sit();
    assert.deepEqual(await lab.store.seats(house.tag), { used: 1, limit: 3 });
    assert.deepEqual(await lab.other.seats(house.tag), { used: 1, limit: 3 });
  },

  'refuses the sixth session of a five-seat licence and writes nothing but the history': async (lab) => {
    const house = await newHouse(lab, { seats: 5 });
    await house.fill(5);
    const before = (await house.digest()).filter((line) => !line.startsWith(`${house.prefix}:events `));
    const refused = full(await house.open());
    assert.equal(refused.limit, 5);
    assert.equal(refused.used, 5);
    const after = (await house.digest()).filter((line) => !line.startsWith(`${house.prefix}:events `));
    assert.deepEqual(after, before);
  },

  'says when the next seat falls free': async (lab) => {
    const house = await newHouse(lab, { seats: 2 });
    await house.sit();
    const first = house.nowMs + hour + minute;
    await house.advance(5 * minute);
    await house.sit();
    assert.equal(full(await house.open()).nextFreeAtMs, first);
    await house.policy({ seats: 1 });
    assert.equal(full(await house.open()).nextFreeAtMs, first + 5 * minute);
  },

  'tells a refused user which sessions of the licence are their own': async (lab) => {
    const house = await newHouse(lab, { seats: 2 });
    const mine = await house.sit();
    await house.sit();
    assert.deepEqual(full(await house.open({ userId: mine.userId })).own, [mine.issued.handle]);
    assert.deepEqual(full(await house.open()).own, []);
    const other = await house.sit({ userId: mine.userId, exchange: mine.issued });
    assert.deepEqual(full(await house.open({ userId: mine.userId })).own, [other.issued.handle]);
  },

  'admits nobody to a licence without seats, and names no time': async (lab) => {
    const house = await newHouse(lab, { seats: 0 });
    assert.deepEqual(await house.open(), {
      kind: 'full',
      code: 'FULL',
      limit: 0,
      used: 0,
      nextFreeAtMs: null,
      own: [],
    });
  },

  'gives a seat that was never confirmed back after 30 seconds': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const lost = await house.hold();
    await house.advance(30 * second - 1);
    assert.equal((await house.open()).kind, 'full');
    await house.advance(1);
    assert.equal(await house.used(), 0);
    await house.sit();
    const released = (await house.history()).find((event) => event.kind === 'released');
    assert.equal(released?.ref, lost.session.ref);
    assert.equal(released?.reason, 'unclaimed');
  },

  'does not confirm what has lapsed': async (lab) => {
    const house = await newHouse(lab);
    const lost = await house.hold();
    await house.advance(30 * second);
    assert.equal(await lab.store.confirm(lost.issued), false);
    await house.over(lost, 'unclaimed');
    assert.equal(await house.used(), 0);
  },

  'keeps the seat once it is confirmed': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.hold();
    await house.advance(29 * second);
    assert.equal(await lab.store.confirm(guest.issued), true);
    await house.advance(59 * minute);
    await house.alive(guest);
  },

  'confirms twice without harm, and not what has ended': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    assert.equal(await lab.other.confirm(guest.issued), true);
    await house.end(guest);
    assert.equal(await lab.store.confirm(guest.issued), false);
    assert.equal(await lab.store.confirm(lab.ids.issue(house.tag)), false);
    assert.equal(await house.used(), 0);
  },

  'takes the first check as a confirmation': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.hold();
    await house.advance(10 * second);
    await house.alive(guest);
    await house.advance(59 * minute);
    await house.alive(guest);
  },

  'does not take a peek as a confirmation': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.hold();
    assert.equal((await house.peek(guest)).kind, 'live');
    await house.advance(30 * second);
    assert.equal(await house.used(), 0);
  },

  'opens nothing with an epoch that has passed': async (lab) => {
    const house = await newHouse(lab);
    const userId = newId<UserId>();
    await house.close({ userId, epoch: 4 });
    assert.deepEqual(await house.open({ userId, epoch: 3 }), { kind: 'stale-user' });
    assert.equal(await house.used(), 0);
    assert.equal((await house.open({ userId, epoch: 4 })).kind, 'opened');
    assert.equal((await house.open({ userId, epoch: 5 })).kind, 'opened');
  },

  'never admits without a policy as new as the caller knows': async (lab) => {
    const house = openHouse(lab);
    assert.deepEqual(await house.open({ policyVersion: 1 }), { kind: 'policy-needed' });
    await house.policy({ seats: 1 });
    assert.deepEqual(await house.open({ policyVersion: 2 }), { kind: 'policy-needed' });
    assert.deepEqual(await house.history(), []);
    await house.policy({ seats: 1 });
    assert.equal((await house.open({ policyVersion: 1 })).kind, 'opened');
  },

  'seats those without a licence without a limit': async (lab) => {
    const house = await newSeatlessHouse(lab);
    const guest = await house.sit();
    await house.fill(9);
    assert.deepEqual(await lab.store.seats(house.tag), { used: 10, limit: null });
    await house.alive(guest);
    const [first] = await house.history();
    assert.deepEqual([first?.licenceId, first?.limit], [null, null]);
  },

  'does not count the seats of another licence': async (lab) => {
    const [one, other] = [await newHouse(lab, { seats: 1 }), await newHouse(lab, { seats: 1 })];
    const guest = await one.sit();
    const neighbour = await other.sit({ userId: guest.userId });
    await one.close({ userId: guest.userId, epoch: 2 });
    await other.alive(neighbour);
    assert.deepEqual([await one.used(), await other.used()], [0, 1]);
    assert.equal((await other.open()).kind, 'full');
  },

  'exchanges the seat a browser holds, on a full licence too': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const before = await house.sit();
    const after = await house.sit({ exchange: before.issued });
    assert.equal(await house.used(), 1);
    await house.alive(after);
    assert.equal((await house.read(before)).kind, 'ended');
    assert.equal((await lab.store.list(house.tag, { userId: before.userId }, 10, null)).total, 0);
    const releases = (await house.history()).filter((event) => event.kind === 'released');
    assert.deepEqual(
      releases.map((event) => event.ref),
      [before.session.ref],
    );
  },

  'exchanges one for one where seats have been taken away, but not on a licence that refuses': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const [before] = await house.fill(3);
    assert.ok(before !== undefined);
    await house.policy({ seats: 1 });
    full(await house.open());
    const after = await house.sit({ exchange: before.issued });
    await house.over(before, 'signed-out');
    assert.deepEqual(await lab.store.seats(house.tag), { used: 3, limit: 1 });
    full(await house.open({ exchange: before.issued }));
    await house.policy({ seats: 0 });
    const last = await house.sit({ exchange: after.issued });
    await house.policy({ state: 'suspended' });
    assert.deepEqual(await house.open({ exchange: last.issued }), { kind: 'refused', code: 'SUSPENDED' });
    await house.policy({ state: 'active', validToMs: house.nowMs });
    assert.deepEqual(await house.open({ exchange: last.issued }), { kind: 'refused', code: 'EXPIRED' });
    await house.policy({ validToMs: null });
    await house.alive(last);
    assert.equal(await house.used(), 3);
  },

  'frees nothing for an exchange with another secret': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    const forged = { ...guest.issued, verifier: randomToken(32) };
    assert.equal((await house.open({ exchange: forged })).kind, 'full');
    assert.equal((await house.open({ exchange: lab.ids.issue(house.tag) })).kind, 'full');
    await house.alive(guest);
    assert.equal(await house.used(), 1);
  },

  'exchanges for its owner also with the secret from before a rotation whose answer was lost, and for nobody else':
    async (lab) => {
      const house = await newHouse(lab, { seats: 1 });
      const before = await house.sit();
      await lab.store.rotate(before.issued, lab.ids.issue(house.tag, before.issued.handle));
      await house.advance(minute);
      assert.equal((await house.open({ exchange: before.issued })).kind, 'full');
      await house.sit({ exchange: before.issued, userId: before.userId });
      assert.equal(await house.used(), 1);
    },

  'frees nothing twice for an exchange of what has ended': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const before = await house.sit();
    await house.end(before);
    await house.sit();
    assert.equal((await house.open({ exchange: before.issued })).kind, 'full');
    assert.equal((await house.history()).filter((event) => event.kind === 'released').length, 1);
  },

  'exchanges nothing for a session that expired and is not swept yet': async (lab) => {
    const house = await newHouse(lab, { seats: 130 });
    const expired = (await house.fill(130)).sort((a, b) => (a.issued.handle < b.issued.handle ? -1 : 1));
    await house.advance(hour + minute);
    await house.policy({ seats: 1 });
    await house.sit();
    const last = expired.at(-1);
    assert.ok(last !== undefined);
    full(await house.open({ exchange: last.issued }));
    assert.equal(await house.used(), 1);
  },

  'keeps the old session when its exchange is refused': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    assert.equal((await house.open({ exchange: guest.issued, policyVersion: 9 })).kind, 'policy-needed');
    await house.policy({ validFromMs: house.nowMs + day });
    assert.equal((await house.open({ exchange: guest.issued })).kind, 'refused');
    await house.policy({ validFromMs: null });
    await house.alive(guest);
    await house.close({ userId: guest.userId, epoch: 2, keep: guest.issued.handle });
    assert.equal((await house.open({ exchange: guest.issued, userId: guest.userId })).kind, 'stale-user');
    await house.alive(guest);
  },
};
