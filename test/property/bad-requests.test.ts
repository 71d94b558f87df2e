import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { abreast } from '../../src/kernel/abreast.js';
import { FuzzLab, newAddress } from '../support/fuzz-lab.js';
import { Guest } from '../support/guest.js';
import { routeCalls } from '../support/route-calls.js';
import { firefox } from '../support/web-lab.js';
import { badBytes } from './bad-bytes.js';
import { answersIn, faultsOf } from './sound-answer.js';
import { type BadRequest, badRequests } from './spoiling.js';
import { spoil } from './spoilt-request.js';

/** `USHER_SEED` replays a run; `USHER_LONG` makes it five times longer. */
const seed = Number(process.env['USHER_SEED'] ?? Date.now() % 1_000_000_000);
const count = process.env['USHER_LONG'] === undefined ? 20_000 : 100_000;
const batch = 200;
/** So few that none waits for others until its time is over. */
const sentAtOnce = 40;

let lab: FuzzLab;
let routes: [name: string, call: (typeof routeCalls)[string]][];
const reached = new Map<string, number>();

beforeAll(async () => {
  lab = await FuzzLab.open();
  const { json } = await lab.client.ask('GET', '/openapi.json');
  const names = Object.entries<object>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  routes = names.sort().map((name) => {
    const call = routeCalls[name];
    assert.ok(call !== undefined, `there is a good call to spoil of ${name}`);
    return [name, call];
  });
}, 60_000);

afterAll(() => lab?.close());

/** Sends one bad request. Throws what is wrong with its answer. */
async function send({ pick, actor, spoilings }: BadRequest): Promise<void> {
  const [name, call] = routes[pick % routes.length] ?? ['', () => ({ status: 0, path: '/' })];
  const guest = lab.guests.get(actor) ?? Guest.nobody(lab.client);
  const request = spoil(name.split(' ')[0] ?? 'GET', call(lab.subject), guest, newAddress(), spoilings);
  const answer = await lab.client
    .send(request.method, request.path, request.headers, request.body)
    .catch((error: Error) => ({
      status: 0,
      headers: {},
      text: `${error.message}: ${String(error.cause)}`,
      json: undefined,
    }));
  // Of a head that cannot be parsed the server does not know that it is a HEAD's, which may be sent no body.
  if (answer.status === 0 && request.method === 'HEAD' && answer.text.startsWith('Parse Error: Data after')) return;
  const faults =
    answer.status === 0 ? ['was not answered'] : faultsOf({ ...answer, bodiless: request.method === 'HEAD' });
  if (faults.length > 0) {
    const sent = [`${request.method} ${request.path}`, request.headers.join(' | '), request.body?.toString() ?? ''];
    const shown = [...sent, String(answer.status), answer.text].map((part) => part.slice(0, 1500)).join('\n');
    throw new Error(
      `as ${actor}, ${name} spoilt by ${JSON.stringify(spoilings).slice(0, 1500)}: ${faults.join(', ')}\n${shown}`,
    );
  }
  const said = answer.json?.type ?? '';
  if (!/not-signed-in|session-ended|cross-site|forbidden|different-client/.test(said))
    reached.set(name, (reached.get(name) ?? 0) + 1);
}

/** Now and then many want the same row: whoever waits longest for it is told to come again. */
const isToldToComeAgain = (line: string) => /"status":503,.*"msg":"answered"/.test(line);

async function nothingBroke(): Promise<void> {
  expect(lab.runs).toBe(true);
  const { polluted, errors } = await lab.report();
  expect({ polluted, errors: errors.filter((line) => !isToldToComeAgain(line)) }).toEqual({ polluted: [], errors: [] });
  expect(errors.length).toBeLessThanOrEqual(count / 1_000);
}

describe('bad requests', () => {
  it(`are answered with a problem of the catalogue, ${count} of ${count} (USHER_SEED=${seed})`, async () => {
    const batches = fc.array(badRequests(), { minLength: batch, maxLength: batch, size: 'max' });
    const property = fc.asyncProperty(batches, async (requests) => {
      await lab.renew();
      await abreast(requests, sentAtOnce, send);
      assert.ok(lab.runs, 'the server runs');
    });
    const run = await fc.check(property, { numRuns: count / batch, seed, endOnFailure: true });
    // The counterexample is a whole batch; the error names the one request in it.
    if (run.failed) throw run.errorInstance;
    await nothingBroke();
    // The faults are spread over the whole of a request: none of them may keep the others from what is behind.
    expect(routes.map(([name]) => name).filter((name) => (reached.get(name) ?? 0) < 20)).toEqual([]);
  }, 1_800_000);

  it('that are no HTTP are answered with a problem or not at all', async () => {
    await lab.renew();
    const head = `Authorization: ${lab.guests.get('admin')?.headers['authorization']}\r\nUser-Agent: ${firefox}\r\n`;
    const targets = ['/auth/session', '/auth/session/data', '/auth/login', '/admin/api/users?limit=1', '/health/live'];
    const faults: string[] = [];
    for (const target of targets) {
      await Promise.all(
        badBytes(target, head).map(async ([what, bytes]) => {
          const received = await lab.client.raw(Buffer.from(bytes, 'latin1'), { half: true });
          for (const answer of answersIn(received)) {
            const found = faultsOf({ ...answer, bodiless: false });
            if (found.length > 0) faults.push(`${what} to ${target}: ${found.join(', ')}`);
          }
        }),
      );
    }
    expect(faults).toEqual([]);
    await nothingBroke();
  }, 60_000);

  it('behind a good one neither take its answer nor add one to it', async () => {
    const head = `Host: a\r\nConnection: close\r\nAuthorization: ${lab.guests.get('admin')?.headers['authorization']}\r\nUser-Agent: ${firefox}\r\n`;
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${head}\r\n`;
    const received = await Promise.all(
      ['/auth/session', '/auth/session/data', '/admin/api/users'].map((path) =>
        lab.client.raw(Buffer.from(`${get(path)}\0\0\r\n\r\n`, 'latin1')),
      ),
    );
    expect(received.map((text) => answersIn(text).map(({ status }) => status))).toEqual([[200], [200], [200]]);
  });

  it('with more headers than are read are refused, so that none a proxy has added is lost among them', async () => {
    const junk = Object.fromEntries(Array.from({ length: 110 }, (_, i) => [`x-junk-${i}`, '1']));
    const headers = { ...junk, 'x-forwarded-for': '192.0.2.1' };
    for (const path of ['/metrics', '/auth/session', '/auth/seat']) {
      expect([path, (await lab.client.ask('GET', path, { headers })).status]).toEqual([path, 400]);
    }
  });

  it('leave a server that signs people in', async () => {
    const account = await lab.world.account();
    await lab.world.join(lab.subject.licenceId, account);
    const guest = await lab.world.enter(account);
    expect((await guest.ask('GET', '/auth/session')).status).toBe(200);
    expect((await guest.ask('POST', '/auth/logout')).status).toBe(204);
    await nothingBroke();
  });
});
