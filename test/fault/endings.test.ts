import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chrome, type Licence, type Person, type Staff } from '../support/institute.js';
import { until } from '../support/pace.js';
import { Site } from '../support/site.js';

const idleSeconds = 2;
const absoluteSeconds = 3;

let site: Site;
let staff: Staff;

beforeAll(async () => {
  const settings = [
    {},
    { SESSION_IDLE_SECONDS: String(idleSeconds) },
    { SESSION_IDLE_SECONDS: String(absoluteSeconds), SESSION_ABSOLUTE_SECONDS: String(absoluteSeconds) },
  ];
  site = await Site.open(settings, { mail: true });
  staff = await site.staff();
}, 60_000);

afterAll(() => site.close());

/** A full licence: the browser whose session is going to end, whoever else of the same person sits there, and who waits. */
interface Scene {
  readonly licence: Licence;
  readonly anna: Person;
  /** The session that ends. */
  readonly leaving: Browser;
  /** Another session of Anna's, which stays; only where the scene has two seats. */
  readonly staying: Browser;
}

/** A way of ending. `seats` is 1 unless another session of the same person has to stay. */
interface Way {
  readonly reason: string;
  readonly resumable?: true;
  readonly message?: string;
  readonly seats?: 2;
  /** The server that opens the sessions. */
  readonly server?: number;
  /** What Anna's account is like. */
  readonly given?: Readonly<Record<string, unknown>>;
  end(scene: Scene): Promise<unknown>;
  /** What must be done before anybody can sit down again. */
  repair?(scene: Scene): Promise<unknown>;
}

const ways: Readonly<Record<string, Way>> = {
  'signing out': { reason: 'signed-out', end: ({ leaving }) => leaving.copy().signOut() },
  'the own list': {
    reason: 'ended-by-user',
    seats: 2,
    end: ({ staying, leaving }) => staying.ask('DELETE', `/auth/sessions/${leaving.ref}`),
  },
  'the own list, of the session that asks': {
    reason: 'ended-by-user',
    end: ({ leaving }) => leaving.copy().ask('DELETE', `/auth/sessions/${leaving.ref}`),
  },
  'ending all others': {
    reason: 'ended-by-user',
    seats: 2,
    end: ({ staying }) => staying.ask('POST', '/auth/sessions/end-others', {}),
  },
  'staff who end one session': {
    reason: 'ended-by-staff',
    message: 'Bitte kommen Sie ans Pult — “now”.',
    end: ({ leaving }) => staff.end(leaving.ref, 'Bitte kommen Sie ans Pult — “now”.'),
  },
  'staff who end by a filter': {
    reason: 'ended-by-staff',
    message: 'House closes',
    end: ({ licence }) =>
      staff.do('POST', '/admin/api/sessions/end', { filter: { licenceId: licence.id }, message: 'House closes' }),
  },
  'changing the own password elsewhere': {
    reason: 'credentials-changed',
    seats: 2,
    end: ({ staying, anna }) =>
      staying.ask('POST', '/auth/password/change', {
        currentPassword: anna.password,
        newPassword: 'quite another one',
      }),
  },
  'staff who start a reset of the password': {
    reason: 'credentials-changed',
    end: ({ anna }) => staff.do('POST', `/admin/api/users/${anna.id}/reset`),
  },
  'disabling the account': {
    reason: 'account-disabled',
    end: ({ anna }) => staff.do('POST', `/admin/api/users/${anna.id}/disable`),
  },
  'deleting the account': {
    reason: 'account-disabled',
    end: ({ anna }) => staff.do('DELETE', `/admin/api/users/${anna.id}`),
  },
  'removing the member': {
    reason: 'member-removed',
    end: ({ licence, anna }) => staff.do('DELETE', `${licence.path}/members/${anna.id}`),
  },
  'losing staff rights': {
    reason: 'role-changed',
    given: { roles: ['staff'] },
    end: ({ anna }) => staff.do('PATCH', `/admin/api/users/${anna.id}`, { roles: ['user'] }),
  },
  'suspending the licence': {
    reason: 'licence-suspended',
    end: ({ licence }) => staff.do('POST', `${licence.path}/suspend`),
    repair: ({ licence }) => staff.do('POST', `${licence.path}/reinstate`),
  },
  'the end of the licence': {
    reason: 'licence-expired',
    end: async ({ licence }) => {
      await staff.do('PATCH', licence.path, { validTo: new Date(Date.now() + 300).toISOString() });
      await until('its seats are free', 5_000, async () => (await licence.seats()).used === 0);
    },
    repair: ({ licence }) => staff.do('POST', `${licence.path}/renew`, { durationDays: 30 }),
  },
  'another client': {
    reason: 'user-agent',
    end: async ({ leaving }) => {
      const thief = await leaving.copy(chrome).session();
      expect([thief.status, thief.json.type]).toEqual([403, '/problems/different-client']);
    },
  },
  idleness: { reason: 'idle', resumable: true, server: 1, end: () => pause(idleSeconds * 1000 + 150) },
  'its lifetime, however busy': {
    reason: 'lifetime',
    resumable: true,
    server: 2,
    end: async ({ leaving }) => {
      const { json } = await leaving.session();
      while (Date.now() < Date.parse(json.session.absoluteExpiresAt)) await pause(100).then(() => leaving.session());
    },
  },
};

describe('a session of a full licence that ends by', () => {
  it.each(Object.keys(ways))(
    '%s gives its seat to the next who asks, and its browser is told why',
    async (name) => {
      const way = ways[name] as Way;
      const { reason, resumable = false, message, seats = 1, server = 0 } = way;
      const licence = await staff.licence(seats);
      const anna = await licence.person(way.given);
      const ben = await licence.person();
      const staying = await site.browser(server).enter(anna, { licenceId: licence.id });
      const leaving = seats === 1 ? staying : await site.browser(server).enter(anna, { licenceId: licence.id });
      const next = site.browser(server);
      expect((await next.signIn(ben)).json).toMatchObject({
        type: '/problems/no-seat-free',
        used: seats,
        limit: seats,
      });

      const scene = { licence, anna, leaving, staying };
      await way.end(scene);
      await way.repair?.(scene);

      const entered = await next.signIn(ben);
      expect([entered.status, entered.text]).toEqual([200, expect.stringContaining(ben.email)]);
      const told = await leaving.session();
      expect([told.status, told.json.type]).toEqual([401, '/problems/session-ended']);
      expect(told.json).toMatchObject({ reason, resumable, ...(message === undefined ? {} : { message }) });
      const written = await leaving.ask('PATCH', '/auth/session/data', { late: true });
      expect([written.status, written.json.reason]).toEqual([401, reason]);
      if (seats === 2) expect((await staying.session()).status).toBe(200);

      const present = [...(seats === 2 ? [staying.ref] : []), next.ref].sort();
      const shown = await licence.seats();
      expect({ ...shown, refs: shown.refs.sort() }).toEqual({ limit: seats, used: seats, refs: present });
      expect((await next.ask('GET', '/auth/seat')).json).toMatchObject({ used: seats, free: 0 });
      expect(await staff.live({ licenceId: licence.id })).toBe(seats);
      await until('the history knows', 5_000, async () => (await site.ledger.storyOf(leaving.ref)).length === 2);
      expect(await site.ledger.storyOf(leaving.ref)).toEqual(['admitted', reason]);
    },
    20_000,
  );

  it('signing in again in the same browser hands its seat on to itself', async () => {
    const licence = await staff.licence(1);
    const anna = await licence.person();
    const browser = await site.browser().enter(anna);
    const before = browser.copy();
    await browser.enter(anna);
    expect(await licence.seats()).toEqual({ limit: 1, used: 1, refs: [browser.ref] });
    expect((await before.session()).json).toMatchObject({ reason: 'signed-out' });
    expect((await browser.session()).status).toBe(200);
  });

  it('a suspended licence, which then lets nobody in until it is reinstated', async () => {
    const licence = await staff.licence(1);
    const anna = await licence.person();
    await staff.do('POST', `${licence.path}/suspend`);
    const refused = await site.browser().signIn(anna);
    expect([refused.status, refused.json.type]).toEqual([403, '/problems/licence-suspended']);
    await staff.do('POST', `${licence.path}/reinstate`);
    await site.browser().enter(anna);
  });
});
