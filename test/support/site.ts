import assert from 'node:assert/strict';
import { Browser, type Person, Staff } from './institute.js';
import { Ledger } from './ledger.js';
import { Letters } from './letters.js';
import { type StartedServer, startServer } from './server-process.js';
import { freshDatabase, freshRedis, type RedisServer } from './stores.js';

/** A house: whole servers in processes of their own on stores nobody else sees, and somebody of the staff who is signed in. */
export class Site {
  readonly servers: StartedServer[] = [];
  readonly #leave: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly databaseUrl: string,
    readonly redis: RedisServer,
    readonly ledger: Ledger,
    /** The mail its servers have sent; null where they send none. */
    readonly letters: Letters | null,
  ) {}

  /**
   * One server for each set of settings. `databaseUrl` and `redis` are taken instead of new ones and left alone. With `mail`
   * they send letters.
   */
  static async open(
    settings: readonly Readonly<Record<string, string>>[] = [{}],
    given: { databaseUrl?: string; redis?: RedisServer; mail?: true } = {},
  ): Promise<Site> {
    const leave: (() => Promise<unknown>)[] = [];
    const fresh = async <T extends { stop(): Promise<void> }>(starting: Promise<T>) => {
      const started = await starting;
      leave.push(() => started.stop());
      return started;
    };
    const [databaseUrl, redis] = await Promise.all([
      given.databaseUrl ?? fresh(freshDatabase()).then(({ url }) => url),
      given.redis ?? fresh(freshRedis()),
    ]);
    const ledger = new Ledger(databaseUrl);
    const letters = given.mail === undefined ? null : await Letters.open();
    const site = new Site(databaseUrl, redis, ledger, letters);
    site.#leave.push(
      ...leave,
      () => ledger.close(),
      async () => letters?.close(),
    );
    const started = await Promise.allSettled(settings.map((env) => site.launch(env)));
    for (const one of started) if (one.status === 'fulfilled') site.servers.push(one.value);
    const failed = started.find((one) => one.status === 'rejected');
    if (failed === undefined) return site;
    await site.close();
    throw failed.reason;
  }

  /** One more server on the same stores, which the caller stops. */
  launch(env: Readonly<Record<string, string>> = {}): Promise<StartedServer> {
    const mail: Record<string, string> = this.letters === null ? {} : { MAIL_DIR: this.letters.folder };
    return startServer({ databaseUrl: this.databaseUrl, redisUrl: this.redis.url, env: { ...mail, ...env } });
  }

  /** Gives somebody the password again that a reset has taken, with the link of the newest letter. */
  async resetPassword({ email, password }: Person): Promise<void> {
    assert.ok(this.letters !== null);
    const path = '/auth/password/reset';
    for (let tries = 0; tries < 200; tries += 1) {
      const token = (await this.letters.links(email, path)).at(-1);
      if ((await this.browser().ask('POST', path, { token, password })).status === 204) return;
      // The newest letter is still on its way.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no letter to ${email} has a link that is good`);
  }

  /** Where a server answers: the first one unless another is named. */
  url(server = 0): string {
    const started = this.servers[server];
    assert.ok(started !== undefined);
    return started.url;
  }

  browser(server = 0): Browser {
    return new Browser(this.url(server));
  }

  staff(server = 0): Promise<Staff> {
    return Staff.at(this.url(server));
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    for (const leave of this.#leave.reverse()) await leave();
  }
}
