import assert from 'node:assert/strict';
import type pg from 'pg';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import type { Timed } from './ask.js';
import { Browser } from './institute.js';
import { type PlainRedis, plainRedis } from './plain-redis.js';
import { clockKey, shiftedClock } from './shifted-clock.js';
import { connectionsTo } from './stores.js';
import { WholeServer } from './whole-server.js';
import { type Account, password } from './world.js';

/** A whole server whose licences have clocks of their own, and browsers that are remembered. */
export class RememberedLab {
  private constructor(
    readonly server: WholeServer,
    readonly database: pg.Pool,
    readonly redis: PlainRedis,
  ) {}

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<RememberedLab> {
    const server = await WholeServer.start(settings, { scripts: loadSessionScripts({ includes: shiftedClock }) });
    const database = connectionsTo(server.databaseUrl);
    return new RememberedLab(server, database, await plainRedis(server.stores.REDIS_URL));
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.redis.close();
    await this.server.stop();
  }

  /** A browser that holds nothing yet. */
  browser(userAgent?: string): Browser {
    return new Browser(`http://127.0.0.1:${this.server.client.port}`, userAgent);
  }

  /** A browser in which somebody has signed in, to be remembered unless `more` says otherwise. */
  async enter({ email }: Account, more: Readonly<Record<string, unknown>> = {}, browser = this.browser()) {
    return browser.enter({ email, password }, { remember: true, ...more });
  }

  /** Lets so much time pass in a licence. */
  async pass(licenceId: string, ms: number): Promise<void> {
    await this.redis.sendCommand(['INCRBY', clockKey(licenceId), String(ms)]);
  }

  /** Lets every session of a licence end by itself. */
  idle(licenceId: string): Promise<void> {
    return this.pass(licenceId, 2 * 3_600_000);
  }

  /** Lets what was replaced have been replaced a while ago: longer than parallel requests take. */
  async afterGrace(userId: string): Promise<void> {
    await this.database.query(
      `UPDATE issued_tokens SET rotated_at = rotated_at - interval '11 seconds' WHERE user_id = $1 AND rotated_at IS NOT NULL`,
      [userId],
    );
  }

  /** How many browsers somebody is remembered in. */
  async remembered(userId: string): Promise<number> {
    const { items } = await this.server.world.root.must(200, 'GET', `/admin/api/users/${userId}/browsers`);
    return items.length;
  }

  /** How many seats of a licence are taken. */
  async used(licenceId: string): Promise<number> {
    return (await this.server.world.root.must(200, 'GET', `/admin/api/licences/${licenceId}`)).used;
  }

  /** What the audit log says was done to somebody, newest first. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  async audited(userId: string, action: string): Promise<any[]> {
    const path = `/admin/api/audit?targetId=${userId}&action=${action}`;
    return (await this.server.world.root.must(200, 'GET', path)).items;
  }

  /** The cookie that a browser is remembered by. */
  static cookieOf(browser: Browser): string {
    const value = browser.cookies.get('remember');
    assert.ok(value !== undefined, 'the browser is remembered');
    return value;
  }
}

/** Asks to come back. */
export function resume(browser: Browser, body: Readonly<Record<string, unknown>> = {}): Promise<Timed> {
  return browser.ask('POST', '/auth/resume', body);
}

/** Comes back, which must succeed. */
export async function comeBack(browser: Browser, body: Readonly<Record<string, unknown>> = {}): Promise<Timed['json']> {
  const answer = await resume(browser, body);
  assert.equal(answer.status, 200, answer.text);
  browser.csrfToken = answer.json.csrfToken;
  browser.ref = answer.json.session.ref;
  return answer.json;
}

/** As if the browser had been closed: it forgets the session, not what it is remembered by. */
export function closed(browser: Browser): Browser {
  const again = browser.copy();
  again.cookies.delete('sid');
  again.csrfToken = '';
  return again;
}

/** The status, the slug and what a problem says of an ended session. */
export function told({ status, json }: Timed): unknown[] {
  const { type = '', reason } = json ?? {};
  return [status, type.replace('/problems/', ''), ...(reason === undefined ? [] : [reason])];
}
