import assert from 'node:assert/strict';
import { compose } from '../../src/compose/compose.js';
import { composeTools, type Tools } from '../../src/compose/tools.js';
import { loadConfig } from '../../src/config/config.js';
import { createLog } from '../../src/platform/log.js';
import { parseRef } from '../../src/sessions/session-id.js';
import { Guest } from './guest.js';
import { HttpClient } from './http-client.js';
import { type PlainRedis, plainRedis } from './plain-redis.js';
import { connectionsTo, freshDatabase, freshRedis } from './stores.js';
import { testSettings } from './whole-server.js';
import { type Account, World } from './world.js';

/** Somebody who sits in a licence. */
export interface Sitter {
  readonly id: string;
  readonly ref: string;
  readonly handle: string;
}

/** A licence of two seats and a third of overage, with three people in it. */
export interface Place {
  readonly licenceId: string;
  /** The prefix of its keys. */
  readonly keys: string;
  readonly sitters: readonly [Sitter, Sitter, Sitter];
}

const admin = { email: 'root@example.org', password: 'the first administrator' };

/** Stores that a server has filled and left, the tools of an operator on them, and hands that reach past both. */
export class DoctorLab {
  private constructor(
    readonly settings: Readonly<Record<string, string>>,
    readonly tools: Tools,
    readonly redis: PlainRedis,
    readonly sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>,
    readonly places: Place[],
    /** The administrator, in the first place for support: the session does not count. */
    readonly support: Sitter,
    readonly close: () => Promise<void>,
  ) {}

  /** With so many licences. */
  static async open(count: number): Promise<DoctorLab> {
    const [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
    const settings = { ...testSettings, DATABASE_URL: database.url, REDIS_URL: redis.url };
    const { places, support } = await filled(settings, count);
    const tools = await composeTools(loadConfig(settings), { secondLookMs: 50 });
    const hands = await plainRedis(redis.url);
    const pool = connectionsTo(database.url);
    const sql = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows;
    return new DoctorLab(settings, tools, hands, sql, places, support, async () => {
      await tools.close();
      await hands.close();
      await pool.end();
      await Promise.all([redis.stop(), database.stop()]);
    });
  }

  /** A licence that no other test has touched. */
  place(): Place {
    const place = this.places.pop();
    assert.ok(place !== undefined, 'the lab was opened with too few licences');
    return place;
  }

  /** What the doctor finds, as sorted kinds. */
  async kinds(): Promise<string[]> {
    const { found } = await this.tools.doctor.examine();
    return found.map(({ kind }) => kind).sort();
  }
}

/** What a server leaves behind that had so many licences, each with three people in it. */
async function filled(settings: Readonly<Record<string, string>>, count: number) {
  const usher = await compose(loadConfig(settings), { log: createLog({ level: 'silent' }) });
  const address = await usher.web.listen({ host: '127.0.0.1', port: 0 });
  assert.ok(typeof address === 'object');
  const client = new HttpClient(address.port);
  const first = await usher.firstAdmin.prepare(null);
  assert.ok(first.kind === 'link');
  const nobody = Guest.nobody(client);
  await nobody.ask('POST', '/auth/set-up', { body: { ...admin, token: first.token } });
  const root = await nobody.signIn({ identifier: admin.email, password: admin.password, delivery: 'bearer' });
  const world = new World(root);
  const places: Place[] = [];
  for (let made = 0; made < count; made += 5) {
    const some = Array.from({ length: Math.min(5, count - made) }, () => placeIn(world));
    places.push(...(await Promise.all(some)));
  }
  const wish = { identifier: admin.email, password: admin.password, uncounted: 'support' };
  const helper = await nobody.signIn({ ...wish, licenceId: places[0]?.licenceId });
  const { user, session } = helper.view;
  const support: Sitter = { id: user.id, ref: session.ref, handle: session.ref.split('.')[1] };
  client.close();
  await usher.web.stop(500);
  await usher.history.sweep();
  await usher.close();
  return { places, support };
}

async function placeIn(world: World): Promise<Place> {
  const whenFull = [{ step: 'overage', seats: 1, daysPerYear: 10 }, 'refuse'];
  const { id: licenceId } = await world.licence({ seats: 2, policy: { whenFull } });
  const sit = async (): Promise<Sitter> => {
    const account: Account = await world.account();
    await world.join(licenceId, account);
    const { ref } = (await (await world.enter(account)).must(200, 'GET', '/auth/session')).session;
    const handle = parseRef(ref)?.handle;
    assert.ok(handle !== undefined);
    return { id: account.id, ref, handle };
  };
  return { licenceId, keys: `{${licenceId}}`, sitters: [await sit(), await sit(), await sit()] };
}
