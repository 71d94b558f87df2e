import { Agent, request as httpRequest } from 'node:http';
import type { Answered } from './web-lab.js';

/** What came back, and how long it took from the first byte sent to the last one received, in milliseconds. */
export interface Timed extends Answered {
  readonly tookMs: number;
}

/** What a request is made of besides its method and address. A body that is no string is sent as JSON. */
export interface Asking {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
  /** Holds the second half of the body back until this resolves. */
  readonly pause?: Promise<unknown>;
}

/** Connections are used again, as browsers do; none keeps the process alive. */
const kept = new Agent({ keepAlive: true });

/** One request over HTTP. Rejects when the server hangs up. */
export function ask(method: string, url: string, options: Asking = {}): Promise<Timed> {
  const { body, pause } = options;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const headers = {
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...options.headers,
  };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: kept }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const received = Buffer.concat(parts).toString('utf8');
        const isJson = /json/.test(answer.headers['content-type'] ?? '') && received !== '';
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: received,
          json: isJson ? JSON.parse(received) : undefined,
          tookMs: performance.now() - startedAt,
        });
      });
    });
    request.on('error', reject);
    if (pause === undefined || text === undefined) {
      request.end(text);
      return;
    }
    const half = Math.floor(text.length / 2);
    request.write(text.slice(0, half));
    pause.then(() => request.end(text.slice(half)), reject);
  });
}
