import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Answered } from './web-lab.js';

/** What is sent besides method and path. A body that is neither text nor bytes is sent as JSON. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Asks a server on loopback over connections that are kept. */
export class HttpClient {
  readonly #agent: Agent;

  constructor(
    readonly port: number,
    maxSockets = 24,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets });
  }

  /** One request and its answer. */
  ask(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answered> {
    const bytes = bytesOf(body);
    const flat = ['Host', `127.0.0.1:${this.port}`, ...Object.entries(headers).flat()];
    if (bytes !== null) {
      if (headers['content-type'] === undefined) flat.push('Content-Type', 'application/json');
      flat.push('Content-Length', String(bytes.length));
    } else if (method !== 'GET' && method !== 'HEAD') flat.push('Content-Length', '0');
    return this.send(method, path, flat, bytes);
  }

  /** One request whose header lines, names and values in turn, are sent as they are. */
  async send(method: string, path: string, headers: readonly string[], body: Buffer | null): Promise<Answered> {
    try {
      return await this.#send(method, path, headers, body);
    } catch (error) {
      // The server may close a kept connection in the moment it is used again.
      if (!(error instanceof LostConnection)) throw error;
      return this.#send(method, path, headers, body);
    }
  }

  #send(method: string, path: string, headers: readonly string[], body: Buffer | null): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, agent: this.#agent, timeout: 20_000 };
      const request = httpRequest({ ...options, method, path, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          const isJson = /json/.test(answer.headers['content-type'] ?? '') && text !== '';
          const json = isJson ? JSON.parse(text) : undefined;
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json });
        });
      });
      request.on('timeout', () =>
        request.destroy(new Error(`${method} ${path.slice(0, 200)} was not answered in 20 s`)),
      );
      request.on('error', (error) => reject(request.reusedSocket ? new LostConnection(error) : error));
      request.end(body ?? undefined);
    });
  }

  /** Sends bytes as they are, ends its side if `half`, and answers everything that comes back until the server closes, or for `ms`. */
  raw(bytes: Buffer, { ms = 3_000, half = false } = {}): Promise<string> {
    return new Promise((resolve) => {
      let received = '';
      const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true }, () => {
        if (half) socket.end(bytes);
        else socket.write(bytes);
      });
      const timer = setTimeout(() => socket.destroy(), ms);
      socket.on('data', (part) => {
        received += part.toString('latin1');
      });
      socket.on('end', () => socket.destroy());
      // A server that has answered need not read the rest: what it said counts.
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(received);
      });
    });
  }

  /** Leaves. */
  close(): void {
    this.#agent.destroy();
  }
}

class LostConnection extends Error {
  constructor(cause: Error) {
    super('the server closed a kept connection', { cause });
  }
}

function bytesOf(body: unknown): Buffer | null {
  if (body === undefined) return null;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
