import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Environment } from './config/config.js';
import type { Log } from './platform/log.js';

/** A worker that dies is replaced after so long, so that one that cannot live does not eat the machine. */
const replaceAfterMs = 1_000;

/** What a worker tells when it answers requests, or why it does not. */
export type WorkerNews =
  | { readonly url: string }
  | { readonly failed: string; readonly fields: Readonly<Record<string, unknown>> };

/** Server processes that share one port. */
export class Workers {
  readonly #env: Environment;
  readonly #log: Log;
  #stopping = false;

  constructor(env: Environment, log: Log) {
    this.#env = env;
    this.#log = log;
    cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.js', import.meta.url)) });
  }

  /** Starts `count` workers and answers where they listen. Rejects with the reason of the first that cannot. */
  async start(count: number): Promise<string> {
    const urls = await Promise.all(Array.from({ length: count }, () => this.#fork()));
    return urls[0] ?? '';
  }

  /** Has every worker finish what is in flight, and resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      workers.map((worker) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        worker.process.kill('SIGTERM');
        return ended;
      }),
    );
  }

  #fork(): Promise<string> {
    const worker: Worker = cluster.fork(this.#env);
    return new Promise((resolve, reject) => {
      let answers = false;
      worker.on('message', (news: WorkerNews) => {
        if ('failed' in news) reject(Object.assign(new Error(news.failed), news.fields));
        else resolve(news.url);
        answers = 'url' in news;
      });
      worker.once('exit', (code, signal) => {
        reject(new Error(`A worker ended before it listened (${signal ?? code})`));
        if (answers && !this.#stopping) this.#replace(code, signal);
      });
    });
  }

  #replace(code: number, signal: string): void {
    this.#log.error({ code, signal }, 'a worker ended and is replaced');
    setTimeout(() => {
      if (this.#stopping) return;
      this.#fork().catch((err: unknown) => {
        this.#log.error({ err }, 'a worker could not be replaced');
        this.#replace(1, '');
      });
    }, replaceAfterMs);
  }
}
