import { monotonicMs } from '../kernel/clock.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { Exchange } from './exchange.js';

/** The status of an answer nobody waited for, in logs and metrics only. */
const clientGone = 499;

/** Writes one line and counts one observation per answer, the same for both doors. */
export class AccessLog {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'http'>;

  constructor(log: Log, metrics: Pick<Metrics, 'http'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /**
   * Records an answer. Session checks that went well are logged at `debug`, answers of 500 and above at `error`, all others
   * at `info`. The line names the route's pattern, never the address that was asked for. `gone`: the client did not wait
   * for the answer.
   */
  record(exchange: Exchange, method: string, answered: number, gone: boolean): void {
    const status = gone ? clientGone : answered;
    const ms = monotonicMs() - exchange.startedAtMs;
    this.#metrics.http.observe(method, exchange.routePath, status, ms / 1000);
    const level = status >= 500 ? 'error' : status < 400 && isCheck(exchange.routePath) ? 'debug' : 'info';
    if (!this.#log.isLevelEnabled(level)) return;
    const { caller, checked } = exchange;
    const live = checked?.kind === 'live' ? checked : null;
    this.#log[level](
      {
        requestId: exchange.requestId,
        method,
        route: exchange.routePath,
        status,
        ms: Math.round(ms * 1000) / 1000,
        address: caller.address,
        ...(live === null ? {} : { ref: live.session.ref, userId: userIdIn(live.snapshot.person) }),
      },
      'answered',
    );
  }

  /** Records a fault of this server with its stack; the answer's line follows by itself. */
  fault(exchange: Exchange, error: unknown): void {
    this.#log.error({ requestId: exchange.requestId, route: exchange.routePath, err: error }, 'a request failed');
  }
}

function isCheck(routePath: string): boolean {
  return routePath === '/auth/session' || routePath === '/auth/verify';
}

/** The id in a person's JSON text, which begins with it; null when it does not. */
function userIdIn(person: string): string | null {
  return /^\{"id":"([0-9a-f-]{36})"/.exec(person)?.[1] ?? null;
}
