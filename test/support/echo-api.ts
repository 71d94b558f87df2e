import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** A request as the API behind a proxy got it: header names as they came, doubled ones twice. */
export interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** An API behind a proxy that answers what it was asked. */
export class EchoApi {
  /** How many requests have arrived, and over how many connections. */
  asked = 0;
  connections = 0;

  private constructor(
    readonly port: number,
    readonly server: Server,
  ) {}

  static async start(): Promise<EchoApi> {
    const server = createServer((request, response) => {
      api.asked += 1;
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url = '', rawHeaders } = request;
        const headers = rawHeaders.flatMap((name, at) =>
          at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : [],
        );
        const echoed: Echoed = { method, url, headers, body: Buffer.concat(parts).toString('utf8') };
        // An API has refusals of its own, which are nobody else's business.
        response.writeHead(Number(request.headers['x-answer'] ?? 200), { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(echoed));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const api = new EchoApi(address.port, server);
    server.on('connection', () => {
      api.connections += 1;
    });
    return api;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
