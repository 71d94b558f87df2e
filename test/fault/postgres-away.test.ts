import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '#bootstrap/embedded.mjs';
import type { Timed } from '../support/ask.js';
import type { Browser, Licence, Person, Staff } from '../support/institute.js';
import { figure, Pulse, until } from '../support/pace.js';
import { Site } from '../support/site.js';

const awayMs = figure(3_000, 10_000);

let postgres: PostgresServer;
let site: Site;
let staff: Staff;
let licence: Licence;
let people: Person[];
let inside: Browser[];

beforeAll(async () => {
  postgres = await startPostgres({ ephemeral: true });
  await keepWhatIsCommitted(postgres.url());
  site = await Site.open([{}], { databaseUrl: postgres.url() });
  staff = await site.staff();
}, 60_000);

afterAll(async () => {
  await site.close();
  await postgres.stop();
});

beforeEach(async () => {
  licence = await staff.licence(20);
  people = await licence.people(6);
  inside = await Promise.all(people.slice(0, 5).map((person) => site.browser().enter(person)));
});

/** The Postgres of the tests forgets the last moments when it is killed. Here it must not, as no real one does. */
async function keepWhatIsCommitted(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('ALTER DATABASE usher SET synchronous_commit = on');
  await client.end();
}

/** A way to take Postgres away, and back. */
interface Trouble {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

function frozen(): Trouble {
  let backends: number[] = [];
  return {
    async begin() {
      backends = await site.ledger.backends();
      for (const pid of backends) process.kill(pid, 'SIGSTOP');
      postgres.freeze();
    },
    async end() {
      for (const pid of backends) process.kill(pid, 'SIGCONT');
      postgres.thaw();
    },
  };
}

function gone(): Trouble {
  return { begin: () => postgres.crash(), end: () => postgres.revive() };
}

function kind({ status, json }: Timed): string {
  return status >= 400 ? `${status} ${json.type}` : String(status);
}

const unavailable = '503 /problems/store-unavailable';

describe('while Postgres', () => {
  it.each([
    ['is frozen', frozen],
    ['is gone', gone],
  ])(
    '%s, checks and endings go on, all else is put off within 1.3 s, and nothing is half done',
    async (_, of) => {
      const trouble = of();
      const checks = new Pulse(50, () => (inside[0] as Browser).copy().session());
      await pause(300);
      await trouble.begin();
      const [leaving, ended, other, threatened] = inside.slice(1) as [Browser, Browser, Browser, Browser];
      const refused = await Promise.all([
        site.browser().signIn(people[5] as Person),
        staff.ask('POST', `/admin/api/users/${people[4]?.id}/disable`),
        staff.ask('POST', `${licence.path}/suspend`),
        staff.ask('GET', '/admin/api/users'),
      ]);
      expect(refused.map(kind)).toEqual([unavailable, unavailable, unavailable, unavailable]);
      expect(refused[0].headers['set-cookie']).toBeUndefined();
      expect(Math.max(...refused.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(1_300);
      // Redis alone is asked: an ending is true when it is answered, and its audit line follows.
      const done = await staff.end(ended.ref, 'Enough');
      expect([kind(done), done.json.ended]).toEqual(['200', 1]);
      expect(done.tookMs).toBeLessThanOrEqual(figure(900, 300));
      expect(kind(await leaving.copy().signOut())).toBe('204');
      expect((await ended.session()).json).toMatchObject({ reason: 'ended-by-staff', message: 'Enough' });
      expect((await leaving.session()).json).toMatchObject({ reason: 'signed-out' });
      const written = await other.ask('PATCH', '/auth/session/data', { written: 'meanwhile' });
      expect([kind(written), written.json]).toEqual(['200', { written: 'meanwhile' }]);
      await pause(awayMs);
      await trouble.end();
      const answers = await checks.stop();
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      const slowest = answers.map(({ tookMs }) => tookMs).sort((a, b) => b - a);
      expect(slowest[Math.floor(slowest.length / 100)]).toBeLessThanOrEqual(figure(300, 100));

      await until('people can sign in again', 3_000, async () => {
        return (await site.browser().signIn(people[5] as Person)).status === 200;
      });
      expect(await staff.do('GET', `/admin/api/users/${people[4]?.id}`)).toMatchObject({ disabled: false });
      expect(await staff.do('GET', licence.path)).toMatchObject({ active: true });
      expect(kind(await threatened.session())).toBe('200');
      await until(
        'the audit log knows',
        5_000,
        async () => (await site.ledger.audited('session.ended', ended.ref)) === 1,
      );
      expect(await site.ledger.storyOf(ended.ref)).toEqual(['admitted', 'ended-by-staff']);
      await until('the history knows', 5_000, async () => (await site.ledger.storyOf(leaving.ref)).length === 2);
      expect((await site.browser().ask('GET', '/health/ready')).status).toBe(200);
    },
    60_000,
  );
});
