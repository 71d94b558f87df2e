import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.js';
import { Problem } from '../kernel/problem.js';
import { route } from '../kernel/route.js';
import type { Metrics } from '../platform/metrics.js';
import type { SessionStore } from '../sessions/store.js';
import { isLoopback } from './client-address.js';

/** Something the server cannot do without, and how to ask whether it is there. `missing` names it in `/health/ready`. */
export interface Probe {
  readonly missing: string;
  present(): boolean | Promise<boolean>;
}

/** Refused writes are survived for so long before other servers should take over. */
const patienceMs = 10_000;
/** A probe that does not answer in time counts as missing. */
const probeDeadlineMs = 1_000;

/** The probes of the session store: whether it answers, and whether it has refused writes for no more than 10 s. */
export function storeProbes(store: Pick<SessionStore, 'health'>, clock: Clock): Probe[] {
  return [
    { missing: 'redis', present: () => store.health().reachable },
    {
      missing: 'redis-writes',
      present: () => {
        const since = store.health().writesRefusedSinceMs;
        return since === null || clock.nowMs() - since < patienceMs;
      },
    },
  ];
}

/** Whether the server should be sent requests. */
export class Readiness {
  readonly #probes: readonly Probe[];
  readonly #stopping = new AbortController();

  constructor(probes: readonly Probe[]) {
    this.#probes = probes;
  }

  /** From now on the server is not ready: it is about to stop. */
  drain(): void {
    this.#stopping.abort();
  }

  /** Whether the server is about to stop. */
  get draining(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Aborted when the server is about to stop: for what would go on as long as somebody listens. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The names of what is missing, empty when the server is ready. A probe that throws or hangs is missing. */
  async missing(): Promise<string[]> {
    const found = await Promise.all(this.#probes.map(async (probe) => ((await holds(probe)) ? [] : [probe.missing])));
    return [...(this.draining ? ['draining'] : []), ...found.flat()];
  }
}

async function holds(probe: Probe): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), probeDeadlineMs);
  });
  try {
    return await Promise.race([Promise.resolve(probe.present()), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** `/health/live`, `/health/ready` and `/metrics`. */
export function healthRoutes(options: {
  readiness: Readiness;
  metrics: Pick<Metrics, 'text' | 'contentType'>;
  metricsToken: string | null;
}) {
  const { readiness, metrics, metricsToken } = options;
  return [
    route({
      method: 'GET',
      path: '/health/live',
      permission: 'public',
      summary: 'Whether the process answers',
      input: {},
      replies: { 200: z.object({ status: z.literal('ok') }) },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),
    route({
      method: 'GET',
      path: '/health/ready',
      permission: 'public',
      summary: 'Whether the server should be sent requests, and what is missing if not',
      input: {},
      replies: { 200: readyReply, 503: readyReply },
      handle: async () => {
        const missing = await readiness.missing();
        return missing.length === 0
          ? { status: 200, body: { status: 'ok', missing } }
          : { status: 503, body: { status: 'not-ready', missing } };
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      permission: 'public',
      summary:
        'Counters and timings in the Prometheus text format; for loopback, or with METRICS_TOKEN as bearer token',
      input: {},
      replies: { 200: null },
      problems: ['not-signed-in', 'not-found'],
      handle: async ({ caller }) => {
        // Behind a proxy on this host every peer is loopback; the header tells that it speaks for somebody else.
        const local = isLoopback(caller.address) && caller.header('x-forwarded-for') === undefined;
        if (!local && !isBearer(caller.header('authorization'), metricsToken)) {
          throw new Problem(metricsToken === null ? 'not-found' : 'not-signed-in');
        }
        return { status: 200, headers: { 'Content-Type': metrics.contentType }, body: await metrics.text() };
      },
    }),
  ];
}

const readyReply = z.object({ status: z.enum(['ok', 'not-ready']), missing: z.array(z.string()) });

/** Compares digests, so that neither length nor content can be told from the time it takes. */
function isBearer(header: string | undefined, token: string | null): boolean {
  if (header === undefined || token === null) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${token}`));
}
