import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.js';

// The load generator where wrk is missing. Runs in a process of its own; its first word is the file that says what to do.
const load: Load = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { pathname } = new URL(load.url);
const requests = load.headers.map((headers) => ({ method: 'GET', path: pathname, headers }));
let turn = 0;
const result = await autocannon({
  url: load.url,
  connections: load.connections,
  duration: load.seconds,
  requests,
  // Each connection begins with another guest.
  setupClient: (client) => {
    turn = (turn + 37) % requests.length;
    client.setRequests([...requests.slice(turn), ...requests.slice(0, turn)]);
  },
});
const told: LoadResult = {
  requests: result.requests.total,
  seconds: result.duration,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
  refused: result.non2xx,
  failed: result.errors,
};
process.stdout.write(`${JSON.stringify(told)}\n`);
