import { request } from 'node:http';
import type { Contestant } from './contestant.js';
import { browserHeaders, type Guest } from './guests.js';
import type { Load, LoadGenerator } from './load.js';
import { processorSeconds, residentMiB } from './machine.js';

/** One contestant's route, with the headers of everybody who is signed in there. */
export interface Entry {
  readonly name: string;
  readonly contestant: Contestant;
  readonly path: string;
  readonly headers: Load['headers'];
}

/** What one round of one entry gave. */
export interface Round {
  readonly entry: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The server's processor time per request, user and system, in microseconds. */
  readonly serverMicros: number;
  readonly redisMicros: number;
  /** How much of one processor the server used. */
  readonly serverLoad: number;
  readonly residentMiB: number;
  /** Answers other than 2xx, and requests without an answer. */
  readonly refused: number;
  readonly failed: number;
}

/** An entry for the load generator. */
export function entry(
  name: string,
  contestant: Contestant,
  path: string,
  guests: readonly Guest[],
  cookies: readonly string[],
): Entry {
  const headers = guests.map((guest, index) => browserHeaders(guest.userAgent, cookies[index] ?? ''));
  return { name, contestant, path, headers };
}

/** Applies load to one entry and reads what it cost. */
export async function measure(
  entry: Entry,
  load: { connections: number; seconds: number },
  generator: LoadGenerator,
  redisPid: number,
): Promise<Round> {
  const { pid, url } = entry.contestant;
  const before = { server: processorSeconds(pid), redis: processorSeconds(redisPid) };
  const result = await generator.apply({ ...load, url: `${url}${entry.path}`, headers: entry.headers });
  const server = processorSeconds(pid) - before.server;
  const redis = processorSeconds(redisPid) - before.redis;
  return {
    entry: entry.name,
    connections: load.connections,
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    serverMicros: (server / result.requests) * 1e6,
    redisMicros: (redis / result.requests) * 1e6,
    serverLoad: server / result.seconds,
    residentMiB: residentMiB(pid),
    refused: result.refused,
    failed: result.failed,
  };
}

/** Asks an entry once for each of some guests; throws unless each is answered with 200 and as whom it is. */
export async function tryOut(entry: Entry, guests: readonly Guest[]): Promise<void> {
  for (let index = 0; index < guests.length; index += Math.ceil(guests.length / 20)) {
    const { status, text } = await ask(`${entry.contestant.url}${entry.path}`, entry.headers[index] ?? {});
    const email = guests[index]?.email ?? '';
    if (status !== 200 || !text.includes(email)) throw new Error(`${entry.name} answers ${status}:\n${text}`);
  }
}

/** Status, headers and body of an answer, the latter two as one text. */
function ask(url: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let text = `${response.rawHeaders.join('\n')}\n\n`;
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject).end();
  });
}
