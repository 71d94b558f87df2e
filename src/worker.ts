import { environment } from './config/config.js';
import { main } from './main.js';
import type { WorkerNews } from './workers.js';

/** Runs one of several server processes: tells the first process where it listens, ends when it is asked to. */
async function work(): Promise<void> {
  const tell = (news: WorkerNews) => process.send?.(news);
  try {
    const server = await main(environment());
    const stop = () => server.stop().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    // The terminal tells every process; the first one decides.
    process.on('SIGINT', () => {});
    process.once('disconnect', stop);
    tell({ url: server.url });
  } catch (error) {
    // `code`, `address` and `port` of a taken port travel along: the message to the operator is made of them.
    const failure = error instanceof Error ? error : new Error(String(error));
    tell({ failed: failure.message, fields: { ...failure } });
    process.exitCode = 1;
    process.disconnect();
  }
}

await work();
