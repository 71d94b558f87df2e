import type { ServerResponse } from 'node:http';
import { Problem } from '../kernel/problem.js';
import type { StreamedEvent, Streaming } from '../kernel/route.js';

/**
 * How many streams one session, one person, and one process may have open; of the last so many only where a permission is
 * asked for, so that those who look after the server find room. How often something is sent in any case, because proxies close
 * what is silent, nginx after a minute; and how long a stream may outlive its permission.
 */
const usual = {
  mostOfSession: 5,
  mostOfUser: 20,
  mostOfProcess: 1_000,
  keptForPermitted: 100,
  beatMs: 15_000,
  lookAgainMs: 3_000,
};
/** How soon a browser comes back when a stream has ended. */
const comeBackMs = 3_000;
/** What may wait for a slow reader, in bytes. Whoever is slower is let go, and catches up when it comes back. */
const mostWaiting = 262_144;

/**
 * For whom a stream is, and whether it still may be: throws or answers false when the session or the right has ended. Null
 * where the stream itself looks whether its session lives, as it also does while the store is away.
 */
export interface StreamHolder {
  readonly ref: string;
  readonly userId: string;
  readonly stillMay: (() => Promise<boolean>) | null;
}

/**
 * Sends server-sent events (HTML Living Standard, 9.2) for as long as their reader listens and may: until the session ends
 * (ASVS 7.4.1), the permission is gone, or the server stops.
 */
export class EventStreams {
  readonly #stopping: AbortSignal;
  readonly #figures: typeof usual;
  /** How many are open of a session, and of a person. */
  readonly #open = new Map<string, number>();
  /** What ends each of those that are open. */
  readonly #ends = new Set<() => void>();

  /** `stopping` is aborted when the server is about to stop. */
  constructor(stopping: AbortSignal, figures: Partial<typeof usual> = {}) {
    this.#stopping = stopping;
    this.#figures = { ...usual, ...figures };
    stopping.addEventListener('abort', () => {
      for (const end of this.#ends) end();
    });
  }

  /** Runs one stream to its end. Throws `too-many-streams`, with nothing sent, when there are too many. */
  async run(response: ServerResponse, holder: StreamHolder, streaming: Streaming): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort();
    this.#claim(holder, end);
    const beat = setInterval(() => write(response, ':\n\n'), this.#figures.beatMs);
    const look = setInterval(
      () => void holder.stillMay?.().then((may) => may || end(), end),
      this.#figures.lookAgainMs,
    );
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
      this.#release(holder, end);
    }
  }

  #claim(holder: StreamHolder, end: () => void): void {
    const { mostOfSession, mostOfUser, mostOfProcess, keptForPermitted } = this.#figures;
    const room = mostOfProcess - (holder.stillMay === null ? keptForPermitted : 0);
    const { session, person } = namesOf(holder);
    if (this.#count(session) >= mostOfSession || this.#count(person) >= mostOfUser || this.#ends.size >= room) {
      throw new Problem('too-many-streams', { retryAfterSeconds: 10 });
    }
    for (const name of [session, person]) this.#open.set(name, this.#count(name) + 1);
    this.#ends.add(end);
  }

  #release(holder: StreamHolder, end: () => void): void {
    for (const name of Object.values(namesOf(holder))) {
      const left = this.#count(name) - 1;
      if (left > 0) this.#open.set(name, left);
      else this.#open.delete(name);
    }
    this.#ends.delete(end);
  }

  #count(name: string): number {
    return this.#open.get(name) ?? 0;
  }
}

function namesOf({ ref, userId }: StreamHolder) {
  return { session: `session ${ref}`, person: `person ${userId}` };
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
