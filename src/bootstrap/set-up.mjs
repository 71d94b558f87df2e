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
      await takeHooks();
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
async function takeHooks() {
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
  // Both at once: the compiler and Vite each keep one processor busy.
  const right = await Promise.all([compileAll(out), ...pagesBuilt().map((name) => buildPages(out, name))]);
  return right.every((one) => one);
}

async function compileAll(out) {
  const stamp = join(root, out, '.built');
  const wanted = digestOf(sources());
  if (textOf(stamp) === wanted) return true;
  rmSync(stamp, { force: true });
  const compile = (project, to) => command([process.execPath, tsc, '-p', project, '--outDir', to], { output: 2 });
  // What browsers load is compiled once more, without its comments.
  const codes = [await compile('tsconfig.json', out), await compile('src/client/tsconfig.json', join(out, 'client'))];
  removeLeftovers(out);
  const typesAreRight = codes.every((code) => code === 0);
  if (typesAreRight) writeFileSync(stamp, wanted);
  return typesAreRight;
}

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');

/** The folders of `src/console` that Vite builds: those that say how. */
export function pagesBuilt() {
  const folder = join(root, 'src', 'console');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'vite.config.ts')));
}

/** The types of these pages. Answers the exit code. */
export function checkPages(name, how = {}) {
  return command([process.execPath, tsc, '-p', join('src', 'console', name), '--noEmit'], how);
}

/** Builds one folder of pages beside what is there, and puts it in its place when it is whole. */
async function buildPages(out, name) {
  const place = join(root, out, 'console', name);
  const wanted = digestOf(sourcesOfPages(name));
  if (textOf(join(place, '.built')) === wanted) return true;
  const types = checkPages(name, { output: 2 });
  const fresh = join(root, out, 'console', `.${name}.${process.pid}`);
  const config = join('src', 'console', name, 'vite.config.ts');
  const words = [process.execPath, vite, 'build', '--config', config, '--outDir', fresh, '--emptyOutDir'];
  const built = (await command(words, { output: 2 })) === 0;
  const right = (await types) === 0 && built;
  if (built) {
    rmSync(place, { recursive: true, force: true });
    renameSync(fresh, place);
    if (right) writeFileSync(join(place, '.built'), wanted);
  }
  rmSync(fresh, { recursive: true, force: true });
  return right;
}

/** Every file that Vite or the compiler of these pages may read, in a fixed order. */
function sourcesOfPages(name) {
  const own = ['shared', 'build', name].map((folder) => join('src', 'console', folder));
  const found = ['package-lock.json'];
  for (const folder of [...own, join('src', 'client')].filter((one) => existsSync(join(root, one)))) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) found.push(join(entry.parentPath.slice(root.length + 1), entry.name));
    }
  }
  return found.sort();
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

/** Of the names and the contents of files. One that is gone by now counts as empty. */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(textOf(join(root, file)) ?? '')
      .update('\0');
  return hash.digest('hex');
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
