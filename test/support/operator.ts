import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/cli/program.js';
import { terminalOn } from '../../src/cli/terminal.js';
import { Workshop } from '../../src/cli/workshop.js';
import { projectFile } from '../../src/platform/project-file.js';

/** How a command ended. */
export interface Done {
  readonly status: number | null;
  /** What it wrote to standard output. */
  readonly out: string;
  /** What it wrote to standard error. */
  readonly said: string;
  /** Standard output, read as JSON; null when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** Somebody who types `usher …` in a shell, with these settings. */
export class Operator {
  constructor(readonly settings: Readonly<Record<string, string>>) {}

  /** Runs a command in this process; `input` is typed into it. */
  async run(words: readonly string[], input = ''): Promise<Done> {
    const written = { out: '', said: '' };
    const terminal = terminalOn(
      Readable.from([input]),
      (text) => {
        written.out += text;
      },
      (text) => {
        written.said += text;
      },
    );
    const none = async () => {
      throw new Error('the stores of this test have been named');
    };
    const workshop = new Workshop(terminal, this.settings, { redis: none, postgres: none });
    const status = await runProgram(words, workshop);
    return { status, ...written, json: jsonOf(written.out) };
  }

  /** Runs a command in a process of its own, as a shell does. */
  spawn(words: readonly string[], input = ''): Promise<Done> {
    const out = relative(projectFile(''), fileURLToPath(new URL('../..', import.meta.url)));
    const given = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: process.env['TMPDIR'],
      REDIS_SERVER_BIN: process.env['REDIS_SERVER_BIN'],
    };
    const child = spawn(process.execPath, [projectFile('src/bootstrap/index.mjs'), ...words, '--out', out], {
      env: { ...given, ...this.settings },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    const written = { out: '', said: '' };
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      written.out += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      written.said += part;
    });
    // A command that does not read may be gone before the input is written.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return new Promise((resolve) => {
      child.once('close', (status) => resolve({ status, ...written, json: jsonOf(written.out) }));
    });
  }

  /** Runs a command with --json in this process, which must succeed, and answers what it told. */
  async json(words: readonly string[], input = ''): Promise<Done['json']> {
    const done = await this.run([...words, '--json'], input);
    if (done.status !== 0) throw new Error(`usher ${words.join(' ')}: ${done.status}: ${done.said}`);
    return done.json;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
