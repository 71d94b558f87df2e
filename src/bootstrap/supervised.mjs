import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The exit code `flock` is told to use when somebody else holds the data folder. */
export const LOCKED = 99;
const READY_WITHIN_MS = 300_000;
const LOG_LIMIT_BYTES = 5_000_000;

const running = new Set();
let guarded = false;

/** Where systems lack `setpriv --pdeathsig`, an ordinary exit of this process still takes the stores with it. */
function stopWithThisProcess(server) {
  running.add(server);
  if (guarded) return;
  guarded = true;
  process.once('exit', () => {
    for (const each of running) each.signal(each.stopSignal);
  });
}

/** The data folder is in the hands of another process. */
export class InUse extends Error {}

/** The absolute path of a command on PATH, or null. */
export function findCommand(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** Words to put before a command so that it gets `signal` when this process dies, however it dies. Empty where that cannot be had. */
export function withParent(signal) {
  const setpriv = findCommand('setpriv');
  return setpriv === null ? [] : [setpriv, '--pdeathsig', signal];
}

/** Words to put before a command so that it holds `file` locked while it lives, and exits with LOCKED when another does. */
export function holding(file) {
  const flock = findCommand('flock');
  return flock === null ? [] : [flock, '-n', '-F', '-E', String(LOCKED), file];
}

/**
 * A server process that is started, watched, restarted when it dies, and stopped. It runs in its own process group, so
 * that Ctrl-C in a terminal reaches it only through us, after the requests in flight are done.
 */
export class Supervised {
  #options;
  #child = null;
  #exited = Promise.resolve();
  #wanted = false;

  /**
   * name, command (words), isReady(pid) → Promise<boolean>, stopSignal, logFile; restart: whether it is started again when it
   * dies; isInUse(text of its log): data folder taken; patienceMs: how long to wait for the folder; say(line): where news go.
   */
  constructor(options) {
    this.#options = { patienceMs: 5000, isInUse: () => false, say: () => {}, restart: true, ...options };
  }

  get stopSignal() {
    return this.#options.stopSignal;
  }
  get process() {
    return this.#child;
  }
  get pid() {
    return this.#child?.pid ?? null;
  }

  /** Sends a signal to the process, if there is one. */
  signal(signal) {
    if (this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null)
      this.#child.kill(signal);
  }

  /** Resolves when it is ready. Throws InUse after `patienceMs`, or an error with the last lines of its log. */
  async start() {
    this.#wanted = true;
    stopWithThisProcess(this);
    const giveUpAt = Date.now() + this.#options.patienceMs;
    for (;;) {
      try {
        return await this.#launch();
      } catch (error) {
        // A predecessor that was killed may need a moment to let go of the folder.
        if (!this.#wanted || !(error instanceof InUse) || Date.now() > giveUpAt) {
          this.#wanted = false;
          running.delete(this);
          throw error;
        }
        await sleep(100);
      }
    }
  }

  /** Ends it in good order; after ten seconds without order. Harmless when it does not run. */
  async stop() {
    this.#wanted = false;
    running.delete(this);
    this.#child?.ref();
    this.signal('SIGCONT');
    this.signal(this.#options.stopSignal);
    const hard = setTimeout(() => this.signal('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(hard);
  }

  /** SIGKILL, and it stays down until `start()`. */
  async crash() {
    this.#wanted = false;
    this.#child?.ref();
    this.signal('SIGKILL');
    await this.#exited;
  }

  async #launch() {
    const { name, command, logFile, isReady, isInUse } = this.#options;
    keepSmall(logFile);
    const from = existsSync(logFile) ? statSync(logFile).size : 0;
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(command[0], command.slice(1), {
      stdio: ['ignore', log, log],
      detached: true,
      cwd: '/',
      env: this.#options.env,
    });
    closeSync(log);
    child.unref();
    this.#child = child;
    let over = null;
    this.#exited = new Promise((resolve) => {
      const end = (how) => {
        over = how;
        resolve(how);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(code === LOCKED ? LOCKED : (signal ?? `exit code ${code}`)));
    });
    const deadline = Date.now() + READY_WITHIN_MS;
    while (over === null && !(await isReady(child.pid))) {
      await Promise.race([this.#exited, sleep(10)]);
      if (Date.now() > deadline) child.kill('SIGKILL');
    }
    if (over === null) {
      void this.#exited.then((how) => this.#died(how));
      return;
    }
    const said = readFileSync(logFile).subarray(from).toString('utf8');
    if (over === LOCKED || isInUse(said)) throw new InUse(`${name} is in use`);
    throw new Error(
      `${name} did not start (${over}). Its last words in ${logFile}:\n${said.trim().split('\n').slice(-6).join('\n')}`,
    );
  }

  async #died(how) {
    if (!this.#wanted || !this.#options.restart) return;
    this.#options.say(`${this.#options.name} died (${how}) and is started again`);
    for (let pause = 50; this.#wanted; pause = Math.min(pause * 2, 2000)) {
      try {
        return await this.#launch();
      } catch (error) {
        if (!(error instanceof InUse)) this.#options.say(error.message);
        await sleep(pause);
      }
    }
  }
}

/** One old log is kept, so that the folder cannot fill up over the years. */
function keepSmall(logFile) {
  if (existsSync(logFile) && statSync(logFile).size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.old`);
}
