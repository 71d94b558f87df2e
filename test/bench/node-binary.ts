import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFile } from '../../src/platform/project-file.js';

const run = promisify(execFile);

/** The path of a Node binary of that major version, from the npm package of this platform; fetched once, outside the tree. */
export async function fetchNode(major: number): Promise<string> {
  const folder = join(tmpdir(), `usher-bench-node-${major}-${process.getuid?.() ?? 0}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', `${name}@${major}`]);
  }
  return binary;
}

/** What a Node binary calls its version. Throws when it is none. */
export async function versionOf(node: string): Promise<string> {
  return (await run(node, ['--version'])).stdout.trim();
}

/** The words `npm start` gives to Node. Every contestant is run with them, so that none has what another has not. */
export function wordsOfNpmStart(): string[] {
  const { scripts } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8'));
  return String(scripts.start)
    .split(' ')
    .filter((word) => word.startsWith('--'));
}
