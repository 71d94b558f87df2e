import assert from 'node:assert/strict';
import { compose, type Substitutes, type Usher } from '../../src/compose/compose.js';
import { loadConfig } from '../../src/config/config.js';
import { createLog } from '../../src/platform/log.js';
import { tokenAudiences } from './audience.js';
import { Guest } from './guest.js';
import { HttpClient } from './http-client.js';
import { Letters } from './letters.js';
import { freshDatabase, freshRedis, type RedisServer } from './stores.js';
import type { Answered } from './web-lab.js';
import { World } from './world.js';

/** The settings of a server of the tests; stores are not among them. */
export const testSettings = {
  PORT: '0',
  PUBLIC_URL: 'http://127.0.0.1:3000',
  SESSION_SECRETS: 'a secret of the tests that is long enough for a key',
  PASSWORD_PEPPER: 'a pepper of the tests that is long enough for a key',
  BCRYPT_COST: '4',
  LOG_LEVEL: 'silent',
  TOKEN_AUDIENCES: tokenAudiences,
} as const;

/** Says nothing, starts with what is needed at once, and neither hashes later nor finds its store away for how many tests run. */
const quiet: Substitutes = {
  log: createLog({ level: 'silent' }),
  hashingStepsBack: false,
  prepares: false,
  redisDeadlineMs: 1_000,
};

const admin = { email: 'root@example.org', password: 'the first administrator' };

/** A whole server in this process, on stores nobody else sees, with its first administrator. */
export class WholeServer {
  private constructor(
    readonly usher: Usher,
    readonly client: HttpClient,
    /** The answer to the set-up link. */
    readonly setUp: Answered,
    readonly world: World,
    /** The mail it has sent. */
    readonly letters: Letters,
    /** Where its stores are, as settings. */
    readonly stores: { readonly DATABASE_URL: string; readonly REDIS_URL: string },
    readonly stop: () => Promise<void>,
    /** Its Redis, which may be frozen and thawed. */
    readonly redis: RedisServer,
  ) {}

  static async start(
    settings: Readonly<Record<string, string>> = {},
    substitutes: Substitutes = {},
  ): Promise<WholeServer> {
    const [redis, database, letters] = await Promise.all([freshRedis(), freshDatabase(), Letters.open()]);
    const stores = { DATABASE_URL: database.url, REDIS_URL: redis.url, MAIL_DIR: letters.folder };
    const config = loadConfig({ ...testSettings, ...stores, ...settings });
    const usher = await compose(config, { ...quiet, ...substitutes });
    const address = await usher.web.listen({ host: '127.0.0.1', port: 0 });
    assert.ok(typeof address === 'object');
    const client = new HttpClient(address.port);
    const first = await usher.firstAdmin.prepare(null);
    assert.ok(first.kind === 'link');
    const nobody = Guest.nobody(client);
    const setUp = await nobody.ask('POST', '/auth/set-up', { body: { ...admin, token: first.token } });
    const root = await nobody.signIn({ identifier: admin.email, password: admin.password, delivery: 'bearer' });
    const stop = async () => {
      client.close();
      await usher.web.stop(500);
      await usher.close();
      await Promise.all([redis.stop(), database.stop(), letters.close()]);
    };
    return new WholeServer(usher, client, setUp, new World(root), letters, stores, stop, redis);
  }

  get databaseUrl(): string {
    return this.stores.DATABASE_URL;
  }

  /** Another server of the same house, on the same stores. To be stopped first. */
  async another(settings: Readonly<Record<string, string>> = {}): Promise<{ nobody: Guest; stop(): Promise<void> }> {
    const usher = await compose(loadConfig({ ...testSettings, ...this.stores, ...settings }), quiet);
    const address = await usher.web.listen({ host: '127.0.0.1', port: 0 });
    assert.ok(typeof address === 'object');
    const client = new HttpClient(address.port);
    return {
      nobody: Guest.nobody(client),
      async stop() {
        client.close();
        await usher.web.stop(500);
        await usher.close();
      },
    };
  }

  get nobody(): Guest {
    return Guest.nobody(this.client);
  }
}
