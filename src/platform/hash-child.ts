import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ForeignHash } from './foreign-hash.js';
import type { HashScheme, OwnHash } from './hash-scheme.js';
import type { Log } from './log.js';

/**
 * What is asked of the process. `text` is a pre-hash; a password itself is sent only to be compared with a hash that another
 * system made of it.
 */
export type HashJob =
  | { readonly kind: 'hash'; readonly text: string; readonly scheme: HashScheme }
  | { readonly kind: 'compare'; readonly text: string; readonly own: OwnHash }
  | { readonly kind: 'compare-foreign'; readonly password: string; readonly foreign: ForeignHash };

/** A job on its way to the child. */
export interface HashOrder {
  readonly id: number;
  readonly job: HashJob;
}

/** The hash, or whether it matches, and how long that took: without the start of the process that ran it. */
export interface HashDone {
  readonly result: string | boolean;
  readonly tookMs: number;
}

/** The child's answer; `fault` when the work failed. */
export interface HashAnswer {
  readonly id: number;
  readonly done?: HashDone;
  readonly fault?: string;
}

interface Pending {
  readonly job: HashJob;
  readonly resolve: (done: HashDone) => void;
  readonly reject: (error: Error) => void;
  retried: boolean;
}

const hashWorker = fileURLToPath(new URL('./hash-worker.js', import.meta.url));

/**
 * The process that hashes, started through `nice -n 15` with the first job, so that hashing takes what session checks
 * leave. It gets no environment but the size of its thread pool. When it dies, it is started again and its work is done
 * once more; work that loses a second process is rejected.
 */
export class HashChild {
  #child: ChildProcess | null = null;
  #nice: boolean;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();

  constructor(
    readonly threads: number,
    readonly log: Log,
    readonly workerFile: string = hashWorker,
    stepsBack = true,
  ) {
    this.#nice = stepsBack;
  }

  /** The process id, or null while there is no process. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Does one job. Several may run at once, as many as there are threads. */
  run(job: HashJob): Promise<HashDone> {
    return new Promise((resolve, reject) => {
      this.#lastId++;
      this.#pending.set(this.#lastId, { job, resolve, reject, retried: false });
      this.#order(this.#lastId, job);
    });
  }

  /** Ends the process. What it has not done is rejected. */
  async close(): Promise<void> {
    for (const { reject } of this.#pending.values()) reject(new Error('hashing has ended'));
    this.#pending.clear();
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    if (child.connected) child.disconnect();
    await gone;
  }

  #order(id: number, job: HashJob): void {
    this.#child ??= this.#start();
    // A failed send means that the process is gone: its end is reported by itself, and the job is done again then.
    this.#child.send({ id, job } satisfies HashOrder, () => {});
  }

  #start(): ChildProcess {
    const [command, ...args] = this.#nice
      ? ['nice', '-n', '15', process.execPath, this.workerFile]
      : [process.execPath, this.workerFile];
    const child = spawn(command ?? '', args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { UV_THREADPOOL_SIZE: String(this.threads) },
    });
    child.on('message', (answer: HashAnswer) => this.#settle(answer));
    child.once('exit', (code, signal) => this.#lose(child, code ?? signal ?? 'unknown'));
    child.on('error', (error) => {
      // Without `nice` on this system, hashing runs at normal priority.
      this.#nice = false;
      this.#lose(child, error.message);
    });
    return child;
  }

  #settle({ id, done, fault }: HashAnswer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (done !== undefined) pending?.resolve(done);
    else pending?.reject(new Error(`hashing: ${fault ?? 'no answer'}`));
  }

  #lose(child: ChildProcess, cause: string | number): void {
    if (this.#child !== child) return;
    this.#child = null;
    if (this.#pending.size === 0) return;
    this.log.warn({ cause, waiting: this.#pending.size }, 'The hashing process ended; its work is done again');
    for (const [id, pending] of this.#pending) {
      if (pending.retried) {
        this.#pending.delete(id);
        pending.reject(new Error('the hashing process ended twice'));
      } else {
        pending.retried = true;
        this.#order(id, pending.job);
      }
    }
  }
}
