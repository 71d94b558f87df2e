import { monotonicMs } from '../kernel/clock.js';
import type { Metrics } from './metrics.js';
import type { RedisLink } from './redis.js';
import { RedisScript } from './redis-script.js';

/** A script of which one run in so many is timed, so that what runs with every check does not pay for it. */
export class TimedScript extends RedisScript {
  readonly #metrics: Pick<Metrics, 'scriptRun'>;
  readonly #every: number;
  #left: number;

  constructor(script: RedisScript, metrics: Pick<Metrics, 'scriptRun'>, every: number) {
    super(script.name, script.text);
    this.#metrics = metrics;
    this.#every = every;
    this.#left = every;
  }

  override runKnown(link: Pick<RedisLink, 'send'>, key: string, args: readonly string[]): Promise<unknown> {
    this.#left -= 1;
    if (this.#left > 0) return super.runKnown(link, key, args);
    this.#left = this.#every;
    const began = monotonicMs();
    const answer = super.runKnown(link, key, args);
    // One that fails tells nothing about how long the script takes.
    answer.then(
      () => this.#metrics.scriptRun(this.name, (monotonicMs() - began) / 1000),
      () => {},
    );
    return answer;
  }
}
