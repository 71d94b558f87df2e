import assert from 'node:assert/strict';
import { newId, randomToken, type UserId } from '../../../src/kernel/ids.js';
import { type Guest, homeClient } from '../house.js';
import { newHouse } from '../store-lab.js';
import { day, hour, minute, type Promises, second } from './promise.js';

/** What `read` and `peek` promise. */
export const readingPromises: Promises = {
  'slides a session only when a minute has passed': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.alive(guest);
    const before = await house.digest();
    await house.advance(minute - 1);
    assert.equal((await house.alive(guest)).lastSeenAtMs, guest.session.createdAtMs);
    assert.deepEqual(await house.digest(), before);
    await house.advance(1);
    const slid = await house.alive(guest);
    assert.equal(slid.lastSeenAtMs, house.nowMs);
    assert.equal(slid.expiresAtMs, house.nowMs + hour + minute);
  },

  'never ends a session that was used within the idle limit': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.alive(guest);
    await house.advance(minute - 1);
    await house.alive(guest);
    await house.advance(hour);
    await house.alive(guest);
  },

  'ends an unused session at the idle limit with its slack, though nobody runs': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    await house.advance(hour + minute - 1);
    assert.equal((await house.peek(guest)).kind, 'live');
    assert.equal(await house.used(), 1);
    await house.advance(1);
    assert.equal(await house.used(), 0);
    await house.over(guest, 'idle');
    await house.sit();
    await house.over(guest, 'idle');
  },

  'never lives past the absolute limit, however often it is used': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    const end = guest.session.absoluteExpiresAtMs;
    while (house.nowMs + 30 * minute < end) {
      await house.advance(30 * minute);
      assert.ok((await house.alive(guest)).expiresAtMs <= end);
    }
    await house.advance(end - house.nowMs - 1);
    await house.alive(guest);
    await house.advance(1);
    await house.over(guest, 'lifetime');
    assert.equal(await house.used(), 0);
    await house.sit();
    await house.over(guest, 'lifetime');
  },

  'writes nothing on a peek': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.hold();
    const before = await house.digest();
    await house.advance(10 * second);
    const held = await house.peek(guest);
    assert.ok(held.kind === 'live');
    assert.deepEqual(held.snapshot, guest.opening.snapshot);
    assert.deepEqual(await house.digest(), before);
    await lab.store.confirm(guest.issued);
    await house.advance(5 * minute);
    const confirmed = await house.digest();
    await house.peek(guest);
    await house.peek(guest, { client: 'other', version: 1 });
    await house.advance(day);
    await house.peek(guest);
    assert.deepEqual(await house.digest(), confirmed);
  },

  'neither slides nor ends a session that another client asks for': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.advance(5 * minute);
    const before = await house.digest();
    const stranger = { client: 'chrome/windows/desktop', version: 150 };
    assert.deepEqual(await house.read(guest, stranger), { kind: 'other-client' });
    assert.deepEqual(await house.peek(guest, stranger), { kind: 'other-client' });
    assert.deepEqual(await house.digest(), before);
    await house.alive(guest);
  },

  'tells by the ref alone whether a session lives, as a check would, and writes nothing': async (lab) => {
    const house = await newHouse(lab, { seats: 5 });
    const lives = async ({ issued }: Pick<Guest, 'issued'>) => {
      const before = await house.digest();
      const answer = await lab.store.lives({ tag: issued.tag, handle: issued.handle });
      assert.deepEqual(await house.digest(), before);
      return answer;
    };
    assert.equal(await lives({ issued: lab.ids.issue(house.tag) }), false);
    const [held, ended, other, idle] = [await house.hold(), await house.sit(), await house.sit(), await house.sit()];
    assert.deepEqual([await lives(held), await lives(ended), await lives(idle)], [true, true, true]);
    await house.end(ended);
    await house.close({ userId: other.userId, epoch: 2 });
    assert.deepEqual([await lives(ended), await lives(other), await lives(idle)], [false, false, true]);
    await house.advance(hour + minute - 1);
    assert.deepEqual([await lives(held), await lives(idle)], [false, true]);
    await house.advance(1);
    assert.equal(await lives(idle), false);
    const last = await house.sit();
    for (const [closed, open] of [
      [{ state: 'suspended' }, { state: 'active' }],
      [{ validToMs: house.nowMs }, { validToMs: null }],
      [{ validFromMs: house.nowMs + 1 }, { validFromMs: null }],
    ] as const) {
      await house.policy(closed);
      assert.equal(await lives(last), false);
      await house.policy(open);
      assert.equal(await lives(last), true);
    }
    await house.policy({ state: 'draining' });
    assert.equal(await lives(last), true);
  },

  'lets a client rise in version and not fall': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.advance(2 * minute);
    assert.equal((await house.read(guest, { ...homeClient, version: 141 })).kind, 'live');
    assert.equal((await house.read(guest, homeClient)).kind, 'other-client');
    assert.equal((await house.read(guest, { ...homeClient, version: 141 })).kind, 'live');
  },

  'knows no session by another secret, live or ended': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    const wrong = { ...guest.issued, verifier: randomToken(32) };
    const before = await house.digest();
    assert.deepEqual(await lab.store.read(wrong, 'cookie', homeClient), { kind: 'unknown' });
    assert.deepEqual(await lab.store.peek(wrong, 'cookie', homeClient), { kind: 'unknown' });
    assert.deepEqual(await house.digest(), before);
    await house.close({ handles: [guest.issued.handle] }, { reason: 'ended-by-staff', message: 'Back at noon' });
    assert.deepEqual(await lab.store.read(wrong, 'cookie', homeClient), { kind: 'unknown' });
    assert.deepEqual(await lab.store.read(lab.ids.issue(house.tag), 'cookie', homeClient), { kind: 'unknown' });
  },

  'knows no session through the other door, live or ended': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const guest = await house.sit();
    assert.deepEqual(await house.read(guest, homeClient, 'bearer'), { kind: 'unknown' });
    const bearer = await house.sit({ delivery: 'bearer' });
    assert.deepEqual(await house.read(bearer), { kind: 'unknown' });
    assert.equal((await house.read(bearer, homeClient, 'bearer')).kind, 'live');
    await house.end(guest);
    assert.deepEqual(await house.read(guest, homeClient, 'bearer'), { kind: 'unknown' });
  },

  'tells the holder of the secret why it ended, with the words of staff, for a day': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.close({ handles: [guest.issued.handle] }, { reason: 'ended-by-staff', message: 'Back at “noon”' });
    await house.over(guest, 'ended-by-staff', 'Back at “noon”');
    assert.deepEqual(await house.peek(guest), { kind: 'ended', reason: 'ended-by-staff', message: 'Back at “noon”' });
    const key = (await house.keys()).find((name) => name.includes(guest.issued.handle)) ?? '';
    const left = Number(await lab.link.send(key, ['PTTL', key]));
    assert.ok(left > day - minute && left <= day, `the tombstone is kept for ${left} ms`);
  },

  'keeps a record a day longer than its session can live, and no longer': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    await house.advance(2 * minute);
    await house.alive(guest);
    const key = (await house.keys()).find((name) => name.includes(guest.issued.handle)) ?? '';
    const left = Number(await lab.link.send(key, ['PTTL', key]));
    assert.ok(left > 2 * day - minute && left <= 2 * day + minute, `the record is kept for ${left} ms`);
  },

  'gives a new secret and keeps handle, seat, data and count; the old one reads for ten seconds': async (lab) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    await lab.store.saveData(guest.issued, new Map([['theme', '"dark"']]), 1024);
    const next = lab.ids.issue(house.tag, guest.issued.handle);
    assert.equal(await lab.store.rotate(guest.issued, next), true);
    assert.equal(await house.used(), 1);
    const found = await lab.store.read(next, 'cookie', homeClient);
    assert.ok(found.kind === 'live');
    assert.equal(found.session.ref, guest.session.ref);
    assert.deepEqual(found.session.data, new Map([['theme', '"dark"']]));
    await house.advance(10 * second - 1);
    await house.alive(guest);
    await house.advance(1);
    assert.deepEqual(await house.read(guest), { kind: 'unknown' });
    assert.equal((await lab.store.read(next, 'cookie', homeClient)).kind, 'live');
    assert.equal((await house.history()).length, 1);
  },

  'knows with a new secret how, and when, the person was authenticated again; the rest stays (ASVS 7.5.3)': async (
    lab,
  ) => {
    const house = await newHouse(lab, { seats: 1 });
    const guest = await house.sit();
    assert.equal((await house.alive(guest)).authenticatedAtMs, guest.session.createdAtMs);
    await house.advance(5 * minute);
    await house.alive(guest);
    const next = lab.ids.issue(house.tag, guest.issued.handle);
    assert.equal(await lab.store.rotate(guest.issued, next, { amr: ['pwd', 'otp', 'mfa'], aal: 2 }), true);
    const found = await lab.store.read(next, 'cookie', homeClient);
    assert.ok(found.kind === 'live');
    const { amr, aal, authenticatedAtMs, ...rest } = found.session;
    assert.deepEqual([amr, aal, authenticatedAtMs], [['pwd', 'otp', 'mfa'], 2, house.nowMs]);
    const { amr: _amr, aal: _aal, authenticatedAtMs: _at, ...before } = guest.session;
    assert.deepEqual({ ...rest, lastSeenAtMs: 0, expiresAtMs: 0 }, { ...before, lastSeenAtMs: 0, expiresAtMs: 0 });
    assert.deepEqual(found.snapshot, guest.opening.snapshot);
    await house.advance(minute);
    const later = lab.ids.issue(house.tag, guest.issued.handle);
    assert.equal(await lab.store.rotate(next, later), true);
    const still = await lab.store.read(later, 'cookie', homeClient);
    assert.ok(still.kind === 'live');
    assert.deepEqual([still.session.aal, still.session.authenticatedAtMs], [2, authenticatedAtMs]);
    const twice = lab.ids.issue(house.tag, guest.issued.handle);
    assert.equal(await lab.store.rotate(later, twice, { amr: ['pwd'], aal: 1 }), true);
    const again = await lab.store.read(twice, 'cookie', homeClient);
    assert.ok(again.kind === 'live');
    assert.deepEqual([again.session.amr, again.session.authenticatedAtMs], [['pwd'], house.nowMs]);
  },

  'does not rotate what is gone': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const [ended, idle] = [await house.sit(), await house.sit()];
    const rotate = (handle: string) => lab.store.rotate({ tag: house.tag, handle }, lab.ids.issue(house.tag, handle));
    await house.end(ended);
    assert.equal(await rotate(ended.issued.handle), false);
    await house.over(ended, 'signed-out');
    await house.advance(hour + minute);
    assert.equal(await rotate(idle.issued.handle), false);
    assert.equal(await rotate(lab.ids.issue(house.tag).handle), false);
    await house.over(idle, 'idle');
    assert.equal(await house.used(), 0);
  },

  'replaces what answers the checks of one user': async (lab) => {
    const house = await newHouse(lab, { seats: 4 });
    const guest = await house.sit();
    const second = await house.sit({ userId: guest.userId });
    const neighbour = await house.sit();
    await house.end(second);
    assert.equal(await lab.store.refresh(house.tag, guest.userId, 2, '{"name":"new"}'), 1);
    const found = await house.read(guest);
    assert.ok(found.kind === 'live');
    assert.deepEqual(found.snapshot, { person: '{"name":"new"}', licence: guest.opening.snapshot.licence });
    const other = await house.read(neighbour);
    assert.ok(other.kind === 'live');
    assert.deepEqual(other.snapshot, neighbour.opening.snapshot);
    await house.over(second, 'signed-out');
    await house.advance(hour + minute);
    assert.equal(await lab.store.refresh(house.tag, neighbour.userId, 2, '{}'), 0);
    await house.over(neighbour, 'idle');
  },

  'refreshes only what was opened under an older epoch, and not twice': async (lab) => {
    const house = await newHouse(lab, { seats: 4 });
    const old = await house.sit();
    const { userId } = old;
    const current = await house.sit({ userId, epoch: 2 });
    assert.equal(await lab.store.refresh(house.tag, userId, 2, '{"name":"new"}'), 1);
    const before = await house.digest();
    assert.equal(await lab.other.refresh(house.tag, userId, 2, '{"name":"late"}'), 0);
    assert.equal(await lab.other.refresh(house.tag, userId, 1, '{"name":"later"}'), 0);
    assert.deepEqual(await house.digest(), before);
    const [first, second] = [await house.read(old), await house.read(current)];
    assert.ok(first.kind === 'live' && second.kind === 'live');
    assert.equal(first.snapshot.person, '{"name":"new"}');
    assert.deepEqual(second.snapshot, current.opening.snapshot);
    assert.deepEqual((await house.close({ userId, epoch: 2 })).closed, []);
    assert.equal((await house.close({ userId, epoch: 3 })).closed.length, 2);
  },

  'lets no sign-in in flight keep what a refresh has replaced': async (lab) => {
    const house = await newHouse(lab, { seats: 100 });
    for (let round = 1; round <= 25; round++) {
      const userId = newId<UserId>();
      await Promise.all([
        lab.other.open(house.opening({ userId, epoch: 1 })),
        lab.store.refresh(house.tag, userId, 2, '{"name":"new"}'),
        lab.store.open(house.opening({ userId, epoch: 1 })),
      ]);
      const { items } = await lab.store.list(house.tag, { userId }, 10, null);
      for (const item of items) assert.equal(item.snapshot.person, '{"name":"new"}');
      assert.deepEqual(await house.open({ userId, epoch: 1 }), { kind: 'stale-user' });
      assert.equal((await house.open({ userId, epoch: 2 })).kind, 'opened');
    }
  },
};
