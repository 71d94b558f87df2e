import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { HttpClient } from '../support/http-client.js';
import { figure, until } from '../support/pace.js';
import { PastTheServer } from '../support/past-the-server.js';
import { firstStaff, type StartedServer, startServer } from '../support/server-process.js';
import { freshDatabase, freshRedis } from '../support/stores.js';

/** The long run promises the figures for the default cost of bcrypt. */
const cost = figure(9, 12);
const people = figure(80, 300);
const inARow = figure(20, 300);
const spreadMs = figure(6_000, 285_000);
const withinMs = 120_000;
const checksLeft = figure(0.2, 0.7);
/** In the long run, which wants a quiet machine, no check goes without its answer. */
const slowStore = figure(1, 0) === 1 ? [503] : [];
const someRefused = figure(0, 1);

const password = 'correct horse battery staple';
let server: StartedServer;
let client: HttpClient;
let stop: () => Promise<void>;
let number = 0;

beforeAll(async () => {
  const [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
  const env = { BCRYPT_COST: String(cost), SEATLESS_SIGN_IN: 'true' };
  server = await startServer({ databaseUrl: database.url, redisUrl: redis.url, env });
  client = new HttpClient(Number(new URL(server.url).port), people + 16);
  const past = await PastTheServer.open(database.url);
  stop = async () => {
    client.close();
    await past.close();
    await server.stop();
    await Promise.all([redis.stop(), database.stop()]);
  };
  const staff = await Guest.nobody(client).signIn({
    identifier: firstStaff.email,
    password: firstStaff.password,
    delivery: 'bearer',
  });
  await staff.must(201, 'POST', '/admin/api/users', { email: 'all@example.org', password });
  // Making each of them by itself would take as long as the test.
  await past.ask(
    `INSERT INTO users (id, email, email_key, password_hash, roles, verified, epoch, version, created_on, updated_at)
     SELECT gen_random_uuid(), n || '@example.org', n || '@example.org', u.password_hash, u.roles, true, 1, 1, now(), now()
       FROM users u, generate_series(1, $1) n WHERE u.email = 'all@example.org'`,
    [people + inARow],
  );
}, 60_000);

afterAll(() => stop?.());

/** Signs the next one in. Who is told to come back does, as often as it takes; answers how often. */
async function enter(): Promise<number> {
  number += 1;
  const login = { identifier: `${number}@example.org`, password, delivery: 'bearer' };
  for (let refusals = 0; ; refusals += 1) {
    const guest = await Guest.nobody(client).trySignIn(login);
    if (guest instanceof Guest) return refusals;
    // A machine that is short of time may also find a store too slow: either way the client is told when to come back.
    expect([guest.status, guest.json.type]).toEqual([503, expect.stringMatching(/busy$|store-unavailable$/)]);
    const seconds = Number(guest.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(15);
    await pause(seconds * 1000);
  }
}

/** How long somebody who is signed in does something else between two checks. */
const thinkMs = 5;

/** Checks of these others a second, until `over` resolves: as fast as they are answered, but for what they do in between. */
async function checksPerSecond(others: readonly Guest[], over: Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  let [count, running] = [0, true];
  void over.finally(() => {
    running = false;
  });
  const checking = others.map(async (guest) => {
    while (running) {
      const { status } = await guest.ask('GET', '/auth/session');
      // On a machine that others keep busy a store may be too slow: that is no check, and asked again.
      expect([200, ...slowStore]).toContain(status);
      if (status === 200) count += 1;
      await pause(thinkMs);
    }
  });
  await Promise.all(checking);
  return (count / (performance.now() - beganMs)) * 1000;
}

describe('many people who sign in', () => {
  it(`one after the other within five minutes are all let in at once: ${inARow}`, async () => {
    const refusals: Promise<number>[] = [];
    for (let i = 0; i < inARow; i += 1) {
      refusals.push(enter());
      await pause(spreadMs / inARow);
    }
    expect(await Promise.all(refusals)).toEqual(Array.from({ length: inARow }, () => 0));
  }, 400_000);

  it(`at the same time are all in within two minutes, and the checks of others go on: ${people}`, async () => {
    const login = { identifier: 'all@example.org', password, delivery: 'bearer' };
    const others = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(() => Guest.nobody(client).signIn(login)));
    const alone = await checksPerSecond(others, pause(5_000));
    const beganMs = performance.now();
    const rush = Promise.all(Array.from({ length: people }, () => enter()));
    const [refusals, beside] = await Promise.all([rush, checksPerSecond(others, rush)]);
    expect(performance.now() - beganMs).toBeLessThan(withinMs);
    expect(Math.max(...refusals)).toBeGreaterThanOrEqual(someRefused);
    expect(Math.max(...refusals)).toBeLessThan(10);
    expect(beside / alone).toBeGreaterThan(checksLeft);
    await until('the queue is empty', 5_000, async () => (await enterAgain(login)) < 2_000);
  }, 200_000);
});

async function enterAgain(login: Readonly<Record<string, unknown>>): Promise<number> {
  const beganMs = performance.now();
  await Guest.nobody(client).signIn(login);
  return performance.now() - beganMs;
}
