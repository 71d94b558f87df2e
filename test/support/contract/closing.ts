import assert from 'node:assert/strict';
import { newId, type UserId } from '../../../src/kernel/ids.js';
import { newHouse, withoutMemory } from '../store-lab.js';
import { full, hour, minute, type Promises } from './promise.js';

/** What `close` promises. */
export const closingPromises: Promises = {
  'frees the seat at once, on every server': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    full(await lab.other.open(house.opening()));
    await house.end(guest);
    assert.equal((await lab.other.open(house.opening())).kind, 'opened');
    assert.deepEqual(await lab.other.read(guest.issued, 'cookie', guest.opening.fingerprint), {
      kind: 'ended',
      reason: 'signed-out',
      message: null,
    });
  },

  'closes once, however often it is asked': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    const handles = [guest.issued.handle];
    const closed = [{ handle: guest.issued.handle, userId: guest.userId }];
    assert.deepEqual(await house.close({ handles }), { closed, more: false });
    assert.deepEqual(await house.close({ handles }, { reason: 'signed-out' }), { closed: [], more: false });
    await house.over(guest, 'ended-by-staff');
    const next = await house.sit();
    await Promise.all([1, 2, 3, 4].map(() => house.close({ handles: [...handles, ...handles] })));
    await house.alive(next);
    assert.equal(await house.used(), 1);
    assert.equal((await house.history()).filter((event) => event.kind === 'released').length, 1);
  },

  'counts one of many parallel closes': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    const closes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? lab.store : lab.other).close(house.tag, { handles: [guest.issued.handle] }, { reason: 'signed-out' }),
      ),
    );
    assert.equal(
      closes.reduce((sum, { closed }) => sum + closed.length, 0),
      1,
    );
  },

  'closes many by handle and passes over the unknown': async (lab) => {
    const house = await newHouse(lab, { seats: 9 });
    const guests = await house.fill(4);
    const handles = [...guests.slice(0, 3).map((guest) => guest.issued.handle), lab.ids.issue(house.tag).handle];
    const { closed } = await house.close({ handles });
    assert.deepEqual(
      closed.map((one) => one.handle),
      handles.slice(0, 3),
    );
    assert.equal(await house.used(), 1);
  },

  'closes all sessions of a user and raises the epoch in the same step': async (lab) => {
    const house = await newHouse(lab, { seats: 9 });
    const userId = newId<UserId>();
    const mine = [await house.sit({ userId }), await house.hold({ userId }), await house.sit({ userId })];
    const neighbour = await house.sit();
    const { closed } = await house.close({ userId, epoch: 2 }, { reason: 'account-disabled' });
    assert.deepEqual(new Set(closed.map((one) => one.handle)), new Set(mine.map((guest) => guest.issued.handle)));
    for (const guest of mine) await house.over(guest, 'account-disabled');
    await house.alive(neighbour);
    assert.deepEqual(await house.open({ userId, epoch: 1 }), { kind: 'stale-user' });
  },

  'keeps the one session of a user that is named, with the new epoch': async (lab) => {
    const house = await newHouse(lab, { seats: 9 });
    const userId = newId<UserId>();
    const [kept, other] = [await house.sit({ userId }), await house.sit({ userId })];
    const cause = { reason: 'credentials-changed' } as const;
    const { closed } = await house.close({ userId, epoch: 2, keep: kept.issued.handle }, cause);
    assert.deepEqual(closed, [{ handle: other.issued.handle, userId }]);
    assert.deepEqual((await house.close({ userId, epoch: 2 }, cause)).closed, []);
    await house.alive(kept);
    assert.equal((await house.close({ userId, epoch: 3 }, cause)).closed.length, 1);
    await house.over(kept, 'credentials-changed');
  },

  'spares the sessions of a user that are as new as the epoch, and never lowers it': async (lab) => {
    const house = await newHouse(lab, { seats: 9 });
    const userId = newId<UserId>();
    await house.close({ userId, epoch: 5 });
    const guest = await house.sit({ userId, epoch: 5 });
    assert.deepEqual((await house.close({ userId, epoch: 5 })).closed, []);
    assert.deepEqual((await house.close({ userId, epoch: 3 })).closed, []);
    await house.alive(guest);
    assert.equal((await house.open({ userId, epoch: 4 })).kind, 'stale-user');
  },

  'lets no sign-in in flight slip in behind the end of its user': async (lab) => {
    const house = await newHouse(lab, { seats: 100 });
    for (let round = 1; round <= 25; round++) {
      const userId = newId<UserId>();
      await Promise.all([
        lab.other.open(house.opening({ userId, epoch: 1 })),
        lab.store.close(house.tag, { userId, epoch: 2 }, { reason: 'account-disabled' }),
        lab.store.open(house.opening({ userId, epoch: 1 })),
      ]);
      assert.equal((await lab.store.list(house.tag, { userId }, 10, null)).total, 0);
    }
    assert.equal(await house.used(), 0);
  },

  'closes what was opened under an older policy, a slice at a time': async (lab) => {
    const house = await newHouse(lab, { seats: 50 });
    const guests = await house.fill(25);
    await house.policy({ state: 'suspended' });
    await house.policy({ state: 'active' });
    const later = await house.sit();
    const ended: number[] = [];
    for (let more = true; more; ) {
      const slice = await house.close({ version: 2, atMost: 10 }, { reason: 'licence-suspended' });
      ended.push(slice.closed.length);
      more = slice.more;
      assert.ok(ended.length < 10);
    }
    assert.deepEqual(
      ended.filter((count) => count > 0),
      [10, 10, 5],
    );
    for (const guest of guests) await house.over(guest, 'licence-suspended');
    await house.alive(later);
    assert.equal(await house.used(), 1);
  },

  'reaches the live ones behind many that have expired': async (lab) => {
    const house = await newHouse(lab, { seats: 500 });
    await house.fill(400);
    await house.advance(hour + minute);
    const guests = await house.fill(3);
    await house.policy({ state: 'suspended' });
    let closed = 0;
    for (let more = true, rounds = 0; more && rounds < 20; rounds++) {
      const slice = await house.close({ version: house.version, atMost: 10 }, { reason: 'licence-suspended' });
      closed += slice.closed.length;
      more = slice.more;
    }
    assert.equal(closed, 3);
    for (const guest of guests) await house.over(guest, 'licence-suspended');
  },

  'does not count what expired before': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.advance(hour + minute);
    assert.deepEqual((await house.end(guest)).closed, []);
    await house.over(guest, 'idle');
  },

  'ends a session with its user, though their index had lost it': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    const index = `${house.prefix}:u:${guest.userId}`;
    await lab.link.send(index, ['SREM', index, guest.issued.handle]);
    await house.close({ userId: guest.userId, epoch: 2 }, { reason: 'account-disabled' });
    assert.equal((await house.peek(guest)).kind, 'ended');
    await house.over(guest, 'credentials-changed');
    assert.equal(await house.used(), 0);
    await house.over(guest, 'credentials-changed');
  },

  'leaves nothing of a user behind, though a record was lost': async (lab) => {
    const house = await newHouse(lab);
    const [gone, stays] = [await house.sit(), await house.sit()];
    const key = (await house.keys()).find((name) => name.includes(gone.issued.handle)) ?? '';
    await lab.link.send(key, ['DEL', key]);
    await lab.store.reconcile(house.tag);
    assert.deepEqual((await house.close({ userId: gone.userId, epoch: 2 })).closed, []);
    assert.deepEqual(
      (await house.keys()).filter((name) => name.includes(gone.userId)),
      [],
    );
    await house.alive(stays);
  },

  'closes and checks when Redis has no memory left, and opens nothing': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const [first, second, userId] = [await house.sit(), await house.sit(), newId<UserId>()];
    const own = await house.sit({ userId });
    await withoutMemory(house, async () => {
      await assert.rejects(house.open(), { name: 'StoreRefusesWrites' });
      assert.equal((await house.end(first)).closed.length, 1);
      assert.equal((await house.close({ userId, epoch: 2 })).closed.length, 1);
      assert.equal(await lab.store.refresh(house.tag, second.userId, 2, '{}'), 1);
      await house.over(first, 'signed-out');
      await house.over(own, 'ended-by-staff');
      await house.alive(second);
      assert.equal(await house.used(), 1);
      await house.policy({ seats: 2 });
      await lab.store.reconcile(house.tag);
    });
    await house.sit();
    full(await house.open());
  },
};
