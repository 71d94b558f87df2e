import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { composeTools } from '../../src/compose/tools.js';
import { loadConfig } from '../../src/config/config.js';
import { inWords } from '../../src/doctor/finding.js';
import type { Timed } from '../support/ask.js';
import { Flock } from '../support/flock.js';
import { Browser, type Licence, type Person, Staff } from '../support/institute.js';
import { figure, oneOf, someMoment, until } from '../support/pace.js';
import { sharedSettings } from '../support/server-process.js';
import { Site } from '../support/site.js';

const kills = figure(3, 500);
const seats = 6;
const visitors = 10;
const chains: readonly [unknown, ...unknown[]] = [
  ['refuse'],
  [{ step: 'reclaim-idle', idleMinutes: 1 }, 'end-own', 'refuse'],
  [{ step: 'displace', which: 'oldest' }, 'refuse'],
  [{ step: 'overage', seats: 2, daysPerYear: 100 }, 'refuse'],
];

describe('servers that are killed at any moment', () => {
  let site: Site;
  let flock: Flock;
  let licence: Licence;
  let people: Person[];
  let over = false;
  /** What was answered at all, by what was asked: shows that the test did something. */
  const done = new Map<string, number>();

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

  /** Answers null when the server died meanwhile. */
  async function tried(what: string, browser: Browser, act: () => Promise<Timed>): Promise<Timed | null> {
    browser.url = await flock.url();
    const answer = await act().catch(() => null);
    if (answer !== null && answer.status < 300) done.set(what, (done.get(what) ?? 0) + 1);
    return answer;
  }

  /** Comes, stays a while, and goes or stays away. */
  async function visit(person: Person): Promise<void> {
    let browser = new Browser('');
    while (!over) {
      if (Math.random() < 0.6) browser = new Browser('');
      const came = await tried('sign-in', browser, () => browser.signIn(person));
      await someMoment(60);
      if (came?.status !== 200) continue;
      await tried('check', browser, () => browser.session());
      await someMoment(200);
      if (Math.random() < 0.7) await tried('sign-out', browser, () => browser.signOut());
    }
  }

  /** Changes the licence, its members and their accounts, and ends sessions, one after another. */
  async function administer(staff: Staff): Promise<void> {
    const ask = (what: string, method: string, path: string, body?: unknown) =>
      tried(what, staff, () => staff.ask(method, path, body));
    const insist = async (what: string, method: string, path: string, body: unknown) =>
      until(what, 60_000, async () => {
        const answer = await ask(what, method, path, body);
        return answer !== null && answer.status < 500;
      });
    const api = '/admin/api';
    while (!over) {
      await someMoment(150);
      const { id } = people[Math.floor(Math.random() * people.length)] ?? { id: '' };
      const whenLowered = oneOf(['drain', 'end-idlest'] as const);
      const act = oneOf(['seats', 'chain', 'suspend', 'account', 'member', 'name', 'end', 'clear'] as const);
      await {
        seats: () => ask('seats', 'PATCH', licence.path, { seats: oneOf([2, 4, 6, 9]), whenLowered }),
        chain: () => ask('chain', 'PATCH', licence.path, { policy: { whenFull: oneOf(chains) } }),
        async suspend() {
          await ask('suspend', 'POST', `${licence.path}/suspend`, { mode: oneOf(['end', 'drain'] as const) });
          await insist('reinstate', 'POST', `${licence.path}/reinstate`, {});
        },
        async account() {
          await ask('disable', 'POST', `${api}/users/${id}/disable`);
          await insist('enable', 'POST', `${api}/users/${id}/enable`, undefined);
        },
        async member() {
          await ask('remove', 'DELETE', `${licence.path}/members/${id}`);
          await insist('add', 'POST', `${licence.path}/members`, { userId: id });
        },
        name: () => ask('name', 'PATCH', `${api}/users/${id}`, { name: `Name ${Math.random()}` }),
        end: () => ask('end', 'POST', `${api}/sessions/end`, { filter: { userId: id } }),
        clear: () => ask('clear', 'POST', `${api}/sessions/end`, { filter: { licenceId: licence.id } }),
      }[act]();
    }
  }

  /** What the doctor finds, in words. */
  async function drift(): Promise<string[]> {
    const config = loadConfig({ ...sharedSettings, DATABASE_URL: site.databaseUrl, REDIS_URL: site.redis.url });
    const tools = await composeTools(config);
    try {
      const { found } = await tools.doctor.examine();
      return found.map((one) => inWords(one).what);
    } finally {
      await tools.close();
    }
  }

  it(
    `leave nothing that has drifted apart: ${kills} kills`,
    async () => {
      const staff = await Staff.at(await flock.url());
      const work = [...people.map((person) => visit(person)), administer(staff)];
      for (let kill = 0; kill < kills; kill++) await flock.strike();
      over = true;
      await Promise.all(work);
      await flock.stop();
      site.servers.push(await site.launch());
      const ledger = new pg.Client({ connectionString: site.databaseUrl });
      await ledger.connect();
      await until('every change has reached Redis', 90_000, async () => {
        const { rows } = await ledger.query('SELECT 1 FROM outbox WHERE applied_at IS NULL LIMIT 1');
        return rows.length === 0;
      });
      const { rows } = await ledger.query<{ kind: string; count: number }>(
        'SELECT kind, count(*)::int AS count FROM session_events GROUP BY kind',
      );
      await ledger.end();
      expect(await drift()).toEqual([]);
      await site.servers.pop()?.stop();
      // Once more without any server: what waits for the next one is no drift.
      expect(await drift()).toEqual([]);
      expect(rows.find(({ kind }) => kind === 'admitted')?.count).toBeGreaterThan(kills);
      expect(done.get('check')).toBeGreaterThan(kills);
    },
    180_000 + 6_000 * kills,
  );
});
