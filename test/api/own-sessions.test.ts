import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/kernel/actor.js';
import { newId, type UserId } from '../../src/kernel/ids.js';
import { SessionService } from '../../src/sessions/session-service.js';
import { newSeatlessHouse, ownStoreLab, type StoreLab } from '../support/store-lab.js';

let own: Awaited<ReturnType<typeof ownStoreLab>>;
let lab: StoreLab;

beforeAll(async () => {
  own = await ownStoreLab();
  lab = own.lab;
});

afterAll(() => own.stop());

describe("a person's own sessions", () => {
  it('all end with "end the others", however many somebody has opened, and nobody else\'s do', async () => {
    const house = await newSeatlessHouse(lab);
    const userId = newId<UserId>();
    const oldest = await house.sit({ userId });
    const other = await house.sit();
    await house.advance(1000);
    for (let batch = 0; batch < 26; batch += 1) {
      await Promise.all(Array.from({ length: 40 }, () => house.hold({ userId })));
    }
    await house.advance(1000);
    const mine = await house.sit({ userId });
    const service = new SessionService(lab.store, {
      allTags: async () => [house.tag],
      tagsOf: async () => [house.tag],
      tagsOfMany: async (userIds) => new Map(userIds.map((id) => [id, [house.tag]])),
      endLater: () => Promise.reject(new Error('nothing is to be left for later')),
    });
    const actor = { person: { id: userId }, session: mine.session } as Actor;
    const cause = { reason: 'ended-by-user', by: userId } as const;
    expect(await service.endOthers(actor, cause)).toEqual({ kind: 'ended', ended: 1041 });
    expect((await service.ownSessions(userId)).map(({ ref }) => ref)).toEqual([mine.session.ref]);
    const { store } = lab;
    const { fingerprint } = oldest.opening;
    expect(await store.read(oldest.issued, 'cookie', fingerprint)).toMatchObject({ kind: 'ended' });
    expect(await store.read(other.issued, 'cookie', fingerprint)).toMatchObject({ kind: 'live' });
  });
});
