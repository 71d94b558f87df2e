import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './chromium-binary.mjs';
import { fastTmp, root } from './folders.mjs';
import { findRedis } from './redis-binary.mjs';
import { checkPages, command, pagesBuilt, setUp } from './set-up.mjs';
import { lanes } from './test-lanes.mjs';

/**
 * `npm test`: lint and format, types, then every test on the compiled code; with `args` for jest (files, -t …) only types and
 * those tests. `long` runs them with their long figures. Answers the exit code.
 */
export async function test({ args, out, installs, long = false }) {
  const typesAreRight = await setUp(out, { installs });
  const lintIsRight = args.length > 0 || long || (await lint()) === 0;
  const code = args.length > 0 ? await jest(out, args, long) : await everything(out, long);
  if (!typesAreRight) console.error('The type check failed: see above.');
  if (!lintIsRight) console.error('The linter or the formatter found something: see above.');
  return code !== 0 || !typesAreRight || !lintIsRight ? 1 : 0;
}

/**
 * Every test. Those that drive a browser come last: browsers would take the time that others measure. Where the browser must
 * be fetched, that is done meanwhile, and once for all.
 */
async function everything(out, long) {
  // What it failed for, the tests tell.
  const fetched = findChromium().catch(() => null);
  const codes = long
    ? [await jest(out, lanes.withoutBrowsers, long)]
    : await Promise.all([jest(out, lanes.main), toldAfterwards((output) => jest(out, lanes.beside, false, output))]);
  await fetched;
  codes.push(await jest(out, lanes.browsers, long));
  return codes.find((code) => code !== 0) ?? 0;
}

/** Runs what would talk at the same time as another; what it said is told when it is over. */
async function toldAfterwards(run) {
  const folder = mkdtempSync(join(tmpdir(), 'usher-told-'));
  const file = join(folder, 'output');
  const output = openSync(file, 'w');
  try {
    return await run(output);
  } finally {
    closeSync(output);
    process.stderr.write(readFileSync(file));
    rmSync(folder, { recursive: true });
  }
}

/** The linter and the formatter over the whole tree. Answers the exit code. */
function lint() {
  return command([join(root, 'node_modules', '.bin', 'biome'), 'check', '--colors=off', '.'], { output: 2 });
}

/** Lint, format and types, without compiling anything: the commit hook. Answers the exit code. */
export async function check() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const codes = await Promise.all([
    command([process.execPath, tsc, '-p', 'tsconfig.json', '--noEmit']),
    ...pagesBuilt().map((name) => checkPages(name)),
    lint(),
  ]);
  return codes.every((code) => code === 0) ? 0 : 1;
}

/** Runs jest on what was compiled into `out`, with one Redis server found for all: tests have data folders of their own. */
async function jest(out, args, long = false, output = 2) {
  const { jest: settings } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const config = JSON.stringify(settings).replaceAll('/dist-test/', `/${out}/`);
  const words = [
    process.execPath,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--no-watchman',
    '--rootDir',
    root,
    '--config',
    config,
  ];
  return command([...words, ...args], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      TMPDIR: process.env.TMPDIR ?? fastTmp(),
      REDIS_SERVER_BIN: await redisForAll(),
      ...(long && { USHER_LONG: '1' }),
    },
    output,
    errors: output,
  });
}

let redis = null;

/** Found once, though several runs of jest begin at the same time: it may have to be fetched. */
function redisForAll() {
  redis ??= findRedis(join(root, '.data', 'redis-bin'), (line) => console.error(line));
  return redis;
}
