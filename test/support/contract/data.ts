import assert from 'node:assert/strict';
import { randomToken } from '../../../src/kernel/ids.js';
import { newHouse } from '../store-lab.js';
import { hour, minute, type Promises } from './promise.js';

const roomy = 16_384;

/** What `saveData` promises. */
export const dataPromises: Promises = {
  'keeps both of two parallel changes of different fields': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    for (let round = 0; round < 50; round++) {
      const [left, right] = await Promise.all([
        lab.store.saveData(guest.issued, new Map([['left', String(round)]]), roomy),
        lab.other.saveData(guest.issued, new Map([['right', String(round)]]), roomy),
      ]);
      assert.deepEqual([left.kind, right.kind], ['saved', 'saved']);
      const expected = new Map([
        ['left', String(round)],
        ['right', String(round)],
      ]);
      assert.deepEqual((await house.alive(guest)).data, expected);
    }
  },

  'sets and removes fields by name and answers all that is left': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    const awkward = '{"text":"ü \\u0000 \\" d:v"}';
    const first = new Map<string, string | null>([
      ['v', '1'],
      ['d:r', awkward],
      ['naïve', '[1,2]'],
      ['', 'null'],
    ]);
    assert.deepEqual(await lab.store.saveData(guest.issued, first, roomy), { kind: 'saved', data: first });
    const changed = await lab.store.saveData(
      guest.issued,
      new Map<string, string | null>([
        ['v', null],
        ['none', null],
        ['', '2'],
      ]),
      roomy,
    );
    const left = new Map([
      ['d:r', awkward],
      ['naïve', '[1,2]'],
      ['', '2'],
    ]);
    assert.deepEqual(changed, { kind: 'saved', data: left });
    assert.deepEqual((await house.alive(guest)).data, left);
    const all = new Map([...left.keys()].map((name) => [name, null]));
    assert.deepEqual(await lab.store.saveData(guest.issued, all, roomy), { kind: 'saved', data: new Map() });
    assert.deepEqual((await house.alive(guest)).data, new Map());
  },

  'refuses data beyond the limit and keeps what was there': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.sit();
    const save = (name: string, text: string | null) => lab.store.saveData(guest.issued, new Map([[name, text]]), 1000);
    assert.equal((await save('a', `"${'x'.repeat(600)}"`)).kind, 'saved');
    const before = await house.digest();
    assert.deepEqual(await save('b', `"${'x'.repeat(600)}"`), { kind: 'too-large' });
    assert.deepEqual(await house.digest(), before);
    for (let i = 0; i < 20; i++) assert.equal((await save('a', `"${'y'.repeat(600)}"`)).kind, 'saved');
    await save('a', null);
    assert.equal((await save('b', `"${'x'.repeat(600)}"`)).kind, 'saved');
    assert.equal((await save('c', `"${'é'.repeat(300)}"`)).kind, 'too-large');
  },

  'a slow save cannot revive a session that has ended': async (lab) => {
    const house = await newHouse(lab, { seats: 3 });
    const [ended, idle] = [await house.sit(), await house.sit()];
    await house.close({ handles: [ended.issued.handle] }, { reason: 'ended-by-staff', message: 'Enough' });
    const before = await house.digest();
    const save = (credential: typeof ended.issued) => lab.other.saveData(credential, new Map([['late', '1']]), roomy);
    assert.deepEqual(await save(ended.issued), { kind: 'ended', reason: 'ended-by-staff', message: 'Enough' });
    assert.deepEqual(await save({ ...idle.issued, verifier: randomToken(32) }), { kind: 'unknown' });
    assert.deepEqual(await save(lab.ids.issue(house.tag)), { kind: 'unknown' });
    assert.deepEqual(await house.digest(), before);
    await house.over(ended, 'ended-by-staff', 'Enough');
    await house.advance(hour + minute);
    assert.deepEqual(await save(idle.issued), { kind: 'ended', reason: 'idle', message: null });
    assert.equal(await house.used(), 0);
  },

  'saves without sliding or confirming': async (lab) => {
    const house = await newHouse(lab);
    const guest = await house.hold();
    const saved = await lab.store.saveData(guest.issued, new Map([['a', '1']]), roomy);
    assert.equal(saved.kind, 'saved');
    await house.advance(30_000);
    assert.equal(await house.used(), 0);
  },

  'revives nothing when a save and an ending race': async (lab) => {
    const house = await newHouse(lab, { seats: 20 });
    const guests = await house.fill(20);
    await Promise.all(
      guests.flatMap((guest, i) => [
        lab.other.saveData(guest.issued, new Map([['n', String(i)]]), roomy),
        house.end(guest),
        lab.other.saveData(guest.issued, new Map([['m', String(i)]]), roomy),
      ]),
    );
    for (const guest of guests) await house.over(guest, 'signed-out');
    assert.equal(await house.used(), 0);
  },
};
