import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { type Contestant, startContestant } from '../bench/contestant.js';
import type { Calls } from '../bench/count-calls.js';
import { browserHeaders, type Guest, makeGuests } from '../bench/guests.js';
import { redisOptions, seedUsher } from '../bench/seeds.js';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';

const secret = 'a secret of the tests and long enough for it';
const guests = makeGuests(602, 4);
const agent = new Agent({ keepAlive: true, maxSockets: 10 });

let redis: RedisServer;
let database: TestDatabase;
let server: Contestant;
let cookies: string[];
let folder: string;
let watcher: ReturnType<typeof watchRedis>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usher-cost-'));
  [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
  server = await startContestant({
    file: './usher-server.js',
    node: process.execPath,
    nodeWords: ['--import', new URL('../bench/count-calls.js', import.meta.url).href],
    processor: undefined,
    env: {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      SESSION_SECRETS: secret,
      PASSWORD_PEPPER: secret,
      DATA_DIR: join(folder, 'data'),
      PORT: '0',
      BCRYPT_COST: '4',
    },
    logFile: join(folder, 'server.log'),
  });
  cookies = await seedUsher({ redisUrl: redis.url, secret }, guests, 'sid');
  watcher = watchRedis();
  await watcher.ready;
  // Redis learns the script by the first check after its start, which so takes two commands.
  expect(await ask('/auth/session', guests[601], cookies[601])).toBe(200);
}, 60_000);

afterAll(async () => {
  agent.destroy();
  watcher?.stop();
  await server?.stop();
  await Promise.all([redis?.stop(), database?.stop()]);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Sees every command that clients send to Redis; what scripts call inside is not among them. */
function watchRedis() {
  const lines: string[] = [];
  const client = createClient(redisOptions(redis.url));
  const asking = createClient(redisOptions(redis.url));
  const ready = Promise.all([client.connect(), asking.connect()]).then(() =>
    client.monitor((line) => lines.push(String(line))),
  );
  return {
    ready,
    /** The names of the commands since the last call, without the server's own watch over Redis and over its tags. */
    async commands(): Promise<string[]> {
      const mark = `mark-${Math.random()}`;
      await asking.echo(mark);
      while (!lines.some((line) => line.includes(mark))) await new Promise((resolve) => setTimeout(resolve, 5));
      const tags = new Set(guests.map((guest) => guest.licence.id));
      return lines
        .splice(0)
        .filter((line) => !/ lua\]|"(?:ECHO|INFO|PING|AUTH|CLIENT|HELLO)"|usher:incarnation/i.test(line))
        .filter((line) => [...tags].some((tag) => line.includes(tag)) || !/"EVALSHA"/i.test(line))
        .map((line) => /"(\w+)"/.exec(line)?.[1] ?? line);
    },
    stop() {
      client.destroy();
      asking.destroy();
    },
  };
}

/** What the server has counted since it was last asked. */
async function calls(): Promise<Calls> {
  const told = once(server.process, 'message');
  server.process.send('calls');
  const [counted] = await told;
  return counted as Calls;
}

function ask(path: string, guest: Guest | undefined, cookie: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = browserHeaders(guest?.userAgent ?? '', cookie ?? '');
    request(`${server.url}${path}`, { agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

/** Checks the sessions of some guests, ten at a time, and answers what all of it cost. */
async function cost(path: string, from: number, to: number): Promise<{ calls: Calls; commands: string[] }> {
  await calls();
  await watcher.commands();
  for (let index = from; index < to; index += 10) {
    const statuses = await Promise.all(
      Array.from({ length: Math.min(10, to - index) }, (_, step) =>
        ask(path, guests[index + step], cookies[index + step]),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
  return { calls: await calls(), commands: await watcher.commands() };
}

const nothing: Calls = { requests: 0, hmacs: 0, hashes: 0, signatures: 0, answersWritten: 0, postgresWrites: 0 };

/** What is asked. Other proxies than nginx send browsers to the sign-in page by the last. */
const paths = ['/auth/session', '/auth/verify', '/auth/verify?redirect=1'];

describe.each(paths)('a check by GET %s', (path) => {
  const each = 200;
  const from = paths.indexOf(path) * each;
  const to = from + each;

  it('costs one Redis command, one socket write, one HMAC, no other hash and no query when the cookie is new', async () => {
    const found = await cost(path, from, to);
    expect(found.calls).toEqual({
      requests: each,
      hmacs: each,
      hashes: expect.any(Number),
      // The assertion a proxy is given: once for a session, and then again and again.
      signatures: path === '/auth/session' ? 0 : each,
      answersWritten: each,
      postgresWrites: 0,
    });
    // Each distinct User-Agent may be digested once, when it is first seen.
    expect(found.calls.hashes).toBeLessThanOrEqual(new Set(guests.map((guest) => guest.userAgent)).size);
    expect(found.commands).toEqual(Array(each).fill('EVALSHA'));
  });

  it('costs the same without HMAC or signature when the cookie is known', async () => {
    const found = await cost(path, from, to);
    expect(found.calls).toEqual({ ...nothing, requests: each, answersWritten: each });
    expect(found.commands).toEqual(Array(each).fill('EVALSHA'));
  });
});

describe('a check that asks for a stronger sign-in than there was', () => {
  it('is refused without a query', async () => {
    const strict = '/auth/verify?redirect=1&aal=3&maxAgeSeconds=600';
    await calls();
    await watcher.commands();
    expect(await ask(strict, guests[600], cookies[600])).toBe(401);
    const found = await calls();
    expect(found).toMatchObject({ requests: 1, answersWritten: 1, postgresWrites: 0 });
    expect(await watcher.commands()).toEqual(['EVALSHA']);
  });
});

describe('the counters', () => {
  it('see what a sign-in costs, so that the zeros above mean something', async () => {
    await calls();
    const body = JSON.stringify({ identifier: 'nobody@example.org', password: 'not the right one' });
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      request(`${server.url}/auth/login`, { method: 'POST', agent, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
        .once('error', reject)
        .end(body);
    });
    expect(status).toBe(401);
    const counted = await calls();
    expect(counted.requests).toBe(1);
    expect(counted.postgresWrites).toBeGreaterThan(0);
    expect(counted.hmacs + counted.hashes).toBeGreaterThan(0);
    expect(counted.answersWritten).toBe(1);
  });
});
