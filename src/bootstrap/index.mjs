#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeDocs } from './docs.mjs';
import { root } from './folders.mjs';
import { reachPostgres, reachRedis } from './reach.mjs';
import { takePictures } from './screenshots.mjs';
import { command, setUp } from './set-up.mjs';
import { start } from './start.mjs';
import { check, test } from './test.mjs';

const USAGE = `usher <command> [--out folder]

  start         install and build what is missing, start the stores that are not configured, run the server
  serve         the same without installing or building anything
  demo          start, and fill a demonstration institute
  test [args]   lint, types and every test; with arguments for jest only types and those tests
  test:long     every test with its long figures
  test:mutants  whether the model of the seats notices seeded faults
  bench [args]  compare with the ordinary stack and the floor
  build         install and compile
  check         lint, format and types only (the commit hook)
  docs          write the generated parts of the documentation anew
  screenshots   make the pictures of the README and the manual anew, from the demonstration

For operators, beside a running server or while none runs (usher <command> --help):

  migrate       the schema of the database: up to date, status, steps back
  admin         the first account, or another that may do everything
  user          accounts: list, show, create, disable, enable, delete, password
  licence       licences: list, show, create, suspend, reinstate, renew, seats, members
  session       who is signed in; ends sessions
  doctor        compares the stores, says what has drifted apart, mends it
  explain       why somebody was refused
  verify-proxy  whether a forged identity gets through a reverse proxy

--out compiles into, or runs from, another folder than dist (dist-test for tests), and installs nothing.
`;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [verb, ...args] = process.argv.slice(2);
const at = args.indexOf('--out');
const named = at === -1 ? null : args.splice(at, 2)[1];
const installs = named === null;
const out = named ?? 'dist';
const outOfTests = named ?? 'dist-test';

/** Runs one compiled program of the tests in a process of its own. Answers its exit code. */
async function program(file) {
  if (!(await setUp(outOfTests, { installs }))) return 1;
  return command([process.execPath, join(root, outOfTests, file), ...args]);
}

/** What works on the stores without a server, from what is compiled; nothing is installed or built when that is there. */
const tools = ['migrate', 'admin', 'user', 'licence', 'session', 'doctor', 'explain', 'verify-proxy'];

async function tool() {
  const file = join(root, out, 'src', 'cli.js');
  if (!existsSync(file) && !(await setUp(out, { installs }))) return 1;
  const { cli } = await import(pathToFileURL(file).href);
  return cli([verb, ...args], { redis: reachRedis, postgres: reachPostgres });
}

/** Each answers the exit code, or null while the server runs on. */
const commands = {
  start: async () => ((await setUp(out, { installs })) ? start({ out }) : 1),
  serve: () => start({ out }),
  demo: async () => ((await setUp(out, { installs })) ? start({ out, demo: true }) : 1),
  test: () => test({ args, out: outOfTests, installs }),
  'test:long': () => test({ args, out: outOfTests, installs, long: true }),
  'test:mutants': () => program('test/property/mutants.js'),
  bench: () => program('test/bench/main.js'),
  build: async () => ((await setUp(out, { installs })) ? 0 : 1),
  check,
  async docs() {
    if (!(await setUp(out, { installs }))) return 1;
    for (const page of await writeDocs(out)) console.log(`${page} was written anew`);
    return 0;
  },
  async screenshots() {
    if (!(await setUp(out, { installs }))) return 1;
    for (const name of await takePictures(out)) console.log(`src/manual/pictures/${name} was made anew`);
    return 0;
  },
  ...Object.fromEntries(tools.map((name) => [name, tool])),
};

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Usher needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else if (verb === undefined || !Object.hasOwn(commands, verb)) {
  console.error(USAGE);
  process.exitCode = verb === undefined || verb === 'help' || verb === '--help' ? 0 : 64;
} else {
  try {
    const code = await commands[verb]();
    // Not `exitCode`: what a failed start has left open would keep the process alive.
    if (code !== null) process.exit(code);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
