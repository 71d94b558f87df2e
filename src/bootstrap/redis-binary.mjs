import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findCommand } from './supervised.mjs';

const run = promisify(execFile);
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
  if (findCommand('apt-get') === null || findCommand('dpkg-deb') === null) throw new Error(HELP);
  say('No Redis server found: fetching one into the data folder …');
  try {
    await fetchInto(folder);
  } catch (error) {
    throw new Error(
      `${HELP} (Fetching one failed: ${
        String(error.stderr || error.message)
          .trim()
          .split('\n')[0]
      })`,
    );
  }
  return kept;
}

/** Downloads the distribution's Redis, checked by apt's own signatures, and unpacks it into `folder`. Needs no root. */
async function fetchInto(folder) {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.new-`);
  try {
    for (const each of ['lists/partial', 'cache/archives/partial', 'dl', 'bin/root'])
      mkdirSync(join(work, each), { recursive: true });
    const options = [
      `Dir::State::lists=${work}/lists`,
      `Dir::Cache=${work}/cache`,
      'Debug::NoLocking=1',
      `APT::Sandbox::User=${userInfo().username}`,
    ];
    const apt = ['-qq', ...options.flatMap((option) => ['-o', option])];
    const limits = { cwd: join(work, 'dl'), timeout: 120_000, env: { ...process.env, LC_ALL: 'C' } };
    await run('apt-get', [...apt, 'update'], limits);
    const { stdout } = await run('apt-cache', [...apt, 'depends', 'redis-tools'], limits);
    // The C library must be the system's own; the rest may be missing there.
    const needed = [...stdout.matchAll(/^\s+Depends: ([a-z0-9.+-]+)$/gm)]
      .map((match) => match[1])
      .filter((name) => name !== 'libc6');
    await run('apt-get', [...apt, 'download', 'redis-tools', ...needed], limits);
    const bin = join(work, 'bin');
    for (const file of readdirSync(limits.cwd))
      await run('dpkg-deb', ['-x', join(limits.cwd, file), join(bin, 'root')]);
    // The server and the checker are one program, which looks at the name it was called by.
    symlinkSync('redis-check-rdb', join(bin, 'root/usr/bin/redis-server'));
    const libraries = readdirSync(join(bin, 'root/usr/lib'))
      .filter((name) => name.includes('-linux-'))
      .map((name) => `$here/root/usr/lib/${name}`);
    const script = `#!/bin/sh\nhere=$(dirname "$0")\nexport LD_LIBRARY_PATH="${libraries.join(':')}"\nexec "$here/root/usr/bin/redis-server" "$@"\n`;
    writeFileSync(join(bin, 'redis-server'), script);
    chmodSync(join(bin, 'redis-server'), 0o755);
    await run(join(bin, 'redis-server'), ['--version']);
    if (!existsSync(folder)) renameSync(bin, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
