import { setTimeout as pause } from 'node:timers/promises';
import { parseRedisUrl, type RedisEndpoint } from '../config/redis-endpoint.js';
import { withDeadline } from './deadline.js';
import type { Log } from './log.js';
import type { RedisLink } from './redis.js';
import { openSubscription, type RedisSubscription } from './redis-connection.js';
import { StoreUnavailable } from './unavailable.js';

/** How often a subscription is asked whether it still answers, how long that may take, and when another one is opened. */
const watchMs = 2_000;
const answerMs = 1_000;
const retryMs = 500;

/**
 * What the processes of a server tell each other at once, through one channel of Redis. Nothing said is kept: whoever does not
 * listen at that moment misses it, so that listeners have to look for themselves now and then.
 */
export class RedisChannel {
  readonly #name: string;
  readonly #endpoint: RedisEndpoint;
  readonly #link: Pick<RedisLink, 'send'>;
  readonly #log: Log;
  #listener: ((text: string) => void) | null = null;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  /** `url` is that of the link, which says things; listening needs a connection of its own. */
  constructor(options: { name: string; url: string; link: Pick<RedisLink, 'send'>; log: Log }) {
    this.#name = options.name;
    this.#endpoint = parseRedisUrl(options.url);
    this.#link = options.link;
    this.#log = options.log;
  }

  /** Says it to all who listen, this process among them. Never throws and waits for nothing. */
  say(text: string): void {
    // What is not said is found by those who look.
    this.#link.send(this.#name, ['PUBLISH', this.#name, text]).catch(() => {});
  }

  /** Listens from now on, through whatever connection there is, until `stop`. Called once. */
  listen(listener: (text: string) => void): void {
    this.#listener = listener;
    this.#loop = this.#keep();
  }

  /** Listens no more. */
  async stop(): Promise<void> {
    this.#listener = null;
    this.#wake();
    await this.#loop;
  }

  async #keep(): Promise<void> {
    let told = false;
    while (this.#listener !== null) {
      try {
        const subscription = await openSubscription(this.#endpoint, this.#name, (text) => this.#listener?.(text));
        told = false;
        await this.#serve(subscription);
      } catch (error) {
        // Said once for each time it goes away.
        if (!told) this.#log.warn({ err: error }, 'what other processes say cannot be heard at this moment');
        told = true;
      }
      if (this.#listener !== null) await pause(retryMs);
    }
  }

  async #serve(subscription: RedisSubscription): Promise<void> {
    let lost = false;
    subscription.onLost(() => {
      lost = true;
      this.#wake();
    });
    try {
      while (this.#listener !== null && !lost) {
        await this.#rest();
        if (this.#listener !== null && !lost) {
          await withDeadline(subscription.ping(), answerMs, () => new StoreUnavailable('redis'));
        }
      }
    } finally {
      subscription.end();
    }
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, watchMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
