import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventsKey, tagPrefix } from '../../src/sessions/keys.js';
import type { Timed } from '../support/ask.js';
import { Flock } from '../support/flock.js';
import { Browser, type Licence, type Person, Staff } from '../support/institute.js';
import { figure, oneOf, someMoment, until } from '../support/pace.js';
import { type PlainRedis, plainRedis } from '../support/plain-redis.js';
import { Site } from '../support/site.js';

const kills = figure(5, 200);
const seats = 6;
const visitors = 12;
/** A grant that nobody confirms lapses after 30 s. */
const grantMs = 30_000;

/** What the visitors know of one session. */
interface Known {
  /** A check has answered 200. */
  checked: boolean;
  /** An ending was tried, whether or not it was answered. */
  left: boolean;
  /** An ending was acknowledged. */
  ended: boolean;
}

describe('servers that are killed at any moment', () => {
  let site: Site;
  let flock: Flock;
  let licence: Licence;
  let people: Person[];
  const known = new Map<string, Known>();
  let ending = false;

  beforeAll(async () => {
    site = await Site.open([{}]);
    flock = new Flock(site);
    licence = await (await site.staff()).licence(seats);
    people = await licence.people(visitors);
    // From here on nothing but what is killed serves, sweeps and brings the history over.
    await site.servers.pop()?.stop();
    await flock.grow(4);
  }, 60_000);

  afterAll(async () => {
    await flock.stop();
    await site.close();
  });

  /** Answers null when the server died meanwhile: then nobody knows what it has done. */
  async function tried(browser: Browser, act: () => Promise<Timed>): Promise<Timed | null> {
    browser.url = await flock.url();
    return act().catch(() => null);
  }

  async function leave(person: Person, browser: Browser, staff: Staff, story: Known): Promise<void> {
    story.left = true;
    const { ref } = browser;
    const way = oneOf(['sign out', 'own list', 'staff', 'account', 'stay away'] as const);
    if (way === 'stay away') return;
    const answer = await {
      'sign out': () => tried(browser, () => browser.signOut()),
      'own list': () => tried(browser, () => browser.ask('DELETE', `/auth/sessions/${ref}`)),
      staff: () => tried(staff, () => staff.end(ref)),
      account: () => disabled(person, staff),
    }[way]();
    if (answer?.status === 204 || answer?.json?.ended === 1 || answer?.json?.disabled === true) story.ended = true;
  }

  /** The account is disabled, which is durable when it is answered, even with "pending"; then the person may come back. */
  async function disabled({ id }: Person, staff: Staff): Promise<Timed | null> {
    const switched = (way: string) => tried(staff, () => staff.ask('POST', `/admin/api/users/${id}/${way}`));
    const answer = await switched('disable');
    await until('the account is enabled', 60_000, async () => (await switched('enable'))?.json?.disabled === false);
    return answer;
  }

  /** Comes and goes until it is told to stop. */
  async function visit(person: Person, staff: Staff): Promise<void> {
    let browser = new Browser('');
    while (!ending) {
      if (Math.random() < 0.6) browser = new Browser('');
      const before = known.get(browser.ref);
      const came = await tried(browser, () => browser.signIn(person));
      // The same browser hands its seat on, perhaps to a session it never hears of.
      if (before !== undefined) before.left = true;
      if (came?.status !== 200) {
        await someMoment(30);
        continue;
      }
      const story: Known = { checked: false, left: false, ended: false };
      known.set(browser.ref, story);
      if (Math.random() < 0.7) story.checked = (await tried(browser, () => browser.session()))?.status === 200;
      await someMoment(40);
      if (Math.random() < 0.8) await leave(person, browser, staff, story);
      else await someMoment(400).then(() => leave(person, browser, staff, story));
    }
  }

  /** Ends everybody's session now and then, so that those who stay away do not fill the house. */
  async function clear(staff: Staff): Promise<void> {
    const everybodyLeft = () => {
      for (const story of known.values()) story.left = true;
    };
    while (!ending) {
      await someMoment(300);
      everybodyLeft();
      const filter = { licenceId: licence.id };
      await tried(staff, () => staff.ask('POST', '/admin/api/sessions/end', { filter }));
      everybodyLeft();
    }
  }

  it(
    `leave seats and sessions the same and a history with each coming and going once: ${kills} kills`,
    async () => {
      const staff = await Staff.at(await flock.url());
      const work = [...people.map((person) => visit(person, staff)), clear(staff)];
      for (let kill = 0; kill < kills; kill++) await flock.strike();
      ending = true;
      await Promise.all(work);
      await flock.stop();
      await pause(grantMs);
      // The sweeper of a new server finds what was left behind.
      site.servers.push(await site.launch());
      const last = await site.staff();
      const house = await Remains.read(site.redis.url, licence.id);
      await until('the history is in Postgres', 10_000, async () => (await house.waitingEvents()) === 0);
      const live = (await house.liveRefs()).sort();
      const indexed = await house.indexedHandles();
      await house.close();

      licence = Object.assign(licence, { staff: last });
      const shown = await licence.seats();
      expect({ used: shown.used, refs: shown.refs.sort() }).toEqual({ used: live.length, refs: live });
      expect(await last.live({ licenceId: licence.id })).toBe(live.length);
      expect(indexed).toBe(live.length);

      const stories = await storiesOf(site, licence.id);
      const wrong = [...stories].filter(
        ([ref, story]) => story.admitted !== 1 || story.released !== (live.includes(ref) ? 0 : 1),
      );
      expect(wrong).toEqual([]);
      expect(live.filter((ref) => !stories.has(ref))).toEqual([]);
      expect([...known.keys()].filter((ref) => !stories.has(ref))).toEqual([]);
      // An acknowledged ending is true; who was let in and stayed still sits there.
      expect([...known].filter(([ref, { ended }]) => ended && live.includes(ref))).toEqual([]);
      expect([...known].filter(([ref, { checked, left }]) => checked && !left && !live.includes(ref))).toEqual([]);
      expect(stories.size).toBeGreaterThan(kills);
    },
    120_000 + 3_000 * kills,
  );
});

/** How often the history says of each session of a licence that it came and that it went. */
async function storiesOf(site: Site, licenceId: string) {
  const stories = new Map<string, { admitted: number; released: number; refused: number }>();
  for (const { kind, ref } of await site.ledger.history(licenceId)) {
    if (ref === null) continue;
    const story = stories.get(ref) ?? { admitted: 0, released: 0, refused: 0 };
    story[kind] += 1;
    stories.set(ref, story);
  }
  return stories;
}

/** What lies in Redis of one licence, seen without the server. */
class Remains {
  private constructor(
    readonly redis: PlainRedis,
    readonly tag: string,
  ) {}

  static async read(url: string, tag: string): Promise<Remains> {
    return new Remains(await plainRedis(url), tag);
  }

  waitingEvents(): Promise<number> {
    return this.redis.xLen(eventsKey(this.tag));
  }

  /** The sessions whose record has not ended and whose seat's time is ahead. */
  async liveRefs(): Promise<string[]> {
    const prefix = `${tagPrefix(this.tag)}:s:`;
    const live: string[] = [];
    const now = Date.now();
    for await (const keys of this.redis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
      for (const key of keys) {
        const handle = key.slice(prefix.length);
        const [ended, until] = [
          await this.redis.hExists(key, 'r'),
          await this.redis.zScore(`${tagPrefix(this.tag)}:seats`, handle),
        ];
        if (ended === 0 && until !== null && until > now) live.push(`${this.tag}.${handle}`);
      }
    }
    return live;
  }

  /** How many sessions the indexes of the users name. */
  async indexedHandles(): Promise<number> {
    let handles = 0;
    for await (const keys of this.redis.scanIterator({ MATCH: `${tagPrefix(this.tag)}:u:*`, COUNT: 1000 })) {
      for (const key of keys) handles += await this.redis.sCard(key);
    }
    return handles;
  }

  async close(): Promise<void> {
    await this.redis.close();
  }
}

describe('a server', () => {
  let site: Site;
  let browser: Browser;

  beforeEach(async () => {
    site = await Site.open([{}]);
    const licence = await (await site.staff()).licence(5);
    browser = await site.browser().enter(await licence.person());
  }, 30_000);

  afterEach(() => site.close());

  it('that is told to stop answers what is in flight, takes nothing new, and exits with 0', async () => {
    const told = pause(100).then(async () => {
      const ended = site.servers[0]?.stop();
      await until('nobody is let in any more', 2_000, () =>
        browser
          .copy()
          .session({ connection: 'close' })
          .then(
            () => false,
            () => true,
          ),
      );
      return { ended };
    });
    const answer = await browser.ask('PATCH', '/auth/session/data', { written: 'while stopping' }, { pause: told });
    expect([answer.status, answer.json, answer.headers['connection']]).toEqual([
      200,
      { written: 'while stopping' },
      'close',
    ]);
    const { ended } = await told;
    expect(await ended).toMatchObject({ code: 0, signal: null });
  }, 20_000);

  it('that was killed and starts again finds everybody signed in', async () => {
    await site.servers.pop()?.kill9();
    site.servers.push(await site.launch());
    browser.url = site.url();
    const { status, json } = await browser.session();
    expect([status, json.session?.ref]).toEqual([200, browser.ref]);
  }, 20_000);
});
