import assert from 'node:assert/strict';
import { newId, type UserId } from '../../../src/kernel/ids.js';
import type { ListedSession, ListFilter } from '../../../src/sessions/store.js';
import type { House } from '../house.js';
import { newHouse, newSeatlessHouse } from '../store-lab.js';
import { hour, minute, type Promises } from './promise.js';

async function pages(
  house: House,
  filter: ListFilter,
  limit: number,
): Promise<{ items: ListedSession[]; sizes: number[] }> {
  const items: ListedSession[] = [];
  const sizes: number[] = [];
  for (let after: string | null = null, turn = 0; turn < 1000; turn++) {
    const page = await house.lab.store.list(house.tag, filter, limit, after);
    items.push(...page.items);
    sizes.push(page.items.length);
    after = page.next;
    if (after === null) break;
  }
  return { items, sizes };
}

/** What `list`, `seats` and `total` promise. */
export const listingPromises: Promises = {
  'lists what staff see of a live session': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.advance(2 * minute);
    const { expiresAtMs, lastSeenAtMs } = await house.alive(guest);
    assert.deepEqual(await lab.store.list(house.tag, {}, 10, null), {
      items: [
        {
          ref: guest.session.ref,
          tag: house.tag,
          handle: guest.issued.handle,
          userId: guest.userId,
          snapshot: guest.opening.snapshot,
          client: guest.opening.client,
          createdAtMs: guest.session.createdAtMs,
          lastSeenAtMs,
          expiresAtMs,
        },
      ],
      next: null,
      total: 1,
    });
  },

  'lists newest first, in pages that neither skip nor repeat, with an exact total': async (lab) => {
    const house = await newHouse(lab, { seats: 500 });
    const opened: string[][] = [];
    for (let i = 0; i < 7; i++) {
      const together = await house.fill(i === 3 ? 230 : 3);
      opened.unshift(together.map((guest) => guest.issued.handle));
      await house.advance(1);
    }
    for (const limit of [1, 10, 248, 1000]) {
      const { items, sizes } = await pages(house, {}, limit);
      assert.deepEqual(
        sizes.slice(0, -1).filter((size) => size !== limit),
        [],
      );
      assert.equal(new Set(items.map((item) => item.handle)).size, 248);
      let from = 0;
      for (const together of opened) {
        const found = items.slice(from, from + together.length).map((item) => item.handle);
        assert.deepEqual(new Set(found), new Set(together));
        from += together.length;
      }
    }
    assert.equal((await lab.store.list(house.tag, {}, 1, null)).total, 248);
  },

  'lists the sessions of one user, newest first, with their own total': async (lab) => {
    const house = await newHouse(lab, { seats: 50 });
    const userId = newId<UserId>();
    const mine: string[] = [];
    for (let i = 0; i < 7; i++) {
      mine.unshift((await house.sit({ userId })).issued.handle);
      await house.sit();
      await house.advance(1);
    }
    const { items } = await pages(house, { userId }, 3);
    assert.deepEqual(
      items.map((item) => item.handle),
      mine,
    );
    assert.equal((await lab.store.list(house.tag, { userId }, 3, null)).total, 7);
    assert.equal((await lab.store.list(house.tag, { userId: newId<UserId>() }, 3, null)).total, 0);
  },

  'neither lists nor counts what has ended, lapsed or expired': async (lab) => {
    const house = await newHouse(lab, { seats: 50 });
    const userId = newId<UserId>();
    await house.sit({ userId });
    await house.advance(hour);
    await house.hold({ userId });
    const ended = await house.sit({ userId });
    await house.end(ended);
    await house.advance(minute);
    const live = await house.sit({ userId });
    for (const filter of [{}, { userId }]) {
      const page = await lab.store.list(house.tag, filter, 10, null);
      assert.deepEqual(
        page.items.map((item) => item.handle),
        [live.issued.handle],
      );
      assert.equal(page.total, 1);
    }
    await house.advance(2 * hour);
    assert.deepEqual(await lab.store.list(house.tag, {}, 10, null), { items: [], next: null, total: 0 });
    assert.deepEqual(await lab.store.list(house.tag, { userId }, 10, null), { items: [], next: null, total: 0 });
  },

  'writes nothing to list and count': async (lab) => {
    const house = await newHouse(lab, { seats: 5 });
    await house.fill(3);
    await house.advance(2 * hour);
    await house.fill(1);
    await house.advance(2 * hour);
    const before = await house.digest();
    await lab.store.list(house.tag, {}, 10, null);
    await lab.store.list(house.tag, { userId: newId<UserId>() }, 10, null);
    await lab.store.seats(house.tag);
    await lab.store.total([house.tag]);
    assert.deepEqual(await house.digest(), before);
  },

  'adds up the sessions of many tags': async (lab) => {
    const houses = [await newHouse(lab, { seats: 5 }), await newHouse(lab, { seats: 5 }), await newSeatlessHouse(lab)];
    for (const [i, house] of houses.entries()) await house.fill(i + 1);
    assert.equal(await lab.store.total(houses.map((house) => house.tag)), 6);
    assert.equal(await lab.store.total([]), 0);
    assert.deepEqual(await lab.store.seats(newId<UserId>()), { used: 0, limit: null });
  },
};
