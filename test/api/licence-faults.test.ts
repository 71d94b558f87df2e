import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeServer } from '../support/whole-server.js';

let server: WholeServer;
let ownerId: string;

beforeAll(async () => {
  server = await WholeServer.start();
  ownerId = await server.world.owner();
}, 60_000);

afterAll(() => server?.stop());

const path = '/admin/api/licences';
const overage = { step: 'overage', seats: 2, daysPerYear: 10 };
const displace = { step: 'displace', which: 'oldest' };
const reclaim = { step: 'reclaim-idle', idleMinutes: 15 };
const chain = (...whenFull: unknown[]) => ({ policy: { whenFull } });

/** What is wrong, and where it is said to be. */
const faults: readonly (readonly [string, object, string])[] = [
  ['a window that ends before it starts', window('2030-01-02', '2030-01-01'), '/validTo'],
  ['a window that ends when it starts', window('2030-01-01', '2030-01-01'), '/validTo'],
  ['a window without a zone', { validFrom: '2030-01-01T00:00:00' }, '/validFrom'],
  ['a day that does not exist', { validTo: '2030-02-30T00:00:00Z' }, '/validTo'],
  ['an end and a term', { validTo: '2030-01-01T00:00:00Z', durationDays: 3 }, '/durationDays'],
  ['a term of no days', { durationDays: 0 }, '/durationDays'],
  ['a term of half a day', { durationDays: 0.5 }, '/durationDays'],
  ['a term of more than a hundred years', { durationDays: 36_501 }, '/durationDays'],
  ['seats below none', { seats: -1 }, '/seats'],
  ['half a seat', { seats: 0.5 }, '/seats'],
  ['more than ten million seats', { seats: 10_000_001 }, '/seats'],
  ['seats that are no number', { seats: '5' }, '/seats'],
  ['seats beyond every number', { seats: 1e300 }, '/seats'],
  ['an empty chain', chain(), '/policy/whenFull'],
  ['a step that does not exist', chain('overbook'), '/policy/whenFull/0'],
  ['a step that goes on after refusing', chain('refuse', 'end-own'), '/policy/whenFull/0'],
  ['a step twice', chain('end-own', 'end-own'), '/policy/whenFull/1'],
  ['a step twice in two versions', chain(displace, { ...displace, which: 'idlest' }), '/policy/whenFull/1'],
  ['asking the person after having chosen', chain(displace, 'end-own'), '/policy/whenFull/1'],
  ['more steps than there are', chain(reclaim, 'end-own', displace, overage, 'refuse', 'refuse'), '/policy/whenFull'],
  ['idle for no minutes', chain({ ...reclaim, idleMinutes: 0 }), '/policy/whenFull/0'],
  ['idle for half a minute', chain({ ...reclaim, idleMinutes: 0.5 }), '/policy/whenFull/0'],
  ['displacing nobody in particular', chain({ step: 'displace' }), '/policy/whenFull/0'],
  ['displacing the newest', chain({ ...displace, which: 'newest' }), '/policy/whenFull/0'],
  ['overage without seats', chain({ ...overage, seats: 0 }), '/policy/whenFull/0'],
  ['overage on more days than a year has', chain({ ...overage, daysPerYear: 366 }), '/policy/whenFull/0'],
  ['overage on negative days', chain({ ...overage, daysPerYear: -1 }), '/policy/whenFull/0'],
  ['a step with a field too many', chain({ ...overage, price: 3 }), '/policy/whenFull/0'],
  ['no sessions per person', { policy: { whenFull: ['refuse'], maxSessionsPerUser: 0 } }, '/policy/maxSessionsPerUser'],
  [
    'half a session per person',
    { policy: { whenFull: ['refuse'], maxSessionsPerUser: 1.5 } },
    '/policy/maxSessionsPerUser',
  ],
  ['a policy with a field too many', { policy: { whenFull: ['refuse'], colour: 'red' } }, '/policy/colour'],
  ['a policy without a chain', { policy: {} }, '/policy/whenFull'],
];

function window(from: string, to: string) {
  return { validFrom: `${from}T00:00:00Z`, validTo: `${to}T00:00:00Z` };
}

describe.each(faults)('%s', (_what, over, pointer) => {
  it('is refused with the field and the reason when a licence is made, and nothing is made', async () => {
    const { root } = server.world;
    const before = (await root.must(200, 'GET', path)).total;
    const answer = await root.ask('POST', path, { body: { ownerId, name: 'Licence', seats: 3, ...over } });
    expect([answer.status, answer.json.type]).toEqual([400, '/problems/invalid-request']);
    expect(answer.json.errors[0].pointer).toContain(pointer);
    expect(answer.json.errors[0].rule).not.toBe('Invalid input');
    expect((await root.must(200, 'GET', path)).total).toBe(before);
  });

  it('is refused when a licence is changed, and nothing is changed', async () => {
    const { root } = server.world;
    const { id } = await root.must(201, 'POST', path, { ownerId, name: 'Licence', seats: 3 });
    const before = await root.must(200, 'GET', `${path}/${id}`);
    const answer = await root.ask('PATCH', `${path}/${id}`, { body: over });
    expect([answer.status, answer.json.errors?.[0]?.pointer]).toEqual([400, expect.stringContaining(pointer)]);
    expect(await root.must(200, 'GET', `${path}/${id}`)).toEqual(before);
  });
});

describe('what looks odd and is allowed', () => {
  it.each([
    ['no seats at all', { seats: 0 }],
    ['ten million seats', { seats: 10_000_000 }],
    ['every step there is, in a sensible order', chain(reclaim, 'end-own', displace, overage, 'refuse')],
    ['overage before displacing', chain(overage, displace)],
    ['a window of one millisecond', { validFrom: '2030-01-01T00:00:00.000Z', validTo: '2030-01-01T00:00:00.001Z' }],
    ['a window that has passed', window('2020-01-01', '2021-01-01')],
  ])('%s', async (_what, over) => {
    const { root } = server.world;
    const made = await root.must(201, 'POST', path, { ownerId, name: 'Licence', seats: 3, ...over });
    expect(await root.must(200, 'GET', `${path}/${made.id}`)).toMatchObject('policy' in over ? over : { id: made.id });
  });

  it('but not a change that turns the window round: neither end alone may cross the other', async () => {
    const { root } = server.world;
    const body = { ownerId, name: 'Licence', seats: 3, ...window('2030-01-01', '2031-01-01') };
    const { id } = await root.must(201, 'POST', path, body);
    const before = await root.must(200, 'GET', `${path}/${id}`);
    for (const over of [{ validFrom: '2031-01-01T00:00:00Z' }, { validTo: '2029-12-31T00:00:00Z' }]) {
      const answer = await root.ask('PATCH', `${path}/${id}`, { body: over });
      expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, '/validTo']);
    }
    expect(await root.must(200, 'GET', `${path}/${id}`)).toEqual(before);
  });
});
