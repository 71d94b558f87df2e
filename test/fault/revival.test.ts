import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type NextFunction, type Request, type Response } from 'express';
import { trustedProxies } from '../../src/http/client-address.js';
import { CookieSessions } from '../../src/http/cookie-sessions.js';
import { Exchanges } from '../../src/http/exchange.js';
import { Principal } from '../../src/http/principal.js';
import { monotonicMs, systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { connectRedis } from '../../src/platform/redis.js';
import { SessionCheck } from '../../src/sessions/check.js';
import { ClientReader } from '../../src/sessions/client.js';
import { RedisSessionStore } from '../../src/sessions/redis-store.js';
import { sessionTimes } from '../../src/sessions/session.js';
import { SessionIds } from '../../src/sessions/session-id.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import type { Timed } from '../support/ask.js';
import { type Browser, chrome, type Licence, type Person, type Staff } from '../support/institute.js';
import { figure, someMoment, times } from '../support/pace.js';
import { sharedSettings } from '../support/server-process.js';
import { Site } from '../support/site.js';

const lanes = 8;

let site: Site;
let staff: Staff;
let licence: Licence;
/** More than there are trials at a time, so that no two at once are about the same person. */
let people: Person[];

beforeAll(async () => {
  const behindProxy = { TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' };
  site = await Site.open([behindProxy, behindProxy], { mail: true });
  staff = await site.staff();
  licence = await staff.licence(1000);
  people = await licence.people(10 * lanes);
}, 60_000);

afterAll(() => site.close());

/** Somebody whom no other trial is about at the moment, and where that person may sit. */
interface Subject {
  readonly licence: Licence;
  readonly person: Person;
}

/** With `alone` the account and the licence are made for this trial. */
async function withSubject<T>(work: (subject: Subject) => Promise<T>, alone = false): Promise<T> {
  if (alone) {
    const own = await staff.licence(2);
    return work({ licence: own, person: await own.person() });
  }
  const person = people.pop();
  if (person === undefined) throw new Error('there are more trials at once than people');
  try {
    return await work({ licence, person });
  } finally {
    people.unshift(person);
  }
}

/** The contract's name of what came back: the status, or the reason a session ended for. */
function word({ status, json }: Timed): string {
  return status === 401 && json.reason !== undefined ? json.reason : String(status);
}

/** What becomes of a session, as soon as the server has an answer: on a machine short of time a store may be too slow for one. */
async function known(browser: Pick<Browser, 'session'>): Promise<string> {
  for (let left = 20; ; left -= 1) {
    const answer = await browser.session();
    if (answer.status !== 503 || left === 0) return word(answer);
    await pause(100);
  }
}

interface Way {
  readonly reason: string;
  /** It leaves an account or a licence behind that is of no use to another trial. */
  readonly alone?: true;
  end(subject: Subject & { browser: Browser }): Promise<unknown>;
  /** Lets the person come back. */
  repair?(subject: Subject): Promise<unknown>;
}

const disabling: Way = {
  reason: 'account-disabled',
  end: ({ person }) => staff.do('POST', `/admin/api/users/${person.id}/disable`),
  repair: ({ person }) => staff.do('POST', `/admin/api/users/${person.id}/enable`),
};
const removal: Way = {
  reason: 'member-removed',
  end: ({ licence: { path }, person }) => staff.do('DELETE', `${path}/members/${person.id}`),
  repair: ({ licence: { path }, person }) => staff.do('POST', `${path}/members`, { userId: person.id }),
};
const newPassword: Way = {
  reason: 'credentials-changed',
  end: ({ person }) => staff.do('POST', `/admin/api/users/${person.id}/reset`),
  repair: ({ person }) => site.resetPassword(person),
};
const waysOut: readonly [Way, ...Way[]] = [
  { reason: 'signed-out', end: ({ browser }) => browser.copy().signOut() },
  { reason: 'ended-by-user', end: ({ browser }) => browser.copy().ask('DELETE', `/auth/sessions/${browser.ref}`) },
  { reason: 'ended-by-staff', end: ({ browser }) => staff.end(browser.ref) },
  {
    reason: 'ended-by-staff',
    end: ({ person }) => staff.do('POST', '/admin/api/sessions/end', { filter: { userId: person.id } }),
  },
  { reason: 'user-agent', end: ({ browser }) => browser.copy(chrome).session() },
  {
    reason: 'ended-by-user',
    alone: true,
    async end({ person }) {
      const other = await site.browser().enter(person);
      await other.ask('POST', '/auth/sessions/end-others', {});
    },
  },
  disabling,
  removal,
  newPassword,
  {
    reason: 'account-disabled',
    alone: true,
    end: ({ person }) => staff.do('DELETE', `/admin/api/users/${person.id}`),
  },
  {
    reason: 'licence-suspended',
    alone: true,
    end: ({ licence }) => staff.do('POST', `${licence.path}/suspend`),
    repair: ({ licence }) => staff.do('POST', `${licence.path}/reinstate`),
  },
];

/** One trial for each number, over all ways of ending in turn. */
function trialsOf(count: number, trial: (way: Way, subject: Subject, number: number) => Promise<void>) {
  return times(count, lanes, (number) => {
    const way = waysOut[number % waysOut.length] ?? waysOut[0];
    return withSubject((subject) => trial(way, subject, number), way.alone);
  });
}

describe('a session that has ended', () => {
  const trials = figure(40, 1000);

  it(`is not brought back by a change of its data that is in flight: 0 of ${trials}, whichever way it ended`, async () => {
    const answers = new Set<string>();
    await trialsOf(trials, async (way, subject, number) => {
      const browser = await site.browser(number % 2).enter(subject.person);
      const writer = browser.copy();
      writer.url = site.url((number >> 1) % 2);
      const ending = someMoment(8).then(() => way.end({ ...subject, browser }));
      const writing = someMoment(8).then(() => writer.ask('PATCH', '/auth/session/data', { late: number }));
      const [written] = await Promise.all([writing, ending]);
      expect(['200', way.reason]).toContain(word(written));
      answers.add(word(written));
      expect(await known(writer)).toBe(way.reason);
      await way.repair?.(subject);
      expect(await known(browser)).toBe(way.reason);
    });
    // Had no change been early or none late, nothing would have been shown.
    expect([...answers]).toEqual(expect.arrayContaining(['200', 'ended-by-staff']));
    expect((await licence.seats()).used).toBe(0);
  }, 120_000);

  it('is not brought back by a change whose body arrives only after the end: that is told the reason', async () => {
    await trialsOf(waysOut.length, async (way, subject, number) => {
      const browser = await site.browser().enter(subject.person);
      // By then the head of the request has long been let in.
      const ending = pause(100).then(() => way.end({ ...subject, browser }));
      const written = await browser.copy().ask('PATCH', '/auth/session/data', { late: number }, { pause: ending });
      expect(word(written)).toBe(way.reason);
      await way.repair?.(subject);
      expect(await known(browser)).toBe(way.reason);
    });
    expect((await licence.seats()).used).toBe(0);
  }, 30_000);

  it(`is not brought back by an Express route that has changed req.session: 0 of ${trials}`, async () => {
    const other = await ExpressSite.open(site.redis.url);
    await trialsOf(trials, async (way, subject, number) => {
      const browser = await site.browser(number % 2).enter(subject.person);
      const writer = browser.copy();
      writer.url = other.url;
      const ending = someMoment(8).then(() => way.end({ ...subject, browser }));
      await Promise.all([someMoment(8).then(() => writer.ask('POST', '/write', { number })), ending]);
      expect(await known(browser)).toBe(way.reason);
      await way.repair?.(subject);
      expect(await known(browser)).toBe(way.reason);
    });
    await other.close();
    expect(other.written).toBeGreaterThan(trials / 10);
    expect((await licence.seats()).used).toBe(0);
  }, 120_000);
});

describe('a sign-in that is in flight', () => {
  const trials = figure(30, 500);

  it.each([
    ['the account is disabled', '401', disabling],
    ['the member is removed', '403', removal],
    ['the password is changed', '401', newPassword],
  ])(
    `opens nothing that lives on when %s meanwhile: 0 of ${trials}`,
    async (_, late, way) => {
      const answers: Record<string, number> = {};
      await times(trials / 3, lanes / 2, (number) =>
        withSubject(async (subject) => {
          const { person } = subject;
          const browsers = [0, 1, 2].map((one) => site.browser((number + one) % 2));
          // Attempts that come too late count as wrong ones: those of all trials would be too many for one address.
          for (const browser of browsers) browser.address = `10.0.${number >> 8}.${number & 255}`;
          const entering = browsers.map((browser) => someMoment(20).then(() => browser.signIn(person)));
          // Every other time one has just come in and the others are still about to.
          const moment = number % 2 === 0 ? someMoment(40) : Promise.race(entering);
          const ending = moment.then(() => way.end({ ...subject, browser: browsers[0] as Browser }));
          const entered = await Promise.all(entering);
          await ending;
          for (const answer of entered) answers[answer.status] = (answers[answer.status] ?? 0) + 1;
          const ends = async () => {
            for (const browser of browsers) if (browser.ref !== '') expect(await known(browser)).toBe(way.reason);
          };
          await ends();
          expect(await staff.live({ userId: person.id })).toBe(0);
          await way.repair?.(subject);
          await ends();
        }),
      );
      // Some came before the end and some behind it.
      expect(Object.keys(answers).sort()).toEqual(['200', late]);
    },
    120_000,
  );
});

describe('two changes of different fields at once', () => {
  const trials = figure(40, 1000);

  it(`are both kept: ${trials} of ${trials}`, async () => {
    const kept = await times(trials, lanes, (number) =>
      withSubject(async ({ person }) => {
        const browser = await site.browser().enter(person);
        const other = browser.copy();
        other.url = site.url(1);
        const changed = await Promise.all([
          browser.ask('PATCH', '/auth/session/data', { left: number }),
          other.ask('PATCH', '/auth/session/data', { right: number }),
        ]);
        expect(changed.map(({ status }) => status)).toEqual([200, 200]);
        const { json } = await browser.session();
        await browser.signOut();
        return json.data.left === number && json.data.right === number;
      }),
    );
    expect(kept.filter((both) => both)).toHaveLength(trials);
  }, 120_000);
});

/** An Express application of somebody else's on the same sessions, with a route that writes as Express routes do. */
class ExpressSite {
  /** How many requests were let in and have changed the session. */
  written = 0;

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async open(redisUrl: string): Promise<ExpressSite> {
    const log = createLog({ level: 'silent' });
    const link = await connectRedis({ url: redisUrl, log, clock: systemClock });
    const secrets = [sharedSettings.SESSION_SECRETS];
    const times = sessionTimes({ idleSeconds: 3600, absoluteSeconds: 86_400 });
    const store = new RedisSessionStore({ link, scripts: loadSessionScripts(), times, now: monotonicMs });
    const clients = new ClientReader('browser');
    const ids = new SessionIds(secrets);
    const check = new SessionCheck({ ids, store, clients, cookieName: 'sid', loadPolicy: async () => null });
    const exchanges = new Exchanges(trustedProxies(null), false);
    const principal = new Principal(check, createMetrics());
    const sessions = new CookieSessions({ store, secrets, secure: false });
    const app = express();
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const site = new ExpressSite(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await link.close();
    });
    app.post('/write', async (request, response) => {
      exchanges.begin(request);
      const checked = await principal.of(request);
      if (checked.kind !== 'live') {
        response.status(401).end();
        return;
      }
      await sessions.requireToken(request, response);
      request.session.data = { ...request.session.data, late: true };
      site.written += 1;
      await someMoment(8);
      response.json({});
    });
    // What express-session could not save.
    app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => void response.destroy());
    return site;
  }
}
