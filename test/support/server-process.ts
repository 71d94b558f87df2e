import { type ChildProcess, spawn } from 'node:child_process';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
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
  /** What it has written to its log, line by line. */
  readonly lines: string[] = [];
  #said = '';

  /** `env` on top of a free port and a silent log; stores that it does not name are embedded ones under its `DATA_DIR`. */
  constructor(env: Readonly<Record<string, string>>, command: 'serve' | 'demo' = 'serve') {
    const out = relative(projectFile(''), fileURLToPath(new URL('../..', import.meta.url)));
    const given = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: process.env['TMPDIR'],
      REDIS_SERVER_BIN: process.env['REDIS_SERVER_BIN'],
    };
    this.process = spawn(process.execPath, [projectFile('src/bootstrap/index.mjs'), command, '--out', out], {
      env: { ...given, PORT: '0', LOG_LEVEL: 'silent', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout } = this.process;
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.lines.push(line));
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

/** The first staff account of every server that `startServer` starts. */
export const firstStaff = { email: 'first@staff.example.org', password: 'a password for the first of the staff' };

/** What all servers that `startServer` starts have in common. */
export const sharedSettings = {
  ADMIN_EMAIL: firstStaff.email,
  ADMIN_PASSWORD: firstStaff.password,
  BCRYPT_COST: '4',
  SESSION_SECRETS: 'what the servers of one test sign session ids with',
  PASSWORD_PEPPER: 'what the servers of one test pepper passwords with',
};

/** The stores a server stands on, and the settings in which it differs from the others of its test. */
export interface Standing {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that is ready. */
export interface StartedServer {
  readonly url: string;
  readonly pid: number;
  /** Its log so far; empty unless `LOG_LEVEL` is given. */
  readonly lines: readonly string[];
  /** SIGKILL, as when the machine takes it away. Resolves when it is gone. */
  kill9(): Promise<void>;
  /** SIGTERM. Answers how it ended. */
  stop(): Promise<Ending>;
}

/**
 * Starts a whole server in a process of its own and waits until it is ready: about a second. Servers that are started on the
 * same stores share their secrets and are one house.
 */
export async function startServer({ databaseUrl, redisUrl, env = {} }: Standing): Promise<StartedServer> {
  const server = new ServerProcess({ ...sharedSettings, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, ...env });
  return {
    url: await server.ready,
    pid: server.process.pid ?? 0,
    lines: server.lines,
    kill9: async () => void (await server.stop('SIGKILL')),
    stop: () => server.stop(),
  };
}
