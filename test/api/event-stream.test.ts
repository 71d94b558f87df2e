import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { compose, type Usher } from '../../src/compose/compose.js';
import { loadConfig } from '../../src/config/config.js';
import { createLog } from '../../src/platform/log.js';
import { EventReader } from '../support/event-reader.js';
import type { Guest } from '../support/guest.js';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';
import { testSettings, WholeServer } from '../support/whole-server.js';

const path = '/admin/api/events';

let redis: RedisServer;
let database: TestDatabase;
let server: WholeServer;
/** Another server process on the same stores. */
let other: { usher: Usher; port: number };
let staff: Guest;
let readers: EventReader[] = [];

async function anotherProcess(settings: Readonly<Record<string, string>> = {}): Promise<typeof other> {
  const stores = { DATABASE_URL: database.url, REDIS_URL: redis.url };
  const usher = await compose(loadConfig({ ...testSettings, ...stores, ...settings }), {
    log: createLog({ level: 'silent' }),
  });
  const address = await usher.web.listen({ host: '127.0.0.1', port: 0 });
  assert.ok(typeof address === 'object');
  return { usher, port: address.port };
}

beforeAll(async () => {
  [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
  server = await WholeServer.start({ DATABASE_URL: database.url, REDIS_URL: redis.url });
  other = await anotherProcess();
  staff = await server.world.staff('staff');
}, 60_000);

afterEach(() => {
  for (const reader of readers) reader.close();
  readers = [];
});

afterAll(async () => {
  await other?.usher.web.stop(500);
  await other?.usher.close();
  await server?.stop();
  await Promise.all([redis.stop(), database.stop()]);
});

async function open(
  guest: Guest = staff,
  { query = '', headers = {}, port = server.client.port }: { query?: string; headers?: object; port?: number } = {},
): Promise<EventReader> {
  const reader = await EventReader.open(port, path + query, { ...guest.headers, ...headers });
  readers.push(reader);
  return reader;
}

/** Fills a licence of so many seats, one sign-in after the other. */
async function fill(seats: number, from = server): Promise<{ id: string; guests: Guest[] }> {
  const { id } = await from.world.licence({ seats });
  const guests: Guest[] = [];
  for (let i = 0; i < seats; i += 1) {
    const member = await from.world.account();
    await from.world.join(id, member);
    guests.push(await from.world.enter(member));
  }
  return { id, guests };
}

describe('the event stream of staff', () => {
  it('begins at once, lets no proxy hold anything back, and tells browsers when to come back', async () => {
    const reader = await open();
    expect(reader.status).toBe(200);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(reader.headers['content-length']).toBeUndefined();
    await reader.until(() => reader.retryMs === 3000, 1000);
  });

  it('tells of notices and of seats, once each, whichever process they come from', async () => {
    const [here, there] = [await open(), await open(staff, { port: other.port })];
    const { id, guests } = await fill(2);
    for (const reader of [here, there]) {
      const of = () => reader.named('notice').filter((notice) => notice.licence.id === id);
      await reader.until(() => of().length === 1);
      expect(of()).toEqual([
        {
          id: expect.stringMatching(/^\d+$/),
          licence: { id, name: 'Licence' },
          kind: 'full',
          at: expect.stringMatching(/Z$/),
          used: 2,
          limit: 2,
          validTo: null,
        },
      ]);
      expect(reader.events.find(({ name }) => name === 'notice')?.id).toBe(of()[0].id);
      await reader.until(() => reader.named('seats').some((seats) => seats.licenceId === id && seats.used === 2));
    }
    await guests[0]?.must(204, 'POST', '/auth/logout');
    for (const reader of [here, there]) {
      await reader.until(() => reader.named('seats').at(-1)?.used === 1);
      const ofLicence = reader.named('seats').filter((seats) => seats.licenceId === id);
      expect(ofLicence.at(-1)).toEqual({ licenceId: id, used: 1, limit: 2 });
      const course = ofLicence.map(({ used }) => used);
      expect(course.filter((used, i) => used === course[i - 1])).toEqual([]);
    }
  });

  it('sends many changes of one licence as one, a second', async () => {
    const reader = await open();
    const { id } = await fill(12);
    const of = () => reader.named('seats').filter((seats) => seats.licenceId === id);
    await reader.until(() => of().at(-1)?.used === 12);
    expect(of().length).toBeLessThan(12);
  });

  it('tells that a licence has got more seats', async () => {
    const { id } = await fill(1);
    const reader = await open();
    await server.world.root.must(200, 'PATCH', `/admin/api/licences/${id}`, { seats: 7 });
    await reader.until(() => reader.named('seats').some((seats) => seats.licenceId === id && seats.limit === 7));
  });

  it('gives who comes back what it missed, and nothing twice', async () => {
    const before = await open();
    const first = await fill(1);
    await before.until(() => before.named('notice').length === 1);
    before.close();
    const last = before.named('notice')[0].id;
    const missed = await fill(1);
    await pause(1500);
    const back = await open(staff, { headers: { 'last-event-id': last } });
    const later = await fill(1);
    await back.until(() => back.named('notice').length === 2);
    await pause(1500);
    expect(back.named('notice').map((notice) => notice.licence.id)).toEqual([missed.id, later.id]);
    const only = await open(staff, { query: `?after=${last}&seconds=0` });
    await only.until(() => only.ended, 2000);
    expect(only.named('notice').map((notice) => notice.licence.id)).toEqual([missed.id, later.id]);
    expect(first.id).not.toBe(missed.id);
  });

  it('refuses a place to resume from that is none', async () => {
    for (const [options, pointer] of [
      [{ headers: { 'last-event-id': 'x' } }, 'header:last-event-id'],
      [{ query: '?after=-1' }, 'query:after'],
      [{ query: '?seconds=1.5' }, 'query:seconds'],
    ] as const) {
      const query = 'query' in options ? options.query : '';
      const headers = 'headers' in options ? options.headers : {};
      const answer = await staff.ask('GET', path + query, { headers });
      expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, pointer]);
    }
  });

  it('is for those who may see licences, and has no body for HEAD', async () => {
    expect((await open(server.nobody)).status).toBe(401);
    const { guests } = await fill(1);
    expect((await open(guests[0])).status).toBe(403);
    const head = await staff.ask('HEAD', path);
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('ends soon after its session has been ended (ASVS 7.4.1)', async () => {
    const account = await server.world.account(['staff']);
    const guest = await server.world.enter(account);
    const reader = await open(guest, { port: other.port });
    await server.world.root.must(200, 'DELETE', `/admin/api/sessions/${guest.view.session.ref}`);
    await reader.until(() => reader.ended, 6000);
  });

  it('ends soon after the right has been taken away (ASVS 8.3.2)', async () => {
    const account = await server.world.account(['staff']);
    const reader = await open(await server.world.enter(account));
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['user'] });
    await reader.until(() => reader.ended, 6000);
  });

  it('keeps no session alive', async () => {
    const brief = await anotherProcess({ SESSION_IDLE_SECONDS: '3', SEATLESS_SIGN_IN: 'true' });
    try {
      const account = await server.world.account(['staff']);
      const { HttpClient } = await import('../support/http-client.js');
      const { Guest: Guests } = await import('../support/guest.js');
      const client = new HttpClient(brief.port);
      const guest = await Guests.nobody(client).signIn(account.login);
      const began = performance.now();
      const reader = await open(guest, { port: brief.port });
      while (!reader.ended && performance.now() - began < 15_000) {
        await pause(700);
        // Coming back again and again is what browsers do.
        (await open(guest, { port: brief.port, query: '?seconds=0' })).close();
      }
      expect(reader.ended).toBe(true);
      expect((await guest.ask('GET', '/auth/session')).json).toMatchObject({ reason: 'idle' });
      client.close();
    } finally {
      await brief.usher.web.stop(500);
      await brief.usher.close();
    }
  }, 40_000);

  it('is not given to one session more than five times at once', async () => {
    const guest = await server.world.staff('staff');
    const five = await Promise.all(Array.from({ length: 5 }, () => open(guest)));
    expect(five.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const sixth = await guest.ask('GET', path);
    expect([sixth.status, sixth.json.type]).toEqual([429, '/problems/too-many-streams']);
    expect(sixth.headers['retry-after']).toBe('10');
    expect((await open(await server.world.staff('staff'))).status).toBe(200);
    five[0]?.close();
    await pause(200);
    expect((await open(guest)).status).toBe(200);
  });

  it('ends in good order, and at once, when the server stops', async () => {
    const third = await anotherProcess();
    const reader = await open(staff, { port: third.port });
    const began = performance.now();
    await third.usher.web.stop();
    // Without that it would wait ten seconds for what is under way.
    expect(performance.now() - began).toBeLessThan(5000);
    await reader.until(() => reader.gone, 500);
    expect(reader.ended).toBe(true);
    await third.usher.close();
  });
});
