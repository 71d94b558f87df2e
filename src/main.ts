import cluster from 'node:cluster';
import { setUpPagePath } from './accounts/set-up-page.js';
import { compose, type Substitutes, type Usher } from './compose/compose.js';
import { type Config, ConfigError, type Environment, loadConfig } from './config/config.js';
import { type Fault, Problem } from './kernel/problem.js';
import { Workers } from './workers.js';

/** A server that answers requests. */
export interface RunningServer {
  readonly usher: Usher;
  /** Where it answers. */
  readonly url: string;
  /** Takes no new requests, finishes those in flight, leaves the stores. */
  stop(): Promise<void>;
}

/**
 * Brings a server up with the settings in `env`: checks them, connects to the stores, migrates, listens, with `WORKERS` in
 * several processes. Throws ConfigError, an error with the code EADDRINUSE, or an error of one clear line.
 */
export async function main(env: Environment, substitutes: Substitutes = {}): Promise<RunningServer> {
  const config = loadConfig(env);
  const usher = await compose(config, substitutes);
  try {
    const welcome = cluster.isPrimary ? await welcomeOf(usher, config) : null;
    const { url, stop } = await listen(usher, config, env);
    // The one thing that is told on the console instead of the log: a person has to read it.
    if (welcome !== null) console.error(welcome);
    return {
      usher,
      url,
      async stop() {
        await stop();
        await usher.close();
      },
    };
  } catch (error) {
    await usher.close();
    throw error;
  }
}

/** Sees to it that there is a staff account, or a way to make one: answers what the operator must read then, else null. */
async function welcomeOf(
  usher: Usher,
  { ADMIN_EMAIL: email, ADMIN_PASSWORD: password, PUBLIC_URL }: Config,
): Promise<string | null> {
  const first = await usher.firstAdmin
    .prepare(email === null || password === null ? null : { email, password })
    .catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      const [fault] = (error.members['errors'] ?? []) as readonly Fault[];
      if (fault?.pointer === 'ADMIN_PASSWORD') throw new ConfigError([`ADMIN_PASSWORD: ${fault.rule}`]);
      if (error.slug !== 'already-exists') throw error;
      throw new Error('ADMIN_EMAIL: an account without staff rights has this address, give another one');
    });
  if (first.kind !== 'link') return null;
  return `No staff account yet. Make the first one at ${PUBLIC_URL}${setUpPagePath}#${first.token} (works once, for 24 hours)`;
}

async function listen(usher: Usher, config: Config, env: Environment): Promise<{ url: string; stop(): Promise<void> }> {
  if (cluster.isPrimary && config.WORKERS > 1) {
    const workers = new Workers(env, usher.log);
    try {
      return { url: await workers.start(config.WORKERS), stop: () => workers.stop() };
    } catch (error) {
      await workers.stop();
      throw error;
    }
  }
  // Whoever cannot hash must not look healthy.
  await usher.hasher.prove();
  const address = await usher.web.listen({ port: config.PORT, host: config.HOST });
  const url = typeof address === 'string' ? address : `http://${hostOf(address.address)}:${address.port}`;
  return { url, stop: () => usher.web.stop() };
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
