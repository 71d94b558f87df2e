import assert from 'node:assert/strict';
import { newId, type UserId } from '../../../src/kernel/ids.js';
import { newHouse } from '../store-lab.js';
import { full, hour, minute, type Promises, second } from './promise.js';

/** What `events`, `acknowledge` and `reconcile` promise. */
export const historyPromises: Promises = {
  'tells each admission, refusal and release once, in order, with its cause': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const staff = newId<UserId>();
    const guest = await house.sit({ requestId: 'req-1' });
    const refused = house.opening({ requestId: 'req-2' });
    full(await lab.store.open(refused));
    await house.close(
      { handles: [guest.issued.handle] },
      { reason: 'ended-by-staff', message: 'Fire drill', by: staff, requestId: 'req-3' },
    );
    const common = { tag: house.tag, licenceId: house.tag, atMs: house.nowMs, limit: 1 };
    const { ref } = guest.session;
    assert.deepEqual(await house.history(), [
      {
        ...common,
        id: `${ref}:admitted`,
        kind: 'admitted',
        ref,
        userId: guest.userId,
        reason: null,
        message: null,
        by: null,
        requestId: 'req-1',
        used: 1,
      },
      {
        ...common,
        id: `${refused.attemptId}:refused`,
        kind: 'refused',
        ref: null,
        userId: refused.userId,
        reason: 'FULL',
        message: null,
        by: null,
        requestId: 'req-2',
        used: 1,
      },
      {
        ...common,
        id: `${ref}:released`,
        kind: 'released',
        ref,
        userId: guest.userId,
        reason: 'ended-by-staff',
        message: 'Fire drill',
        by: staff,
        requestId: 'req-3',
        used: 0,
      },
    ]);
  },

  'tells nothing of checks, saves, rotations and peeks': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.advance(2 * minute);
    await house.alive(guest);
    await house.peek(guest);
    await lab.store.saveData(guest.issued, new Map([['a', '1']]), 100);
    await lab.store.rotate(guest.issued, lab.ids.issue(house.tag, guest.issued.handle));
    await lab.store.refresh(house.tag, guest.userId, 2, '{}');
    assert.equal((await house.history()).length, 1);
  },

  'delivers events again until they are acknowledged, oldest first': async (lab) => {
    const house = await newHouse(lab, { seats: 9 });
    const guests = [];
    for (let i = 0; i < 5; i++) guests.push(await house.sit());
    const refs = guests.map((guest) => guest.session.ref);
    const first = await lab.store.events(house.tag, 2);
    assert.deepEqual(
      first.events.map((event) => event.ref),
      refs.slice(0, 2),
    );
    assert.deepEqual(await lab.other.events(house.tag, 2), first);
    await lab.store.acknowledge(house.tag, first.positions);
    await lab.store.acknowledge(house.tag, first.positions);
    await lab.store.acknowledge(house.tag, []);
    assert.deepEqual(
      (await house.history()).map((event) => event.ref),
      refs.slice(2),
    );
    assert.equal((await lab.store.reconcile(house.tag)).events, 3);
  },

  'dates an expiry at the moment it came, by its kind': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const [idle, old] = [await house.sit(), await house.sit()];
    const idleEnd = house.nowMs + hour + minute;
    while (house.nowMs + 30 * minute < old.session.absoluteExpiresAtMs) {
      await house.advance(30 * minute);
      await house.alive(old);
    }
    await house.advance(29 * minute);
    await house.hold();
    const claimEnd = house.nowMs + 30 * second;
    await house.advance(10 * hour);
    await lab.store.reconcile(house.tag);
    const released = (await house.history()).filter((event) => event.kind === 'released');
    assert.deepEqual(
      released.map((event) => [event.reason, event.atMs]),
      [
        ['idle', idleEnd],
        ['unclaimed', claimEnd],
        ['lifetime', old.session.absoluteExpiresAtMs],
      ],
    );
    assert.equal(released[0]?.ref, idle.session.ref);
    assert.deepEqual(
      released.map((event) => event.userId !== null),
      [true, true, true],
    );
  },

  'purges at most 64 a call and never refuses falsely meanwhile': async (lab) => {
    const house = await newHouse(lab, { seats: 200 });
    await house.fill(200);
    await house.advance(hour + minute);
    await house.policy({ seats: 2 });
    await house.sit();
    assert.equal((await house.history()).filter((event) => event.kind === 'released').length, 64);
    assert.equal(await house.used(), 1);
    await house.sit();
    full(await house.open());
    const rest = [];
    for (let i = 0; i < 3; i++) rest.push((await lab.store.reconcile(house.tag)).expired);
    assert.equal(
      rest.reduce((sum, count) => sum + count, 0),
      200 - 3 * 64,
    );
    const released = (await house.history()).filter((event) => event.kind === 'released');
    assert.equal(new Set(released.map((event) => event.id)).size, 200);
    assert.equal(released.length, 200);
  },

  'frees a seat whose record is missing, and says so': async (lab) => {
    const house = await newHouse(lab, { seats: 2 });
    const [gone, stays] = [await house.sit(), await house.sit()];
    const key = (await house.keys()).find((name) => name.includes(gone.issued.handle)) ?? '';
    await lab.link.send(key, ['DEL', key]);
    assert.deepEqual(await house.read(gone), { kind: 'unknown' });
    const found = await lab.store.reconcile(house.tag);
    assert.deepEqual([found.expired, found.mended], [0, 1]);
    assert.equal(await house.used(), 1);
    assert.deepEqual((await house.history()).at(-1)?.ref, gone.session.ref);
    assert.equal((await lab.store.reconcile(house.tag)).mended, 0);
    await house.sit();
    await house.alive(stays);
    assert.equal((await lab.store.list(house.tag, {}, 10, null)).items.length, 2);
  },

  'frees what vanished with the index of seats': async (lab) => {
    const house = await newHouse(lab, { seats: 2 });
    const [gone, stays] = [await house.sit(), await house.sit()];
    await lab.link.send(house.prefix, ['ZREM', `${house.prefix}:seats`, gone.issued.handle]);
    assert.notEqual((await house.read(gone)).kind, 'live');
    assert.equal((await lab.store.reconcile(house.tag)).mended, 1);
    assert.deepEqual([await house.used(), (await house.history()).length], [1, 3]);
    await house.alive(stays);
    assert.notEqual((await house.read(gone)).kind, 'live');
  },

  'mends nothing and ends nothing where all is well': async (lab) => {
    const house = await newHouse(lab, { seats: 300 });
    const guests = await house.fill(250);
    const before = await house.digest();
    for (let i = 0; i < 3; i++) {
      const { expired, mended } = await lab.store.reconcile(house.tag);
      assert.deepEqual([expired, mended], [0, 0]);
    }
    assert.deepEqual(await house.digest(), before);
    assert.equal(await house.used(), guests.length);
  },
};
