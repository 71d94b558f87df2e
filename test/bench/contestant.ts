import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pinned } from './machine.js';

/** A server under test, in a process of its own. */
export interface Contestant {
  readonly pid: number;
  readonly url: string;
  readonly node: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** What a server under test says once it listens. */
export interface ReadyMessage {
  readonly url: string;
  readonly node: string;
}

const readyWithinMs = 60_000;

/** Told by a server under test when it listens; ends it when whoever started it is gone. */
export function announce(url: string): void {
  process.on('disconnect', () => process.exit(0));
  process.send?.({ url, node: process.version } satisfies ReadyMessage);
}

/** Starts `file` of this folder with a Node binary and waits until it listens. Throws with its last words when it does not. */
export async function startContestant(options: {
  file: string;
  node: string;
  processor: number | undefined;
  env: Readonly<Record<string, string>>;
  logFile: string;
  nodeWords?: readonly string[];
}): Promise<Contestant> {
  const [command = '', ...words] = [
    ...pinned(options.processor),
    options.node,
    ...(options.nodeWords ?? []),
    fileURLToPath(new URL(options.file, import.meta.url)),
  ];
  const log = openSync(options.logFile, 'a');
  const child = spawn(command, words, {
    stdio: ['ignore', log, log, 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...options.env },
  });
  closeSync(log);
  const { url, node } = await ready(child, options);
  return { pid: child.pid ?? 0, url, node, process: child, stop: () => end(child) };
}

function ready(child: ChildProcess, { file, logFile }: { file: string; logFile: string }): Promise<ReadyMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
    child.once('error', reject);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message as ReadyMessage);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-12).join('\n');
      reject(new Error(`${file} did not start (${signal ?? code}):\n${said}`));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(hard);
}
