import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, root } from './folders.mjs';

const lock = join(root, '.data', 'set-up.lock');

/** Runs a command in the project's folder with our own input and output; answers its exit code (a signal counts as 1). */
export function command(words, { env = process.env, output = 'inherit', errors = 'inherit' } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(words[0], words.slice(1), { cwd: root, env, stdio: ['inherit', output, errors] });
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}

/**
 * Installs the packages unless the right ones are there, and compiles the project into the folder `out` unless it is
 * compiled. One at a time per project: whoever comes second waits and finds it done. Answers whether the types are right.
 */
export async function setUp(out, { installs = true } = {}) {
  await takeLock();
  try {
    if (installs) {
      await install();
      await useHooks();
    }
    return await build(out);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

async function takeLock() {
  mkdirSync(join(root, '.data'), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = holderOfLock();
    if (holder === 'gone') {
      // Moved before it is removed, so that of two who wait only one clears it away.
      const aside = `${lock}.${process.pid}`;
      try {
        renameSync(lock, aside);
        rmSync(aside, { recursive: true, force: true });
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      continue;
    }
    if (!told && holder !== null) console.error(`Waiting for process ${holder}, which is setting up …`);
    await sleep(200);
  }
}

/** The process id of the holder, 'gone' when it died, null when it cannot be told at this moment. */
function holderOfLock() {
  try {
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    if (pid > 0) return isAlive(pid) ? pid : 'gone';
    return null;
  } catch {
    try {
      return Date.now() - statSync(lock).mtimeMs > 5000 ? 'gone' : null;
    } catch {
      return null;
    }
  }
}

async function install() {
  if (isInstalled()) return;
  console.error('Installing packages …');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  if ((await command([...npm, 'ci', ...flags], { output: 2 })) !== 0) throw new Error('npm ci failed: see above');
}

/** In a git checkout that has no hooks of its own, ours are used: see `.githooks`. Elsewhere nothing happens. */
async function useHooks() {
  if (!existsSync(join(root, '.git'))) return;
  const quiet = { output: 'ignore', errors: 'ignore' };
  try {
    if ((await command(['git', 'config', 'core.hooksPath'], quiet)) === 1) {
      await command(['git', 'config', 'core.hooksPath', '.githooks'], quiet);
    }
  } catch {
    // No git, no hooks.
  }
}

/** Whether `node_modules` holds what the lock file names; npm leaves its own list there as the last thing it does. */
function isInstalled() {
  const installed = textOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return false;
  const present = JSON.parse(installed).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || present[path]?.version === entry.version) return true;
    return present[path] === undefined && entry.optional === true && !isForThisMachine(entry);
  });
}

function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false; // a part of another optional package, which says
  const ours = () => (process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
  return (
    (os ?? [process.platform]).includes(process.platform) &&
    (cpu ?? [process.arch]).includes(process.arch) &&
    (libc === undefined || libc.includes(ours()))
  );
}

async function build(out) {
  const stamp = join(root, out, '.built');
  const wanted = digest(sources().flatMap((file) => [file, readFileSync(join(root, file))]));
  if (textOf(stamp) === wanted) return true;
  rmSync(stamp, { force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compile = (project, to) => command([process.execPath, tsc, '-p', project, '--outDir', to], { output: 2 });
  // What browsers load is compiled once more, without its comments.
  const codes = [await compile('tsconfig.json', out), await compile('src/client/tsconfig.json', join(out, 'client'))];
  removeLeftovers(out);
  const typesAreRight = codes.every((code) => code === 0);
  if (typesAreRight) writeFileSync(stamp, wanted);
  return typesAreRight;
}

/** The folders the compiler reads. */
const folders = ['src', 'migrations', 'test', 'docker'];

/** Every file the compiler reads, in a fixed order. */
function sources() {
  const named = ['package-lock.json', 'tsconfig.json', 'src/client/tsconfig.json', 'ormconfig.ts'];
  const found = named.filter((file) => existsSync(join(root, file)));
  for (const folder of folders.filter((name) => existsSync(join(root, name)))) {
    for (const name of readdirSync(join(root, folder), { recursive: true })) {
      if (/\.m?ts$/.test(name)) found.push(join(folder, name));
    }
  }
  return found.sort();
}

/** Output of sources that are no more must not run as a test or a migration. */
function removeLeftovers(out) {
  for (const folder of folders) {
    const place = join(root, out, folder);
    if (!existsSync(place)) continue;
    for (const name of readdirSync(place, { recursive: true })) {
      const source = name.replace(/\.js(\.map)?$/, '.ts');
      if (source !== name && !existsSync(join(root, folder, source))) rmSync(join(place, name));
    }
  }
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
