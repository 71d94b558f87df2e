import { type ChildProcess, spawn } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectFile } from '../../src/platform/project-file.js';

/** How a process ended: its exit code, or null and the signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All it wrote to stderr. */
  readonly said: string;
}

/** The whole server in a process of its own, started as `npm start` does it, from what the tests were compiled into. */
export class ServerProcess {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
  /** Where it listens, once it is ready. Rejects when it ends before. */
  readonly ready: Promise<string>;
  #said = '';

  /** `env` on top of a free port and a silent log; stores that it does not name are embedded ones under its `DATA_DIR`. */
  constructor(env: Readonly<Record<string, string>>) {
    const out = relative(projectFile(''), fileURLToPath(new URL('../..', import.meta.url)));
    const given = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
    this.process = spawn(process.execPath, [projectFile('src/bootstrap/index.mjs'), 'serve', '--out', out], {
      env: { ...given, PORT: '0', LOG_LEVEL: 'silent', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal, said: this.#said }));
    });
    this.ready = new Promise((resolve, reject) => {
      this.process.stderr?.setEncoding('utf8').on('data', (part: string) => {
        this.#said += part;
        const url = /^Usher is ready on (\S+)$/m.exec(this.#said)?.[1];
        if (url !== undefined) resolve(url);
      });
      void this.ended.then(({ said }) => reject(new Error(`the server ended before it was ready: ${said}`)));
    });
    this.ready.catch(() => {}); // not everybody waits for it
  }

  /** Sends the signal and answers how it ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.process.kill(signal);
    return this.ended;
  }
}
