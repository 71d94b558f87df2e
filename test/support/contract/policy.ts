import assert from 'node:assert/strict';
import { plainPolicy } from '../plain-policy.js';
import { newHouse } from '../store-lab.js';
import { day, full, hour, type Promises } from './promise.js';

/** What `pushPolicy` promises, and what a policy does to sessions. */
export const policyPromises: Promises = {
  'never replaces a policy by an older one': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    await house.policy({ seats: 2 });
    const older = plainPolicy({ seats: 50, state: 'suspended', validToMs: 1 });
    await lab.other.pushPolicy(house.tag, older);
    assert.deepEqual(await lab.store.seats(house.tag), { used: 0, limit: 2 });
    await house.fill(2);
    full(await house.open());
  },

  'admits at once when seats are added': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    await house.sit();
    full(await house.open());
    await house.policy({ seats: 2 });
    await house.sit();
    full(await house.open());
  },

  'evicts nobody when seats are taken away, and admits nobody until below': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const guests = await house.fill(3);
    await house.policy({ seats: 1 });
    const refused = full(await house.open());
    assert.deepEqual([refused.used, refused.limit], [3, 1]);
    for (const guest of guests) {
      await house.alive(guest);
      await house.end(guest);
      if (guest !== guests.at(-1)) full(await house.open());
    }
    await house.sit();
    full(await house.open());
  },

  'refuses a suspended licence, and one before or after its time': async (lab) => {
    const house = await newHouse(lab);
    const outcome = async () => {
      const opened = await house.open();
      return opened.kind === 'refused' ? opened.code : opened.kind;
    };
    await house.policy({ state: 'suspended' });
    assert.equal(await outcome(), 'SUSPENDED');
    await house.policy({
      state: 'active',
      validFromMs: house.nowMs + hour,
      validToMs: house.nowMs + day,
    });
    assert.equal(await outcome(), 'NOT_STARTED');
    assert.equal(await house.used(), 0);
    await house.advance(hour - 1);
    assert.equal(await outcome(), 'NOT_STARTED');
    await house.advance(1);
    assert.equal(await outcome(), 'opened');
    await house.advance(day - hour - 1);
    assert.equal(await outcome(), 'opened');
    await house.advance(1);
    assert.equal(await outcome(), 'EXPIRED');
    const refusals = (await house.history()).filter((event) => event.kind === 'refused');
    assert.deepEqual(
      refusals.map((event) => event.reason),
      ['SUSPENDED', 'NOT_STARTED', 'NOT_STARTED', 'EXPIRED'],
    );
  },

  'ends a session when its licence is suspended, for good': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.policy({ state: 'suspended' });
    assert.deepEqual(await house.peek(guest), { kind: 'ended', reason: 'licence-suspended', message: null });
    await house.over(guest, 'licence-suspended');
    await house.policy({ state: 'active' });
    await house.over(guest, 'licence-suspended');
    assert.equal(await house.used(), 0);
    assert.equal((await house.history()).filter((event) => event.kind === 'released').length, 1);
  },

  'ends a session at the end of its licence, for good, though nobody closed it': async (lab) => {
    const house = await newHouse(lab, { validToMs: Date.now() + 10 * 60_000 });
    const guest = await house.sit();
    await house.advance(11 * 60_000);
    await house.over(guest, 'licence-expired');
    await house.policy({ validToMs: null });
    await house.over(guest, 'licence-expired');
  },

  'ends the sessions of an expired licence on reconcile': async (lab) => {
    const house = await newHouse(lab, { seats: 3, validToMs: Date.now() + 10 * 60_000 });
    const guests = await house.fill(3);
    await house.advance(11 * 60_000);
    assert.equal((await lab.store.reconcile(house.tag)).expired, 3);
    assert.equal(await house.used(), 0);
    for (const guest of guests) await house.over(guest, 'licence-expired');
    const released = (await house.history()).filter((event) => event.kind === 'released');
    assert.deepEqual(
      released.map((event) => event.reason),
      Array(3).fill('licence-expired'),
    );
  },

  'asks for the policy when a check finds none': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await lab.link.send(house.prefix, ['DEL', `${house.prefix}:policy`]);
    assert.deepEqual(await house.read(guest), { kind: 'policy-needed' });
    assert.deepEqual(await house.peek(guest), { kind: 'policy-needed' });
    assert.deepEqual(await house.open(), { kind: 'policy-needed' });
    await house.policy({});
    await house.alive(guest);
  },
};
