import type { IncomingMessage } from 'node:http';
import { Problem } from '../kernel/problem.js';
import type { Metrics } from '../platform/metrics.js';
import type { Checked, SessionCheck } from '../sessions/check.js';
import { isResumable } from '../sessions/session.js';
import { type Exchange, exchangeOf } from './exchange.js';

/** Runs the one check of a request and keeps what it found, so that whoever asks again gets the same answer. */
export class Principal {
  readonly #check: Pick<SessionCheck, 'check'>;
  readonly #metrics: Pick<Metrics, 'sessionChecked'>;

  constructor(check: Pick<SessionCheck, 'check'>, metrics: Pick<Metrics, 'sessionChecked'>) {
    this.#check = check;
    this.#metrics = metrics;
  }

  /** `background`: the session does not slide for it. Throws StoreUnavailable when the store does not answer. */
  async of(request: IncomingMessage, background?: boolean): Promise<Checked> {
    const exchange = exchangeOf(request);
    return exchange.checked ?? this.found(exchange, await this.ask(request, background));
  }

  /** Runs the check. What it finds is to be handed to `found`. */
  ask({ headers }: IncomingMessage, background?: boolean): Promise<Checked> {
    return this.#check.check({
      authorization: headers.authorization,
      cookie: headers.cookie,
      userAgent: headers['user-agent'] ?? '',
      background: background ?? headers['x-background'] === '1',
    });
  }

  /** Keeps and counts what a check has found. */
  found(exchange: Exchange, checked: Checked): Checked {
    exchange.checked = checked;
    this.#metrics.sessionChecked(checked.kind);
    return checked;
  }
}

/** The problem a caller without a live session is answered with. */
export function refusalOf(checked: Exclude<Checked, { kind: 'live' }>): Problem {
  if (checked.kind === 'other-client') return new Problem('different-client');
  // Nobody was ever signed in by a session that was not claimed.
  if (checked.kind === 'anonymous' || checked.reason === 'unclaimed') return new Problem('not-signed-in');
  const { reason, message } = checked;
  return new Problem('session-ended', {
    reason,
    ...(message === null ? {} : { message }),
    resumable: isResumable(reason),
  });
}
