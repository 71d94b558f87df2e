import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventStreams } from '../../src/http/event-streams.js';
import type { Streaming } from '../../src/kernel/route.js';
import { EventReader } from '../support/event-reader.js';

const untilOver: Streaming = (_send, over) =>
  new Promise((resolve) => over.addEventListener('abort', () => resolve(null), { once: true }));

let stopping: AbortController;
let server: Server;
let may: () => Promise<boolean>;
let failures: unknown[];

beforeEach(() => {
  stopping = new AbortController();
  may = async () => true;
  failures = [];
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Serves a stream to whoever comes; answers once it is over. */
async function serve(streaming: Streaming, over: (response: ServerResponse) => void = () => {}): Promise<number> {
  const few = { mostOfSession: 5, mostOfUser: 7, mostOfProcess: 12, keptForPermitted: 2 };
  const streams = new EventStreams(stopping.signal, { beatMs: 50, lookAgainMs: 50, ...few });
  server = createServer((request, response) => {
    const [, userId = '', ref = '', whose = ''] = (request.url ?? '').split('/');
    const holder = { ref, userId, stillMay: whose === 'own' ? null : () => may() };
    streams.run(response, holder, streaming).then(
      () => over(response),
      (error) => {
        failures.push(error);
        response.destroy();
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('event streams', () => {
  it('are never silent', async () => {
    const reader = await EventReader.open(await serve(untilOver), '/', {});
    await reader.until(() => reader.beats >= 3, 2000);
    reader.close();
  });

  it.each<[string, () => Promise<boolean>]>([
    ['may no longer', async () => false],
    ['cannot be looked up', async () => Promise.reject(new Error('away'))],
  ])('end when their holder %s', async (_what, answer) => {
    const reader = await EventReader.open(await serve(untilOver), '/', {});
    await pause(120);
    expect(reader.ended).toBe(false);
    may = answer;
    await reader.until(() => reader.ended, 1000);
  });

  it.each<[string, () => Promise<boolean>]>([
    ['may no longer', async () => false],
    ['cannot be looked up', async () => Promise.reject(new Error('away'))],
  ])('that look themselves are not asked whether their holder %s', async (_what, answer) => {
    const reader = await EventReader.open(await serve(untilOver), '/anna/1/own', {});
    may = answer;
    await pause(300);
    expect([reader.status, reader.ended]).toEqual([200, false]);
    reader.close();
  });

  it('are few for a session, for a person, and for a process, which keeps room for those with a permission', async () => {
    const port = await serve(untilOver);
    const readers: EventReader[] = [];
    const opened = async (path: string, times: number) => {
      for (let i = 0; i < times; i += 1) {
        try {
          readers.push(await EventReader.open(port, path, {}));
        } catch {
          return i;
        }
      }
      return times;
    };
    expect(await opened('/anna/1/own', 6)).toBe(5);
    expect(await opened('/anna/2/own', 6)).toBe(2);
    expect(await opened('/anna/3/staff', 6)).toBe(0);
    expect(await opened('/ben/4/own', 6)).toBe(3);
    expect(await opened('/clara/5/staff', 6)).toBe(2);
    expect(failures).toEqual(failures.map(() => expect.objectContaining({ slug: 'too-many-streams' })));
    for (const reader of readers) reader.close();
    await pause(200);
    expect(await opened('/ben/6/own', 5)).toBe(5);
    for (const reader of readers) reader.close();
  });

  it('tell their source when the reader has left, and count it no longer', async () => {
    let over = 0;
    const port = await serve(untilOver, () => {
      over += 1;
    });
    for (let turn = 1; turn <= 7; turn += 1) {
      const reader = await EventReader.open(port, '/', {});
      reader.close();
      await reader.until(() => over === turn, 1000);
    }
    expect(failures).toEqual([]);
  });

  it('let a reader go that does not read, instead of keeping everything for it', async () => {
    let most = 0;
    let sent = 0;
    let gone: ServerResponse | null = null;
    const port = await serve(
      async (send, over) => {
        while (!over.aborted && sent < 20_000) {
          send({ name: 'notice', data: 'x'.repeat(10_000) });
          sent += 1;
          most = Math.max(most, server.listening ? sent : 0);
          if (sent % 20 === 0) await pause(1);
        }
      },
      (response) => {
        gone = response;
      },
    );
    const reader = await EventReader.open(port, '/', {});
    reader.answer.pause();
    await reader.until(() => gone !== null, 10_000);
    expect((gone as ServerResponse | null)?.destroyed).toBe(true);
    // What the kernel holds for both sides, and a quarter of a megabyte here.
    expect(sent).toBeLessThan(5_000);
    reader.close();
  });

  it('end at once when the server stops, and so do those that come then', async () => {
    const port = await serve(untilOver);
    const reader = await EventReader.open(port, '/', {});
    stopping.abort();
    await reader.until(() => reader.ended, 500);
    const late = await EventReader.open(port, '/', {});
    await late.until(() => late.ended, 500);
    expect(late.headers.connection).toBe('close');
  });

  it('keep an event on its lines, whatever it carries', async () => {
    const data = 'a\n\nevent: forged\r\ndata: 1\u2028';
    const port = await serve(async (send) => {
      send({ name: 'notice', id: '1', data });
      return null;
    });
    const reader = await EventReader.open(port, '/', {});
    await reader.until(() => reader.ended, 1000);
    expect(reader.events).toEqual([{ name: 'notice', id: '1', data }]);
  });
  it('send what a stream has to say at last, even when it is over', async () => {
    const port = await serve(async (send, over) => {
      await untilOver(send, over);
      send({ name: 'notice', data: 'unsaid' });
      return { name: 'ended', data: 1 };
    });
    const reader = await EventReader.open(port, '/', {});
    may = async () => false;
    await reader.until(() => reader.ended, 1000);
    expect(reader.events).toEqual([{ name: 'ended', id: null, data: 1 }]);
  });
});
