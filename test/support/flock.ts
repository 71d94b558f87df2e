import { someMoment, until } from './pace.js';
import type { StartedServer } from './server-process.js';
import type { Site } from './site.js';

/** Servers that are killed and replaced all the time. */
export class Flock {
  readonly #up: StartedServer[] = [];
  readonly #starting = new Set<Promise<void>>();

  constructor(readonly site: Site) {}

  async grow(count: number): Promise<void> {
    const starting = Array.from({ length: count }, () =>
      this.site.launch().then((server) => void this.#up.push(server)),
    );
    for (const one of starting) {
      this.#starting.add(one);
      void one.finally(() => this.#starting.delete(one));
    }
    await Promise.all(starting);
  }

  /** Where one of them answers; whoever asks may find it dead. */
  async url(): Promise<string> {
    await until('a server is up', 30_000, async () => this.#up.length > 0);
    return this.#up[Math.floor(Math.random() * this.#up.length)]?.url ?? '';
  }

  /** Kills one when enough are up for people to get in at all; another is started behind it. */
  async strike(): Promise<void> {
    await until('servers are up', 30_000, async () => this.#up.length >= 3);
    await someMoment(300);
    const [server] = this.#up.splice(Math.floor(Math.random() * this.#up.length), 1);
    this.grow(1).catch(() => {});
    await server?.kill9();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#starting);
    await Promise.all(this.#up.splice(0).map((server) => server.stop()));
  }
}
