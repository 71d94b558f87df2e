import { Writable } from 'node:stream';
import { main } from '../../src/main.js';
import { createLog } from '../../src/platform/log.js';

/** What the process of the server under test tells on demand. */
export interface FuzzReport {
  /** Names that somebody has put on the prototypes everything inherits from. */
  readonly polluted: readonly string[];
  /** Lines that were logged at `error` or above. */
  readonly errors: readonly string[];
}

// Below Node's default a rejection nobody handles ends the process, so an exit tells of those too.
const errors: string[] = [];
const lines = new Writable({
  decodeStrings: false,
  write(text: string, _encoding, done) {
    errors.push(text);
    done();
  },
});
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const names = () => prototypes.flatMap((prototype) => Reflect.ownKeys(prototype).map(String));

const log = createLog({ level: 'error', destination: lines });
// Answers are judged here, not how soon they come: a busy machine is to be no store that is away.
const server = await main(process.env, { log, redisDeadlineMs: 5_000 });
const before = new Set(names());
process.on('message', () => {
  const report: FuzzReport = { polluted: names().filter((name) => !before.has(name)), errors: errors.splice(0) };
  process.send?.(report);
});
process.on('SIGTERM', () => {
  void server.stop().finally(() => process.exit(0));
});
process.send?.({ url: server.url });
