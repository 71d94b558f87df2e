import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServerProcess } from '../support/server-process.js';

let dataDir = '';
const running: ServerProcess[] = [];

function serve(env: Readonly<Record<string, string>> = {}, command?: 'demo'): ServerProcess {
  const server = new ServerProcess({ DATA_DIR: dataDir, ...env }, command);
  running.push(server);
  return server;
}

async function isLive(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/live`)).ok;
}

/** How many sessions the demonstration's administrator sees, its own among them. */
async function sessionsIn(url: string, awaited: number): Promise<number> {
  const body = JSON.stringify({
    identifier: 'admin@demo.example',
    password: 'demonstration only',
    delivery: 'bearer',
  });
  const headers = { 'content-type': 'application/json' };
  const signedIn = await (await fetch(`${url}/auth/login`, { method: 'POST', headers, body })).text();
  const own = { authorization: `Bearer ${JSON.parse(signedIn).sessionToken}` };
  for (let asked = 0; asked < 200; asked++) {
    const { total } = JSON.parse(await (await fetch(`${url}/admin/api/sessions`, { headers: own })).text());
    if (total === awaited) return total;
    await sleep(50);
  }
  return 0;
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'usher-start-'));
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

describe('the start of the server', () => {
  it('names every fault of the configuration, touches no store and exits with 78', async () => {
    const { code, said } = await serve({ PORT: 'x', BCRYPT_COST: '99' }).ended;
    expect(code).toBe(78);
    expect(said).toContain('PORT: must be a whole number');
    expect(said).toContain('BCRYPT_COST: must be between 4 and 15');
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('makes no staff account with a password that everybody would try, and exits with 78', async () => {
    const admin = (password: string) => serve({ ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: password }).ended;
    const common = await admin('Sunshine1');
    expect([common.code, common.said]).toEqual([
      78,
      expect.stringContaining('ADMIN_PASSWORD: is among the most common passwords'),
    ]);
    const known = await admin('root-1987');
    expect([known.code, known.said]).toEqual([78, expect.stringContaining('ADMIN_PASSWORD: is little more than')]);
  }, 60_000);

  it('says in one line that a store is not there and exits with 1', async () => {
    const nobody = { DATABASE_URL: 'postgres://usher@127.0.0.1:1/usher', REDIS_URL: 'redis://127.0.0.1:1' };
    const withoutPostgres = await serve(nobody).ended;
    expect(withoutPostgres.code).toBe(1);
    expect(withoutPostgres.said).toMatch(/^Postgres cannot be used, see DATABASE_URL: .*ECONNREFUSED.*\n$/);
    const withoutRedis = await serve({ REDIS_URL: nobody.REDIS_URL }).ended;
    expect(withoutRedis.code).toBe(1);
    expect(withoutRedis.said).toBe('Redis cannot be used, see REDIS_URL; the log says why\n');
  }, 60_000);

  it('fills the demonstration, whose administrator is the first staff account, and prints no set-up link', async () => {
    const server = serve({ BCRYPT_COST: '4' }, 'demo');
    expect(await sessionsIn(await server.ready, 42)).toBe(42);
    await sleep(1_000);
    const { code, said } = await server.stop();
    expect(said).toMatch(/^Usher is ready on \S+\nA demonstration: .*\n$/);
    expect(code).toBe(0);
    expect(readdirSync(dataDir)).toEqual(['demo']);
    const again = serve({ BCRYPT_COST: '4' }, 'demo');
    // The same people sit in the same places, and the administrator is there once more.
    expect(await sessionsIn(await again.ready, 43)).toBe(43);
  }, 90_000);

  it('refuses the demonstration on stores that are named, or where strangers reach it, in one line with 78', async () => {
    const stores = { DATABASE_URL: 'postgres://usher@127.0.0.1:1/usher', REDIS_URL_FILE: '/nowhere' };
    const refused: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [stores, 'DATABASE_URL and REDIS_URL_FILE'],
      [{ HOST: '0.0.0.0', ALLOW_INSECURE: 'true' }, 'HOST'],
    ];
    for (const [env, name] of refused) {
      const { code, said } = await serve(env, 'demo').ended;
      expect([code, said]).toEqual([78, expect.stringMatching(new RegExp(`^${name}: the demonstration has .*\\n$`))]);
    }
    expect(existsSync(join(dataDir, 'demo'))).toBe(false);
  }, 60_000);

  it('says in one line that there is no such address to listen on', async () => {
    const { code, said } = await serve({ HOST: '192.0.2.1', ALLOW_INSECURE: 'true' }).ended;
    expect(code).toBe(1);
    expect(said).toMatch(/^Cannot listen there, see HOST and PORT: .*EADDRNOTAVAIL.*\n$/);
  }, 60_000);

  it('survives a kill -9: the next start takes over the stores, whose processes have gone with the first', async () => {
    const first = serve();
    expect(await isLive(await first.ready)).toBe(true);
    expect((await first.stop('SIGKILL')).signal).toBe('SIGKILL');
    const second = serve();
    expect(await isLive(await second.ready)).toBe(true);
    expect((await second.stop()).code).toBe(0);
  }, 60_000);

  it('refuses a data folder and a port that another one works with, in one line, and leaves that one alone', async () => {
    const first = serve();
    const url = await first.ready;
    const onItsFolder = await serve().ended;
    expect(onItsFolder.code).toBe(1);
    expect(onItsFolder.said).toMatch(/^Another server is running on this DATA_DIR.*\n$/);
    const other = mkdtempSync(join(tmpdir(), 'usher-start-'));
    const onItsPort = await serve({ DATA_DIR: other, PORT: new URL(url).port }).ended;
    rmSync(other, { recursive: true, force: true });
    expect(onItsPort.code).toBe(1);
    expect(onItsPort.said).toMatch(/^The port is taken: .*\n$/);
    expect(await isLive(url)).toBe(true);
    expect((await first.stop()).code).toBe(0);
  }, 60_000);

  it('leaves in good order when it is asked to while it is still starting', async () => {
    const server = serve();
    await sleep(400);
    expect(await server.stop()).toEqual({ code: 0, signal: null, said: '' });
    const next = serve();
    expect(await isLive(await next.ready)).toBe(true);
  }, 60_000);
});
