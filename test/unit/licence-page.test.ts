import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { csvOfPasted, readPasted } from '../../src/console/admin/pages/licences/pasted-list.js';
import { ordinal, previewOf } from '../../src/console/admin/pages/licences/policy-preview.js';
import { faultsOfChain, minutes, policyInShort } from '../../src/console/admin/pages/licences/policy-words.js';
import {
  adviceInWords,
  customRange,
  limitAtPeak,
  limitsOf,
  namedRange,
  summaryOf,
  type UsageItem,
} from '../../src/console/admin/pages/licences/usage-figures.js';
import { readMemberList } from '../../src/licences/member-list.js';

const hour = (at: number, over: Partial<UsageItem> = {}): UsageItem => ({
  at: new Date(at * 3_600_000).toISOString(),
  peak: 0,
  average: 0,
  minutesFull: 0,
  seatMinutes: 0,
  distinctUsers: 0,
  admissions: 0,
  refusals: 0,
  trueRefusals: 0,
  limit: null,
  ...over,
});

describe('the preview of a policy', () => {
  it('counts people as they are counted aloud', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 51, 101, 111, 1002].map(ordinal)).toEqual([
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '51st',
      '101st',
      '111th',
      '1,002nd',
    ]);
  });

  it('refuses the 51st person of a licence that tries nothing', () => {
    const [stranger] = previewOf({ whenFull: ['refuse'] }, 50);
    expect(stranger?.who).toBe('The 51st person, with no session of their own here,');
    expect(stranger?.steps).toEqual([]);
    expect(stranger?.last).toMatch(/^is refused, and told when/);
  });

  it('tells the steps in their order, and offers the own sessions only to those who have some', () => {
    const policy = {
      whenFull: [
        { step: 'reclaim-idle' as const, idleMinutes: 90 },
        'end-own' as const,
        { step: 'displace' as const, which: 'oldest' as const },
        { step: 'overage' as const, seats: 2, daysPerYear: 1 },
      ],
      maxSessionsPerUser: 2,
    };
    const [stranger, insider, greedy] = previewOf(policy, 50);
    expect(stranger?.steps.map(({ when }) => when)).toEqual([
      'If somebody’s session has been idle for over 1 hour 30 minutes',
      'If fewer than 52 sessions are open, on the first 1 day of this kind in a year',
    ]);
    expect(insider?.steps).toHaveLength(4);
    expect(greedy?.steps.map(({ outcome }) => outcome)).toEqual([
      'gets in, and that session ends.',
      'gets in: their own oldest session ends.',
    ]);
    expect(policyInShort(policy)).toBe(
      'End a session idle for over 1 hour 30 minutes; else offer them a swap with one of their own sessions; else end their own oldest session; else lend up to 2 more seats on 1 day a year; else refuse.',
    );
  });

  it('lets nobody into a licence without seats, whatever its policy says', () => {
    const cases = previewOf({ whenFull: [{ step: 'overage', seats: 5, daysPerYear: 9 }], maxSessionsPerUser: 1 }, 0);
    expect(cases).toEqual([
      {
        who: 'The first person, with no session of their own here,',
        steps: [],
        last: 'is refused: this licence has no seats.',
      },
    ]);
  });

  it('finds the one order that the server would refuse', () => {
    const displace = { step: 'displace' as const, which: 'oldest' as const };
    expect([...faultsOfChain([displace, 'end-own', 'refuse']).keys()]).toEqual([1]);
    expect(faultsOfChain(['end-own', displace]).size).toBe(0);
    expect([0, 1, 60, 1500].map(minutes)).toEqual(['0 minutes', '1 minute', '1 hour', '1 day 1 hour']);
  });
});

describe('a pasted list of people', () => {
  it('is read from a mail, from a table and from plain lines, and says which lines are no good', () => {
    const text = [
      'Name;E-mail',
      'Anna Schmidt <anna@example.org>, Bert <bert@example.org>',
      'Clara Ott;clara@example.org',
      'dora@example.org, emil@example.org fritz@example.org',
      '',
      'not an address',
      'ANNA@example.org',
      'gerd@nowhere',
    ].join('\n');
    expect(readPasted(text).map(({ line, email, name, fault }) => [line, email, name, fault])).toEqual([
      [2, 'anna@example.org', 'Anna Schmidt', null],
      [2, 'bert@example.org', 'Bert', null],
      [3, 'clara@example.org', 'Clara Ott', null],
      [4, 'dora@example.org', null, null],
      [4, 'emil@example.org', null, null],
      [4, 'fritz@example.org', null, null],
      [6, 'not an address', null, 'no-address'],
      [7, 'ANNA@example.org', null, 'twice'],
      [8, 'gerd@nowhere', null, 'no-address'],
    ]);
  });

  it('reaches the server as a list in which it finds no fault of form, whatever was pasted', async () => {
    const piece = fc.constantFrom(
      'a@b.de',
      'c@d.org',
      'Anna',
      '"',
      ',',
      ';',
      '\t',
      '\n',
      '<',
      '>',
      ' ',
      '=1',
      '@',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const good = readPasted(pieces.join('')).filter(({ fault }) => fault === null);
        const lines = await readMemberList(csvOfPasted(good));
        expect(lines.map(({ email }) => email)).toEqual(good.map(({ email }) => email));
        expect(lines.filter((line) => 'reason' in line)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the figures of usage on the page', () => {
  it('asks for the hours of a day, a week and a month that end now', () => {
    const now = Date.parse('2026-03-08T12:00:00Z');
    expect(namedRange('day', now)).toEqual({ from: '2026-03-07T12:00:00.000Z', to: null, bucket: 'hour' });
    expect(namedRange('month', now).from).toBe('2026-02-06T12:00:00.000Z');
  });

  it('includes both days of a chosen range, takes longer stretches for longer ones, and none that is the wrong way round', () => {
    const day = customRange('2026-03-01', '2026-03-01');
    expect(Date.parse(day?.to ?? '') - Date.parse(day?.from ?? '')).toBe(24 * 3_600_000);
    expect(customRange('2026-01-01', '2026-06-30')?.bucket).toBe('day');
    expect(customRange('2020-01-01', '2026-06-30')?.bucket).toBe('month');
    expect([customRange('2026-03-02', '2026-03-01'), customRange('', '2026-03-01')]).toEqual([null, null]);
  });

  it('finds the peak and its hour', () => {
    const items = [hour(0, { peak: 3 }), hour(1, { peak: 9, refusals: 2 }), hour(2, { peak: 9 })];
    expect(summaryOf(items)).toMatchObject({ peak: 9, peakAt: items[1]?.at, refusals: 2 });
    expect(summaryOf([])).toMatchObject({ peak: 0, peakAt: null, average: 0 });
  });

  it('tells the limit of the peak as it was then, whatever it is now', () => {
    const cut = [hour(1, { limit: 5 }), hour(2, { peak: 5 }), hour(3, { peak: 1, limit: 1 }), hour(4)];
    expect(limitsOf(cut, 1)).toEqual([5, 5, 1, 1]);
    expect(limitAtPeak(cut, limitsOf(cut, 1))).toBe(5);
    const within = [hour(1, { limit: 5 }), hour(2, { peak: 4, limit: 1 })];
    expect(limitAtPeak(within, limitsOf(within, 1))).toBe(5);
    expect(limitAtPeak([hour(1)], limitsOf([hour(1)], 3))).toBe(3);
  });

  it('tells the recommended seats with their ground, and says so when there is too little to go by', () => {
    const ground = {
      days: 90,
      busyHours: 600,
      peak: 50,
      peakAt: null,
      usual: 44,
      hoursFull: 3,
      turnedAway: 7,
      mostTurnedAway: 4,
    };
    expect(adviceInWords({ seats: 50, recommended: 54, ground })).toEqual({
      what: '54 seats recommended. That is 4 more than it has.',
      why: 'In the last 90 days there were 600 busy hours. 44 seats would have been enough in 99 % of them; at the peak 50 sat at once. 7 people were turned away for want of a seat, up to 4 in one hour.',
    });
    expect(adviceInWords({ seats: 50, recommended: 44, ground: { ...ground, turnedAway: 0 } }).what).toMatch(/6 fewer/);
    expect(adviceInWords({ seats: 50, recommended: null, ground }).what).toBe('Too early to tell.');
  });
});
