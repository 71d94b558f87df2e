import type { ServerResponse } from 'node:http';
import { Problem } from '../kernel/problem.js';
import type { StreamedEvent, Streaming } from '../kernel/route.js';

/** How many streams one session, and one process, may have open. */
const mostOfSession = 5;
const mostOfProcess = 1_000;
/**
 * How often something is sent in any case, because proxies close what is silent, nginx after a minute; and how long a stream
 * may outlive its session, or its permission.
 */
const usual = { beatMs: 15_000, lookAgainMs: 3_000 };
/** How soon a browser comes back when a stream has ended. */
const comeBackMs = 3_000;
/** What may wait for a slow reader, in bytes. Whoever is slower is let go, and catches up when it comes back. */
const mostWaiting = 262_144;

/** For whom a stream is, and whether it still may be: throws or answers false when the session or the right has ended. */
export interface StreamHolder {
  readonly ref: string;
  stillMay(): Promise<boolean>;
}

/**
 * Sends server-sent events (HTML Living Standard, 9.2) for as long as their reader listens and may: until the session ends
 * (ASVS 7.4.1), the permission is gone, or the server stops.
 */
export class EventStreams {
  readonly #stopping: AbortSignal;
  readonly #times: typeof usual;
  readonly #ofSession = new Map<string, number>();
  /** What ends each of those that are open. */
  readonly #ends = new Set<() => void>();

  /** `stopping` is aborted when the server is about to stop. */
  constructor(stopping: AbortSignal, times = usual) {
    this.#stopping = stopping;
    this.#times = times;
    stopping.addEventListener('abort', () => {
      for (const end of this.#ends) end();
    });
  }

  /** Runs one stream to its end. Throws `too-many-streams`, with nothing sent, when there are too many. */
  async run(response: ServerResponse, holder: StreamHolder, streaming: Streaming): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort();
    this.#claim(holder.ref, end);
    const beat = setInterval(() => write(response, ':\n\n'), this.#times.beatMs);
    const look = setInterval(() => void holder.stillMay().then((may) => may || end(), end), this.#times.lookAgainMs);
    response.once('close', end);
    if (this.#stopping.aborted || response.destroyed) end();
    try {
      begin(response, this.#stopping.aborted);
      const send = (event: StreamedEvent) => {
        if (!over.signal.aborted) write(response, textOf(event));
      };
      const last = over.signal.aborted ? null : await streaming(send, over.signal);
      if (last) write(response, textOf(last));
      response.end();
    } finally {
      end();
      clearInterval(beat);
      clearInterval(look);
      response.off('close', end);
      this.#release(holder.ref, end);
    }
  }

  #claim(ref: string, end: () => void): void {
    const open = this.#ofSession.get(ref) ?? 0;
    if (open >= mostOfSession || this.#ends.size >= mostOfProcess) {
      throw new Problem('too-many-streams', { retryAfterSeconds: 10 });
    }
    this.#ofSession.set(ref, open + 1);
    this.#ends.add(end);
  }

  #release(ref: string, end: () => void): void {
    const left = (this.#ofSession.get(ref) ?? 1) - 1;
    if (left > 0) this.#ofSession.set(ref, left);
    else this.#ofSession.delete(ref);
    this.#ends.delete(end);
  }
}

function begin(response: ServerResponse, last: boolean): void {
  response.statusCode = 200;
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  // nginx would keep the events until its buffer is full.
  response.setHeader('X-Accel-Buffering', 'no');
  if (last) response.setHeader('Connection', 'close');
  write(response, `retry: ${comeBackMs}\n\n`);
}

function write(response: ServerResponse, text: string): void {
  if (response.writableEnded || response.destroyed) return;
  response.write(text);
  if (response.writableLength > mostWaiting) response.destroy();
}

/** JSON has no line breaks, ids and names are ours: nothing in an event can begin another. */
function textOf({ id, name, data }: StreamedEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
