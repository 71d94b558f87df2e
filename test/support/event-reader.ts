import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** One server-sent event as it arrived. */
export interface Event {
  readonly name: string;
  readonly id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape.
  readonly data: any;
}

/** Reads server-sent events from a server on loopback. */
export class EventReader {
  readonly events: Event[] = [];
  /** Comments, which keep a connection alive. */
  beats = 0;
  /** The time browsers are told to wait before they come back. */
  retryMs: number | null = null;
  /** Whether the server has ended the stream, in good order. */
  ended = false;
  /** Whether the connection has gone, in whichever way. */
  gone = false;
  #rest = '';

  private constructor(
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    readonly answer: IncomingMessage,
    readonly request: ClientRequest,
  ) {}

  /** Opens a stream; an answer that is no stream is read as one, too. */
  static open(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false }, (answer) => {
        const reader = new EventReader(answer.statusCode ?? 0, answer.headers, answer, request);
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => reader.#take(text));
        answer.on('end', () => {
          reader.ended = true;
        });
        answer.on('close', () => {
          reader.gone = true;
        });
        answer.on('error', () => {});
        resolve(reader);
      });
      request.on('error', reject);
      request.end();
    });
  }

  /** The data of the events of a name, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  named(name: string): any[] {
    return this.events.filter((event) => event.name === name).map(({ data }) => data);
  }

  /** Resolves when `condition` holds; rejects after `ms`. */
  async until(condition: () => boolean, ms = 8000): Promise<void> {
    const end = performance.now() + ms;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`it did not happen in time: ${JSON.stringify(this.events)}`);
      await pause(20);
    }
  }

  /** Hangs up. */
  close(): void {
    this.request.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      const retry = fields.get('retry');
      if (retry !== undefined) this.retryMs = Number(retry);
      const name = fields.get('event');
      if (name !== undefined) {
        this.events.push({ name, id: fields.get('id') ?? null, data: JSON.parse(fields.get('data') ?? 'null') });
      } else if (block === ':') this.beats += 1;
    }
  }
}
