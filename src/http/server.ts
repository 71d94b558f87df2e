import { createServer as createHttpServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import type { Express } from 'express';
import { monotonicMs } from '../kernel/clock.js';
import { invalid } from '../kernel/problem.js';
import { type AppOptions, createApp, type Doors } from './app.js';
import { FastPath } from './fast-path.js';
import type { Readiness } from './health.js';
import { problemAnswer } from './problem-handler.js';
import { faultOfHead } from './request-head.js';

/** Requests in flight are waited for so long when the server stops. */
const patienceMs = 10_000;
/** A new connection whose request may still be on its way is left alone for so long when the server stops. */
const silenceMs = 500;

/** The running web server: both doors behind one socket. */
export class WebServer {
  readonly #server: Server;
  readonly #doors: Doors;
  readonly #fastPath: FastPath | null;
  readonly #readiness: Readiness;
  /** Every connection, with the last response that was begun on it while it is not finished. */
  readonly #sockets = new Map<Socket, ServerResponse | null>();

  constructor(options: AppOptions & { readonly fastPath?: boolean }) {
    const doors = createApp(options);
    const { principal, verification, headers, accessLog: log } = doors;
    const draining = () => options.readiness.draining;
    const { check } = options;
    this.#doors = doors;
    this.#readiness = options.readiness;
    this.#fastPath =
      options.fastPath === false ? null : new FastPath({ principal, verification, check, headers, log, draining });
    this.#server = createHttpServer({
      ...expressShapes(doors.app),
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 1_000,
      // Answered by us instead, as a problem.
      requireHostHeader: false,
    });
    // Node would leave out those beyond a limit, and what a proxy has added may be among them: counted by faultOfHead.
    this.#server.maxHeadersCount = 0;
    this.#server.on('connection', (socket) => {
      this.#sockets.set(socket, null);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (request, response) => this.#answer(request, response));
    this.#server.on('checkExpectation', (request, response) => this.#answer(request, response));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#refuse(error, socket as Socket));
  }

  /** Every route that is answered. */
  get routes(): Doors['routes'] {
    return this.#doors.routes;
  }

  /** Starts to listen. Rejects, for instance with the code EADDRINUSE, when it cannot. */
  listen(where: ListenOptions): Promise<AddressInfo | string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(where, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        if (address === null) reject(new Error('The server was stopped before it listened'));
        else resolve(address);
      });
    });
  }

  /**
   * Is not ready from now on, takes no new connection, finishes what is in flight (for at most 10 s) with `Connection: close`
   * on each answer, then resolves.
   */
  async stop(withinMs: number = patienceMs): Promise<void> {
    this.#readiness.drain();
    await new Promise<void>((resolve) => {
      const silentFrom = monotonicMs() + silenceMs;
      const idle = setInterval(() => {
        this.#server.closeIdleConnections();
        if (monotonicMs() >= silentFrom) this.#closeSilent();
      }, 50);
      const late = setTimeout(() => this.#server.closeAllConnections(), withinMs);
      this.#server.close(() => {
        clearInterval(idle);
        clearTimeout(late);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  /** Node counts a connection that has not asked anything yet as busy. */
  #closeSilent(): void {
    for (const socket of this.#sockets.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#sockets.set(socket, response);
    const fastPath = this.#fastPath;
    if (fastPath?.takes(request) === true && faultOfHead(request) === null) {
      const exchange = this.#doors.exchanges.begin(request);
      void fastPath.answer(request, response, exchange).then((outcome) => {
        if (outcome === 'left') this.#answerSlowly(request, response);
        else this.#finished(socket, response);
      });
      return;
    }
    this.#answerSlowly(request, response);
  }

  #answerSlowly(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    response.once('finish', () => this.#finished(socket, response));
    this.#doors.app(request, response);
  }

  /** An idle connection is not to keep what was last answered on it. */
  #finished(socket: Socket, response: ServerResponse): void {
    if (response.writableFinished && this.#sockets.get(socket) === response) this.#sockets.set(socket, null);
  }

  /** What Node's parser refuses is answered like any other bad request; then the connection is closed. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const last = this.#sockets.get(socket) ?? null;
    if (last !== null && !last.writableFinished && (last.headersSent || last.req.complete)) {
      // What is refused came behind a request that is still being answered: a second answer could be taken for its own.
      last.once('finish', () => socket.end());
      return;
    }
    const { exchanges, headers } = this.#doors;
    const requestId = exchanges.nextId();
    const answer = problemAnswer(invalid('', 'must be a well-formed HTTP request that arrives in time'), requestId);
    const flat = [...headers, 'X-Request-Id', requestId, ...answer.headers, 'Connection', 'close'];
    const lines = flat.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${flat[i + 1] ?? ''}`] : []));
    socket.end(`HTTP/1.1 ${answer.status} Bad Request\r\n${lines.join('\r\n')}\r\n\r\n${answer.body}`);
  }
}

/** The web server of the given parts. `fastPath: false` sends everything through Express. */
export function createServer(options: AppOptions & { readonly fastPath?: boolean }): WebServer {
  return new WebServer(options);
}

/**
 * Below Node 24, Express' swap of the prototypes of request and response costs more than all else a request does. Made with
 * the prototypes Express wants, nothing is swapped. From 24 on the swap is cheap and this is not.
 */
function expressShapes(app: Express): {
  IncomingMessage?: typeof IncomingMessage;
  ServerResponse?: typeof ServerResponse;
} {
  if (Number.parseInt(process.versions.node, 10) >= 24) return {};
  class AppRequest extends IncomingMessage {}
  class AppResponse<Request extends IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
