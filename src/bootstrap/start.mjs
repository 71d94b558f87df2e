import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { demonstrationPlace, NoDemonstration } from './demonstration.mjs';
import { startPostgres, startRedis } from './embedded.mjs';
import { root } from './folders.mjs';
import { InUse } from './supervised.mjs';

/** sysexits.h: something was found in an unconfigured or misconfigured state. */
const EX_CONFIG = 78;

/** A signal asked us to stop before everything was up. */
class Interrupted extends Error {}

/**
 * Brings the server up in this process from what is compiled in the folder `out`: the configuration, the stores that it does
 * not name, then `main`; with `demo` also the demonstration, on stores of its own. Answers null while it runs on, else the exit code, with the reason on stderr.
 */
export async function start({ out, demo = false }) {
  const run = new Run(out);
  try {
    await run.bringUp(demo);
    return null;
  } catch (error) {
    await run.stop();
    return explain(error);
  }
}

/** What has been started, to be stopped in the opposite order, at the latest by a signal. */
class Run {
  #stops = [];
  #signalled = false;
  #up = false;
  #out;

  constructor(out) {
    this.#out = out;
    // Set before anything is started: a signal must find somebody at home at every moment.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => this.#onSignal());
  }

  async bringUp(demo) {
    const { loadConfig, readSetting } = await this.#compiled('config/config.js');
    const env = demo ? demonstrationPlace(process.env, readSetting) : { ...process.env };
    const config = loadConfig(env);
    const place = { dataDir: resolve(config.DATA_DIR), say: (line) => console.error(line) };
    if (config.REDIS_URL === null) env.REDIS_URL = (await this.#keep(startRedis(place))).url;
    if (config.DATABASE_URL === null) env.DATABASE_URL = (await this.#keep(startPostgres(place))).url();
    const demonstration = demo ? await this.#compiled('demo.js') : null;
    // Nobody needs a set-up link where the demonstration brings the first account.
    if (demonstration !== null && !config.ADMIN_EMAIL) Object.assign(env, demonstration.firstAccount);
    // Its application is in this process alone.
    if (demonstration !== null) env.WORKERS = '1';
    const { main } = await this.#compiled('main.js');
    const server = await this.#keep(main(env, demonstration?.demoParts() ?? {}));
    this.#up = true;
    console.error(`Usher is ready on ${server.url}`);
    await demonstration?.demo(server, place.dataDir);
  }

  async stop() {
    while (this.#stops.length > 0) await this.#stops.pop()();
  }

  #compiled(file) {
    return import(pathToFileURL(join(root, this.#out, 'src', file)).href);
  }

  async #keep(starting) {
    const started = await starting;
    this.#stops.push(() => started.stop());
    if (this.#signalled) throw new Interrupted();
    return started;
  }

  #onSignal() {
    if (this.#signalled) process.exit(1); // asked twice: no more patience
    this.#signalled = true;
    // While things are still being brought up, that notices the signal and unwinds.
    if (!this.#up) return;
    this.stop().then(
      () => process.exit(0),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  }
}

/** Says on stderr why it did not start, in one line if it can be said in one. Answers the exit code. */
function explain(error) {
  if (error instanceof Interrupted) return 0;
  if (error.name === 'ConfigError' || error instanceof NoDemonstration) {
    console.error(error.message);
    return EX_CONFIG;
  }
  if (error instanceof InUse) console.error(`Another server is running on this DATA_DIR (${error.message}).`);
  else if (error.code === 'EADDRINUSE')
    console.error(`The port is taken: ${error.address}:${error.port}. Set PORT to another one.`);
  else if (['listen', 'getaddrinfo'].includes(error.syscall))
    console.error(`Cannot listen there, see HOST and PORT: ${error.message}`);
  else console.error(['Error', 'StoreUnavailable'].includes(error.name) ? error.message : error);
  return 1;
}
