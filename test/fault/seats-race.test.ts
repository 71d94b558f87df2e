import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Timed } from '../support/ask.js';
import { Browser, type Licence, type Person, type Staff } from '../support/institute.js';
import { figure, times, until } from '../support/pace.js';
import { Site } from '../support/site.js';

const rounds = figure(2, 20);
const seats = 10;
const rush = 200;

let site: Site;
let staff: Staff;
let licence: Licence;
let people: Person[];

beforeAll(async () => {
  site = await Site.open([{}, {}]);
  staff = await site.staff();
  licence = await staff.licence(seats);
  people = await licence.people(rush);
}, 60_000);

afterAll(() => site.close());

/** A browser at one of the two servers in turn. */
function browser(number: number): Browser {
  return new Browser(site.url(number % 2));
}

/** As the client does, who is told that the server cannot answer just now asks again: a busy machine lets nobody in or out. */
async function signIn(number: number, person: Person): Promise<Timed> {
  for (;;) {
    const answer = await browser(number).signIn(person);
    if (answer.status !== 503) return answer;
    await sleep(200);
  }
}

function counts(answers: readonly Timed[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { status, json } of answers) {
    const kind = status === 200 ? '200' : `${status} ${json.type}`;
    counted[kind] = (counted[kind] ?? 0) + 1;
  }
  return counted;
}

const exactly = { '200': seats, '409 /problems/no-seat-free': rush - seats };

describe('two servers on the same stores, ten seats and two hundred sign-ins at once', () => {
  it.each([
    ['of two hundred people', rush],
    ['of ten people in twenty browsers each', 10],
  ])(
    `let exactly ten in, none refused while a seat is free: ${rounds} of ${rounds} rounds %s`,
    async (_, different) => {
      for (let round = 0; round < rounds; round++) {
        const answers = await Promise.all(
          Array.from({ length: rush }, (_, number) => signIn(number, people[number % different] as Person)),
        );
        expect(counts(answers)).toEqual(exactly);
        for (const { status, json } of answers) if (status === 409) expect(json).toMatchObject({ used: 10, limit: 10 });
        expect(await licence.seats()).toMatchObject({ used: seats, limit: seats });
        await licence.clear();
        expect(await licence.seats()).toMatchObject({ used: 0, refs: [] });
      }
    },
    figure(60_000, 300_000),
  );

  it('let exactly one of fifty who wait in when staff end one session', async () => {
    const inside = await times(seats, seats, (number) => browser(number).enter(people[number] as Person));
    let waiting = true;
    let refused = 0;
    const waiters = people.slice(seats, seats + 50).map(async (person, number) => {
      for (;;) {
        // Whoever began before the last look is heard to the end.
        const last = !waiting;
        const answer = await signIn(number, person);
        if (answer.status === 200) return 1;
        expect(answer.status).toBe(409);
        refused += 1;
        if (last) return 0;
      }
    });
    await until('all have tried', 10_000, async () => refused >= 50);
    const ended = await staff.end(inside[0]?.ref ?? '');
    expect(ended.json).toMatchObject({ ended: 1, licence: { limit: seats } });
    await until('the seat is taken again', 5_000, async () => (await licence.seats()).used === seats);
    waiting = false;
    const entered = await Promise.all(waiters);
    expect(entered.filter((one) => one === 1)).toHaveLength(1);
    expect(await licence.seats()).toMatchObject({ used: seats });
  }, 60_000);

  it('leave a history in which nobody was let in over the limit and nobody refused under it', async () => {
    await licence.clear();
    const balance = async () => {
      const lines = await site.ledger.history(licence.id);
      return (
        lines.filter(({ kind }) => kind === 'admitted').length - lines.filter(({ kind }) => kind === 'released').length
      );
    };
    await until('the history is in Postgres', 10_000, async () => (await balance()) === 0);
    const lines = await site.ledger.history(licence.id);
    expect(lines.filter(({ kind }) => kind === 'admitted')).toHaveLength(2 * rounds * seats + seats + 1);
    expect(lines.filter(({ kind, used }) => kind === 'admitted' && used > seats)).toEqual([]);
    expect(lines.filter(({ kind, used }) => kind === 'refused' && used < seats)).toEqual([]);
  }, 30_000);
});
