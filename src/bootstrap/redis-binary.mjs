import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { canFetchPackages, fetchPackage } from './debian-package.mjs';
import { findCommand } from './supervised.mjs';

const HELP =
  'No redis-server or valkey-server found. Install one ("apt-get install redis-server", "dnf install valkey", "brew install redis"), ' +
  'or set REDIS_SERVER_BIN to its path, or REDIS_URL to a server.';

/**
 * The path of a Redis server: REDIS_SERVER_BIN, else one on PATH, else the one in `folder`, which is fetched from the
 * system's own package source when it is missing; nothing is installed. Throws an error of one line when there is none.
 */
export async function findRedis(folder, say = () => {}) {
  const named = process.env.REDIS_SERVER_BIN;
  if (named) {
    if (!existsSync(named)) throw new Error(`REDIS_SERVER_BIN: there is no ${named}`);
    return named;
  }
  const onPath = findCommand('redis-server') ?? findCommand('valkey-server');
  if (onPath !== null) return onPath;
  const kept = join(folder, 'redis-server');
  if (existsSync(kept)) return kept;
  if (!canFetchPackages()) throw new Error(HELP);
  say('No Redis server found: fetching one into the data folder …');
  try {
    await fetchPackage({
      folder,
      name: 'redis-tools',
      path: 'usr/bin/redis-server',
      command: 'redis-server',
      asksVersion: '--version',
      // The server and the checker are one program, which looks at the name it was called by.
      prepare: (root) => symlinkSync('redis-check-rdb', join(root, 'usr/bin/redis-server')),
    });
  } catch (error) {
    throw new Error(`${HELP} (Fetching one failed: ${error.message})`);
  }
  return kept;
}
