import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const me = process.getuid?.() ?? 0;

/** Paths of unix sockets may have about 100 bytes, so a long TMPDIR is of no use. */
function shortTmp() {
  return tmpdir().length > 60 ? '/tmp' : realpathSync(tmpdir());
}

/** The folder for the sockets of a data folder: short, ours alone, and the same at every start. */
export function socketFolder(dataDir) {
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12);
  const folder = join(shortTmp(), `usher-${me}-${name}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  // Everybody may write to /tmp: a folder that somebody else has put there is not ours to use.
  if (!found.isDirectory() || (found.mode & 0o077) !== 0)
    throw new Error(`${folder} must be a folder that only its owner may enter: remove it`);
  if (process.getuid !== undefined && found.uid !== me && me !== 0)
    throw new Error(`${folder} belongs to somebody else: remove it`);
  return folder;
}

/** Removes a folder of sockets when the last of its servers has left it. */
export function leaveSocketFolder(folder) {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
  }
}

/** A folder that is gone after use. Those of processes that died without tidying up are removed on the way. */
export function passingFolder() {
  const above = shortTmp();
  for (const name of readdirSync(above)) {
    const pid = new RegExp(`^usher-passing-${me}-(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(above, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(above, `usher-passing-${me}-${process.pid}-`));
}

/** What the stores of a test run may come to, in bytes. */
const ROOM = 3 * 1024 ** 3;

/** Where what is only there for a while is written and read fastest: in memory where there is room, else as everywhere. */
export function fastTmp() {
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(memory);
    const [, , , rights = ''] =
      readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .map((line) => line.split(' '))
        .find(([, place]) => place === memory) ?? [];
    const runs = rights !== '' && !rights.split(',').includes('noexec');
    return runs && bavail * bsize >= ROOM && freemem() >= ROOM ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Whether a process of that number runs. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
