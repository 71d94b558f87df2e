import { join } from 'node:path';

/** What a demonstration never has: stores that others use. */
const ownStores = ['DATABASE_URL', 'REDIS_URL'];
const loopback = ['127.0.0.1', '::1', 'localhost'];

/** A demonstration is refused here: its accounts have a password that everybody knows. */
export class NoDemonstration extends Error {}

/**
 * The environment of the demonstration, whose data has a folder of its own: an ordinary start on the same `DATA_DIR` knows
 * nothing of its accounts. Throws NoDemonstration where it would fill stores that are named, or strangers would reach it.
 */
export function demonstrationPlace(env, readSetting) {
  const named = ownStores.flatMap((name) => [name, `${name}_FILE`]).filter((name) => env[name]);
  const why = 'the demonstration has accounts whose password everybody knows';
  if (named.length > 0) {
    throw new NoDemonstration(`${named.join(' and ')}: ${why}, and takes only stores of its own; remove the setting`);
  }
  if (!loopback.includes(readSetting('HOST', env))) {
    throw new NoDemonstration(`HOST: ${why}, and listens on 127.0.0.1, ::1 or localhost alone`);
  }
  const { DATA_DIR_FILE: _inFile, ...rest } = env;
  return { ...rest, DATA_DIR: join(readSetting('DATA_DIR', env), 'demo') };
}

/** The environment without what a demonstration refuses. */
export function withoutStores(env) {
  const names = [...ownStores, 'HOST'].flatMap((name) => [name, `${name}_FILE`]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}
