#!/usr/bin/env node
import { join } from 'node:path';
import { writeDocs } from './docs.mjs';
import { root } from './folders.mjs';
import { command, setUp } from './set-up.mjs';
import { start } from './start.mjs';
import { check, test } from './test.mjs';

const USAGE = `usher <command>

  start         install and build what is missing, start the stores that are not configured, run the server
  serve         the same without installing or building anything
  demo          start, and fill a demonstration institute
  test [args]   lint, types and every test; with arguments for jest only types and those tests
  test:long     every test with its long figures
  test:mutants  whether the model of the seats notices seeded faults
  bench [args]  compare with the ordinary stack and the floor
  build         install and compile into dist
  check         lint, format and types only (the commit hook)
  docs          write the generated parts of the documentation anew
`;

/** Runs one compiled program of the tests in a process of its own. Answers its exit code. */
async function program(file, args) {
  if (!(await setUp('dist-test'))) return 1;
  return command([process.execPath, join(root, 'dist-test', file), ...args]);
}

async function docs() {
  if (!(await setUp('dist'))) return 1;
  for (const page of await writeDocs()) console.log(`${page} was written anew`);
  return 0;
}

/** Each answers the exit code, or null while the server runs on. */
const commands = {
  start: () => start(),
  serve: () => start({ builds: false }),
  demo: () => start({ demo: true }),
  test: (args) => test(args),
  'test:long': (args) => test(args, { long: true }),
  'test:mutants': (args) => program('test/property/mutants.js', args),
  bench: (args) => program('test/bench/main.js', args),
  build: async () => ((await setUp('dist')) ? 0 : 1),
  check: () => check(),
  docs,
};

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [verb, ...args] = process.argv.slice(2);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Usher needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else if (verb === undefined || !Object.hasOwn(commands, verb)) {
  console.error(USAGE);
  process.exitCode = verb === undefined || verb === 'help' || verb === '--help' ? 0 : 64;
} else {
  try {
    const code = await commands[verb](args);
    if (code !== null) process.exitCode = code;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
