import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FuzzReport } from './fuzz-server.js';
import { Guest } from './guest.js';
import { HttpClient } from './http-client.js';
import { noInvitation, noToken, type Subject } from './route-calls.js';
import { freshDatabase, freshRedis } from './stores.js';
import { testSettings } from './whole-server.js';
import { type Account, World } from './world.js';

const root = { email: 'root@example.org', password: 'the first administrator' };

/** Whose requests are spoilt. */
export const actors = [
  'nobody',
  'user',
  'user without token',
  'program',
  'manager',
  'staff',
  'admin',
  'admin in a browser',
] as const;

/** One of those. */
export type Actor = (typeof actors)[number];

/** A whole server in a process of its own, people of every kind who have signed in there, and things to ask about. */
export class FuzzLab {
  readonly guests = new Map<Actor, Guest>();
  subject: Subject;

  private constructor(
    readonly server: ChildProcess,
    readonly client: HttpClient,
    readonly world: World,
    readonly stores: { stop(): Promise<void> },
    subject: Subject,
  ) {
    this.subject = subject;
  }

  static async open(): Promise<FuzzLab> {
    const [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
    const stores = { stop: async () => void (await Promise.all([redis.stop(), database.stop()])) };
    const server = fork(fileURLToPath(new URL('./fuzz-server.js', import.meta.url)), [], {
      execArgv: [],
      env: {
        ...testSettings,
        PATH: process.env['PATH'],
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        ADMIN_EMAIL: root.email,
        ADMIN_PASSWORD: root.password,
        // So that each request can come from an address of its own, and none is throttled for another.
        TRUST_PROXY: 'loopback',
        ALLOW_INSECURE: 'true',
        METRICS_TOKEN: 'a token of the tests',
      },
    });
    try {
      const client = new HttpClient(Number(new URL(await readyAt(server)).port));
      const world = new World(await signInRoot(client));
      const lab = new FuzzLab(server, client, world, stores, await makeSubject(world));
      await lab.renew();
      return lab;
    } catch (error) {
      server.kill('SIGKILL');
      await stores.stop();
      throw error;
    }
  }

  /** Whether the server's process runs. */
  get runs(): boolean {
    return this.server.exitCode === null && this.server.signalCode === null;
  }

  async report(): Promise<FuzzReport> {
    this.server.send('report');
    const [report] = await once(this.server, 'message');
    return report;
  }

  /** Some bad requests turn out to be good ones: whoever they have signed out signs in again, what they removed is made anew. */
  async renew(): Promise<void> {
    if (!(await this.#holds())) this.subject = await makeSubject(this.world);
    await Promise.all(actors.map((actor) => this.#renewGuest(actor)));
  }

  async #holds(): Promise<boolean> {
    const { licenceId, ownerId, bareOwnerId, member, outsider } = this.subject;
    const paths = [`licences/${licenceId}`, `owners/${ownerId}`, `owners/${bareOwnerId}`, `users/${outsider.id}`];
    const answers = await Promise.all(paths.map((path) => this.world.root.ask('GET', `/admin/api/${path}`)));
    const entered = await Guest.nobody(this.client).trySignIn(member.login, newAddress());
    // Who has been made staff, or a member elsewhere, enters also while the licence is suspended.
    const opens = answers[0]?.json?.active === true;
    return opens && answers.every(({ status }) => status === 200) && entered instanceof Guest;
  }

  async #renewGuest(actor: Actor): Promise<void> {
    const present = this.guests.get(actor);
    if (present !== undefined) {
      if (actor === 'nobody' || (await present.ask('GET', '/auth/session')).status === 200) return;
    }
    this.guests.set(actor, await this.#newGuest(actor));
  }

  async #newGuest(actor: Actor): Promise<Guest> {
    const enter = (account: Account, delivery: string) =>
      Guest.nobody(this.client).signIn({ ...account.login, delivery }, newAddress());
    switch (actor) {
      case 'nobody':
        return Guest.nobody(this.client);
      case 'staff':
      case 'admin':
        return enter(await this.world.account([actor]), 'bearer');
      case 'admin in a browser':
        return enter(await this.world.account(['admin']), 'cookie');
      case 'manager': {
        const account = await this.world.account();
        await this.world.appoint(`owners/${this.subject.ownerId}`, account);
        return enter(account, 'bearer');
      }
      default: {
        const account = await this.world.account();
        await this.world.join(this.subject.licenceId, account);
        const guest = await enter(account, actor === 'program' ? 'bearer' : 'cookie');
        return actor === 'user without token' ? guest.with({ 'x-csrf-token': undefined }) : guest;
      }
    }
  }

  async close(): Promise<void> {
    this.client.close();
    if (this.runs) {
      this.server.kill('SIGTERM');
      await once(this.server, 'exit');
    }
    await this.stores.stop();
  }
}

/** Headers of a request that comes from where nothing has come from. */
export function newAddress(): Record<string, string> {
  const byte = () => Math.floor(Math.random() * 256);
  return { 'x-forwarded-for': `10.${byte()}.${byte()}.${byte()}` };
}

function signInRoot(client: HttpClient): Promise<Guest> {
  return Guest.nobody(client).signIn({ identifier: root.email, password: root.password, delivery: 'bearer' });
}

async function readyAt(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('message', (message: { url: string }) => resolve(message.url));
    server.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
}

async function makeSubject(world: World): Promise<Subject> {
  const institute = await world.institute({ seats: 10_000 });
  const { view } = await world.enter(institute.member);
  return { ...institute, ref: view.session.ref, token: noToken, ticket: noToken, invitation: noInvitation };
}
