import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { RoutePermission } from '../../src/access/permissions.js';
import { createApp } from '../../src/http/app.js';
import { Readiness, storeProbes } from '../../src/http/health.js';
import { createServer, type WebServer } from '../../src/http/server.js';
import type { Actor } from '../../src/kernel/actor.js';
import { type Route, route } from '../../src/kernel/route.js';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';

const servers: WebServer[] = [];
const log = createLog({ level: 'silent' });

function options(routes: readonly Route<RoutePermission>[] = [], readiness = new Readiness([])) {
  return {
    config: {
      PUBLIC_URL: 'http://127.0.0.1:3000',
      CORS_ORIGINS: [],
      TRUST_PROXY: null,
      SESSION_SECRETS: ['a secret of the tests, long enough'],
      METRICS_TOKEN: 'a token of the tests',
      secure: false,
    },
    log,
    metrics: createMetrics(),
    check: {
      check: async () => ({ kind: 'anonymous' }) as const,
      view: () => '{}',
      actor: (): Actor => {
        throw new Error('nobody is signed in here');
      },
    },
    store: { saveData: async () => ({ kind: 'unknown' }) as const, close: async () => ({ closed: [], more: false }) },
    readiness,
    routes,
  };
}

async function started(
  routes?: readonly Route<RoutePermission>[],
  readiness?: Readiness,
): Promise<[WebServer, number]> {
  const server = createServer(options(routes, readiness));
  servers.push(server);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  if (typeof address === 'string') throw new Error('expected a port');
  return [server, address.port];
}

const slow = route({
  method: 'GET',
  path: '/test/slow',
  permission: 'public',
  summary: 'Takes a while',
  input: { query: z.object({ ms: z.coerce.number() }) },
  replies: { 200: null },
  handle: async ({ query }) => {
    await pause(query.ms);
    return { status: 200, body: {} };
  },
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop(100)));
});

describe('the server', () => {
  it('gives Express requests and responses whose prototypes it need not change', async () => {
    const changed: unknown[] = [];
    const { setPrototypeOf } = Object;
    const [, port] = await started();
    await fetch(`http://127.0.0.1:${port}/health/live`);
    Object.setPrototypeOf = (target: object, prototype: object | null) => {
      if (Object.getPrototypeOf(target) !== prototype) changed.push(target);
      return setPrototypeOf(target, prototype);
    };
    try {
      expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    } finally {
      Object.setPrototypeOf = setPrototypeOf;
    }
    const below24 = Number.parseInt(process.versions.node, 10) < 24;
    expect(changed.filter((target) => 'httpVersion' in Object(target) || 'statusCode' in Object(target))).toHaveLength(
      below24 ? 0 : 2,
    );
  });

  it('says that a port is taken', async () => {
    const [, port] = await started();
    const second = createServer(options());
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('refuses to be built from two routes for the same requests', () => {
    const one = { ...slow, path: '/test/:a' };
    expect(() => createApp(options([one, { ...slow, path: '/test/:b' }]))).toThrow('Two routes answer GET /test/:');
  });

  it('finishes what is in flight when it stops, closes its connections and takes no new ones', async () => {
    const readiness = new Readiness([]);
    const [server, port] = await started([slow], readiness);
    const idle = connect(port, '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    const inFlight = fetch(`http://127.0.0.1:${port}/test/slow?ms=300`);
    await pause(100);
    const stopped = server.stop();
    expect(await readiness.missing()).toEqual(['draining']);
    const answer = await inFlight;
    expect(answer.status).toBe(200);
    await stopped;
    await idleClosed;
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });

  it('does not wait for ever', async () => {
    const [server, port] = await started([slow]);
    const hanging = fetch(`http://127.0.0.1:${port}/test/slow?ms=1200`).catch(() => 'cut off');
    await pause(100);
    const before = performance.now();
    await server.stop(200);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(await hanging).toBe('cut off');
  });

  it('tells clients to leave while it drains', async () => {
    const readiness = new Readiness([]);
    const [, port] = await started([], readiness);
    readiness.drain();
    for (const path of ['/auth/session', '/health/ready']) {
      expect((await fetch(`http://127.0.0.1:${port}${path}`)).headers.get('connection')).toBe('close');
    }
  });
});

describe('health', () => {
  it('names what is missing; what hangs or throws is missing', async () => {
    const readiness = new Readiness([
      { missing: 'a', present: () => true },
      { missing: 'b', present: () => false },
      { missing: 'c', present: () => Promise.reject(new Error('gone')) },
      { missing: 'd', present: () => new Promise(() => undefined) },
    ]);
    const [, port] = await started([], readiness);
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not-ready', missing: ['b', 'c', 'd'] }]);
    const live = await fetch(`http://127.0.0.1:${port}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('survives refused writes for ten seconds', async () => {
    const health = { reachable: true, writesRefusedSinceMs: 1_000 };
    let nowMs = 10_999;
    const readiness = new Readiness(storeProbes({ health: () => health }, { nowMs: () => nowMs }));
    expect(await readiness.missing()).toEqual([]);
    nowMs = 11_000;
    expect(await readiness.missing()).toEqual(['redis-writes']);
    health.reachable = false;
    expect(await readiness.missing()).toEqual(['redis', 'redis-writes']);
  });

  it('shows metrics to this host, and to others with the token only', async () => {
    const [, port] = await started();
    const status = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ 'x-forwarded-for': '127.0.0.1' })).toBe(401);
    expect(await status({ 'x-forwarded-for': '192.0.2.1', authorization: 'Bearer wrong' })).toBe(401);
    expect(await status({ 'x-forwarded-for': '192.0.2.1', authorization: 'Bearer a token of the tests' })).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  it('names every route with its inputs, replies and problems', async () => {
    const [, port] = await started([slow]);
    const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    const document = z.looseObject({ components: z.any() }).parse(await answer.json());
    expect(document).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/test/slow': { get: { parameters: [{ name: 'ms', in: 'query', required: true }], security: [] } },
        '/problems/{slug}': { get: { parameters: [{ name: 'slug', in: 'path', required: true }] } },
        '/openapi.json': { get: {} },
        '/health/ready': { get: { responses: { 503: {} } } },
      },
    });
    expect(document.components.schemas['no-seat-free'].properties.status).toEqual({ const: 409 });
  });
});
