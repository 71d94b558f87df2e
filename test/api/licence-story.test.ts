import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adviseSeats } from '../../src/usage/seat-advice.js';
import type { Usage } from '../../src/usage/usage-history.js';
import type { Guest } from '../support/guest.js';
import { type LicenceScene, licenceScene } from '../support/licence-scene.js';
import { WholeServer } from '../support/whole-server.js';

let server: WholeServer;
let scene: LicenceScene;
let root: Guest;
let path: string;

beforeAll(async () => {
  server = await WholeServer.start();
  scene = await licenceScene(server);
  ({ root } = server.world);
  path = `/admin/api/licences/${scene.licenceId}`;
}, 200_000);

afterAll(() => server?.stop());

const hour = (peak: number, turnedAway = 0): Usage => ({
  startsAtMs: 0,
  lastsMs: 3_600_000,
  peak,
  seatMs: 0,
  fullMs: turnedAway > 0 ? 1_800_000 : 0,
  people: peak,
  hours: [
    {
      ...{ startsAtMs: 0, firstAtMs: 0, peak, seatMs: 0, fullMs: 0, people: peak, admissions: peak },
      refusals: new Map([['FULL', { all: 2 * turnedAway, telling: turnedAway }]]),
      last: { used: 0, limit: peak },
    },
  ],
});

describe('the number of seats a licence could do with', () => {
  it('is not told from too little, and is what was nearly always enough where nobody was turned away', () => {
    const busy = Array.from({ length: 200 }, (_, i) => hour(i === 0 ? 90 : 40));
    expect(adviseSeats(busy.slice(0, 23)).recommended).toBeNull();
    expect(adviseSeats(busy)).toMatchObject({ recommended: 42, ground: { busyHours: 200, peak: 90, usual: 40 } });
  });

  it('has room for all who were turned away in the worst hour beside those of the peak', () => {
    const hours = [...Array.from({ length: 30 }, () => hour(10)), hour(10, 4), hour(10, 1)];
    expect(adviseSeats(hours)).toMatchObject({
      recommended: 14,
      ground: { turnedAway: 5, mostTurnedAway: 4, hoursFull: 1 },
    });
  });

  it('is answered with its ground', async () => {
    const advice = await root.must(200, 'GET', `${path}/advice?days=30`);
    expect(advice).toMatchObject({ seats: 5, ground: { days: 30, peak: 5, turnedAway: 3, mostTurnedAway: 1 } });
    expect(advice.recommended).toBe(6);
    await root.must(400, 'GET', `${path}/advice?days=1`);
  });
});

describe('the preview of a policy', () => {
  const ask = (body: object) => root.must(200, 'POST', `${path}/policy/preview`, body);

  it('tells each step with what it finds at this moment, and writes nothing', async () => {
    const before = await root.must(200, 'GET', path);
    const story = await ask({
      seats: 4,
      policy: {
        whenFull: [
          { step: 'reclaim-idle', idleMinutes: 20 },
          'end-own',
          { step: 'overage', seats: 2, daysPerYear: 10 },
          'refuse',
        ],
      },
    });
    expect(story).toEqual({
      seats: 4,
      used: 4,
      next: 5,
      steps: [
        { kind: 'sits', upTo: 4 },
        { kind: 'reclaim-idle', idleMinutes: 20, now: { count: 0 } },
        { kind: 'end-own' },
        { kind: 'overage', seats: 2, upTo: 6, daysPerYear: 10, daysUsed: 0, daysLeft: 10 },
        { kind: 'refuse' },
      ],
      newcomer: 'overage',
      insider: 'chooses',
    });
    expect(await root.must(200, 'GET', path)).toEqual(before);
  });

  it('is about the licence as it is where nothing is given, and lets nobody into one without seats', async () => {
    expect(await ask({})).toMatchObject({ seats: 5, next: 6, newcomer: 'waits', insider: 'waits' });
    const policy = { whenFull: [{ step: 'overage', seats: 9, daysPerYear: 9 }, 'end-own'] };
    expect(await ask({ seats: 0, policy })).toMatchObject({ next: 1, newcomer: 'waits', insider: 'waits' });
  });

  it('takes no policy that could not be stored', async () => {
    const policy = { whenFull: ['refuse', 'end-own'] };
    expect(await root.must(400, 'POST', `${path}/policy/preview`, { policy })).toMatchObject({
      errors: [{ pointer: '/policy/whenFull/0' }],
    });
  });
});

describe('the members of a licence', () => {
  it('are found by what they are called, with their sessions there and their last sign-in', async () => {
    const { items, total } = await root.must(200, 'GET', `${path}/members?q=anna%20SCH`);
    expect([total, items[0].name, items[0].liveSessions]).toEqual([1, 'Anna Schmidt', 1]);
    expect(Date.parse(items[0].lastSignInAt)).toBeGreaterThan(0);
    const emil = await root.must(200, 'GET', `${path}/members?q=emil`);
    expect(emil.items[0]).toMatchObject({ liveSessions: 0 });
    expect(await root.must(200, 'GET', `${path}/members?q=%25`)).toMatchObject({ total: 0 });
  });

  it('are counted', async () => {
    expect(await root.must(200, 'GET', path)).toMatchObject({ members: 5, used: 4 });
  });

  it('are foreseen line by line, without anybody being added, invited or written to', async () => {
    const outsider = await server.world.account();
    const csv = ['email', scene.people[0]?.email, outsider.email, 'new@institute.example', 'nonsense'].join('\n');
    const asked = { csv, invite: true };
    const foreseen = await root.must(200, 'POST', `${path}/members`, { ...asked, dryRun: true });
    expect(foreseen).toMatchObject({ added: 1, invited: 1, refused: 1 });
    expect(foreseen.results.map(({ result }: { result: string }) => result)).toEqual([
      'already-member',
      'added',
      'invited',
      'refused',
    ]);
    expect((await root.must(200, 'GET', path)).members).toBe(5);
    expect((await root.must(200, 'GET', `${path}/invitations`)).total).toBe(0);
    const done = await root.must(200, 'POST', `${path}/members`, asked);
    expect(done.results).toEqual(foreseen.results);
    const again = await root.must(200, 'POST', `${path}/members`, { ...asked, dryRun: true });
    expect(again.results[2]).toMatchObject({ result: 'invited-lately' });
    const emails = [outsider.email, 'nobody@institute.example'];
    expect(await root.must(200, 'POST', `${path}/members`, { emails, dryRun: true })).toMatchObject({
      added: 0,
      results: [{ result: 'already-member' }, { result: 'no-such-user', userId: null }],
    });
    await root.must(400, 'POST', `${path}/members`, { userId: outsider.id, dryRun: true });
  });
});

describe('the licences', () => {
  const named = async (query: string) => {
    const { items, total } = await root.must(200, 'GET', `/admin/api/licences?${query}`);
    expect(total).toBe(items.length);
    return items.map(({ name }: { name: string }) => name).sort();
  };

  it('are found by state and by how full they are', async () => {
    const { world } = server;
    await world.licence({ name: 'Over', validTo: '2020-01-01T00:00:00Z' });
    await world.licence({ name: 'To come', validFrom: '2090-01-01T00:00:00Z' });
    const { id } = await world.licence({ name: 'Shut' });
    await root.must(200, 'POST', `/admin/api/licences/${id}/suspend`);
    const left = await world.licence({ name: 'Emptying' });
    await root.must(200, 'POST', `/admin/api/licences/${left.id}/suspend`, { mode: 'drain' });
    expect(await named('state=near-limit')).toEqual(['Chemistry']);
    expect(await named('state=active')).toEqual(['Chemistry']);
    expect(await named('state=expired')).toEqual(['Over']);
    expect(await named('state=not-started')).toEqual(['To come']);
    expect(await named('state=suspended')).toEqual(['Shut']);
    expect(await named('state=draining')).toEqual(['Emptying']);
  });

  it('are found by their owner as well', async () => {
    expect(await named('q=of%20examples')).toEqual(['Chemistry']);
  });
});
