import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findCommand } from './supervised.mjs';

const run = promisify(execFile);

/** Whether programs can be fetched from the system's own package source. */
export function canFetchPackages() {
  return findCommand('apt-get') !== null && findCommand('dpkg-deb') !== null;
}

/**
 * Downloads a package of the distribution with the libraries it names (`deep`: and those that they name), and those named
 * in `also`, checked by apt's own signatures, and unpacks them into `folder`, where a script `command` then runs the program
 * at `path` of the package; `asksVersion` is how it tells its version. `prepare(root)` may complete what was unpacked.
 * Nothing is installed, and no root is needed. Throws an error of one line.
 */
export async function fetchPackage({
  folder,
  name,
  also = [],
  deep = false,
  path,
  command,
  asksVersion,
  prepare = () => {},
}) {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.new-`);
  try {
    const { bin, root } = await unpacked(work, name, also, deep);
    prepare(root);
    writeFileSync(join(bin, command), startScript(root, path));
    chmodSync(join(bin, command), 0o755);
    await run(join(bin, command), [asksVersion]);
    takePlace(bin, folder);
  } catch (error) {
    throw new Error(
      String(error.stderr || error.message)
        .trim()
        .split('\n')[0],
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Another process may have been first: what it has put there is as good. */
function takePlace(bin, folder) {
  try {
    renameSync(bin, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Unpacks the package and its libraries below `work`. */
async function unpacked(work, name, also, deep) {
  for (const each of ['lists/partial', 'cache/archives/partial', 'dl', 'bin/root'])
    mkdirSync(join(work, each), { recursive: true });
  const options = [
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    'Debug::NoLocking=1',
    `APT::Sandbox::User=${userInfo().username}`,
  ];
  const apt = ['-qq', ...options.flatMap((option) => ['-o', option])];
  const limits = {
    cwd: join(work, 'dl'),
    timeout: deep ? 900_000 : 120_000,
    env: { ...process.env, LC_ALL: 'C' },
  };
  await run('apt-get', [...apt, 'update'], limits);
  const needed = new Set();
  for (let next = [name, ...(deep ? also : [])]; next.length > 0; ) {
    const { stdout } = await run('apt-cache', [...apt, 'depends', ...next], limits);
    // The C library must be the system's own; the other libraries may be missing there.
    const libraries = [...stdout.matchAll(/^\s+Depends: ((?:lib|zlib)[a-z0-9.+-]+)$/gm)].map((match) => match[1]);
    const found = [...new Set(libraries)].filter((library) => library !== 'libc6' && !needed.has(library));
    for (const library of found) needed.add(library);
    next = deep ? found : [];
  }
  await run('apt-get', [...apt, 'download', name, ...needed, ...also], limits);
  const bin = join(work, 'bin');
  const root = join(bin, 'root');
  for (const file of readdirSync(limits.cwd)) await run('dpkg-deb', ['-x', join(limits.cwd, file), root]);
  return { bin, root };
}

/** Runs the program with the libraries that came with it, wherever the folder lies by then. */
function startScript(root, path) {
  const libraries = ['usr/lib', 'lib']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((each) => `${folder}/${each}`))
    .filter((each) => each.includes('-linux-'))
    .map((each) => `$here/root/${each}`);
  return `#!/bin/sh\nhere=$(dirname "$0")\nexport LD_LIBRARY_PATH="${libraries.join(':')}"\nexec "$here/root/${path}" "$@"\n`;
}
