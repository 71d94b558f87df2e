import { setTimeout as pause } from 'node:timers/promises';
import { parseRedisUrl, type RedisEndpoint } from '../config/redis-endpoint.js';
import type { Clock } from '../kernel/clock.js';
import { Deadlines, Waiting, withDeadline } from './deadline.js';
import type { Log } from './log.js';
import { openRedis, type RedisConnection } from './redis-connection.js';
import { redisFault } from './redis-fault.js';
import { redisIncarnation } from './redis-incarnation.js';
import { StoreRefusesWrites, StoreUnavailable } from './unavailable.js';

/** One command, and a key that says which node serves it. */
export interface RedisCommand {
  readonly key: string;
  readonly args: readonly string[];
}

/** What asks Redis. Replies are strings, whole numbers, null and arrays of these. */
export interface RedisSender {
  /**
   * Sends one command to the node that serves `key`. Rejects with StoreUnavailable at its deadline, or at once when Redis
   * is known to be away; with StoreRefusesWrites when it answers and will not write. Other reply errors pass through. A
   * write that met its deadline may still be carried out.
   */
  send(key: string, args: readonly string[]): Promise<unknown>;
  /** Sends many in one batch and answers in their order; rejects as one. They are not a transaction. */
  sendAll(commands: readonly RedisCommand[]): Promise<unknown[]>;
}

/** Brings back what Redis may have lost, through the sender it is given. When it rejects it is called again. */
export type IncarnationListener = (link: RedisSender) => Promise<void>;

/** Whether Redis can be asked, and since when it has refused to write (null: it does not). */
export interface RedisHealth {
  readonly reachable: boolean;
  readonly writesRefusedSinceMs: number | null;
}

/** The link to Redis: watched, bounded in time, and replaced by itself when it breaks. */
export interface RedisLink extends RedisSender {
  /**
   * Has the listener called before the link is used again after Redis may have lost data: another run id, or an
   * incarnation key that is missing or different. It is called for the first connection too, at once when there is one.
   * Until it is done, `send` of everybody else rejects.
   */
  onIncarnation(listener: IncarnationListener): void;
  /** Looks only; sends nothing. */
  health(): RedisHealth;
  /** Ends the link. What is in flight is rejected. */
  close(): Promise<void>;
}

const probeKey = 'usher:write-probe';
const watchMs = 1000;
const probeMs = 700;
const retryMs = 100;
/** How long connectRedis waits for a Redis that is away before it leaves the rest to the watchdog. */
const firstWaitMs = 3000;

/**
 * Connects to Redis. Resolves when it can be asked, or after 3 s when it is away: then `health().reachable` is false and
 * the link keeps trying. Rejects only when the URL is malformed. `deadlineMs` (300) bounds every command.
 */
export async function connectRedis(options: {
  url: string;
  log: Log;
  clock: Clock;
  deadlineMs?: number | undefined;
}): Promise<RedisLink> {
  const link = new WatchedLink(parseRedisUrl(options.url), options.log, options.clock, options.deadlineMs ?? 300);
  await link.begin(firstWaitMs);
  return link;
}

class WatchedLink implements RedisLink {
  /** Set exactly while everybody may send. */
  #open: RedisConnection | null = null;
  #ended = false;
  #replies = 0;
  readonly #deadlines: Deadlines;
  #wake: () => void = () => {};
  #seen = '';
  #writesRefusedSinceMs: number | null = null;
  #refusedKey = '';
  #loop: Promise<void> = Promise.resolve();
  readonly #listeners: IncarnationListener[] = [];
  /** Listeners that have not been done since data may have been lost. */
  readonly #due = new Set<IncarnationListener>();

  constructor(
    readonly endpoint: RedisEndpoint,
    readonly log: Log,
    readonly clock: Clock,
    deadlineMs: number,
  ) {
    this.#deadlines = new Deadlines(deadlineMs);
  }

  send(key: string, args: readonly string[]): Promise<unknown> {
    const connection = this.#open;
    if (connection === null) return Promise.reject(new StoreUnavailable('redis'));
    return this.#bounded(connection.command(key, args), key);
  }

  sendAll(commands: readonly RedisCommand[]): Promise<unknown[]> {
    const connection = this.#open;
    if (connection === null) return Promise.reject(new StoreUnavailable('redis'));
    return this.#batch(connection, commands);
  }

  #batch(connection: RedisConnection, commands: readonly RedisCommand[]): Promise<unknown[]> {
    return this.#bounded(
      Promise.all(commands.map(({ key, args }) => connection.command(key, args))),
      commands[0]?.key ?? '',
    );
  }

  onIncarnation(listener: IncarnationListener): void {
    this.#listeners.push(listener);
    this.#due.add(listener);
    this.#open = null;
    this.#wake();
  }

  health(): RedisHealth {
    return { reachable: this.#open !== null, writesRefusedSinceMs: this.#writesRefusedSinceMs };
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#open = null;
    this.#wake();
    await this.#loop;
  }

  /** Starts the watchdog and waits until the link is open, `ms` at most. */
  begin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#loop = this.#keep(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** The hot path: no timer of its own, no async function, one promise of our own. */
  #bounded<Answer>(work: Promise<Answer>, key: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const before = this.#replies;
      const waiting = new Waiting(() => this.#late(before, reject));
      this.#deadlines.add(waiting);
      work.then(
        (answer) => {
          this.#deadlines.remove(waiting);
          this.#replies++;
          resolve(answer);
        },
        (error: unknown) => {
          this.#deadlines.remove(waiting);
          this.#replies++;
          reject(this.#meaning(error, key));
        },
      );
    });
  }

  #late(repliesBefore: number, reject: (error: Error) => void): void {
    reject(new StoreUnavailable('redis'));
    // Nothing at all has come back meanwhile: do not wait for the next round to look.
    if (this.#replies === repliesBefore) this.#wake();
  }

  #meaning(error: unknown, key: string): unknown {
    const fault = redisFault(error);
    if (fault instanceof StoreRefusesWrites) {
      this.#refusedKey = key;
      this.#writesRefusedSinceMs ??= this.clock.nowMs();
    }
    return fault;
  }

  /** Opens a connection and serves it until it is lost, again and again. */
  async #keep(opened: () => void): Promise<void> {
    let quiet = false;
    while (!this.#ended) {
      try {
        const connection = await openRedis(this.endpoint);
        try {
          await this.#serve(connection, () => {
            if (quiet) this.log.info('Redis is back');
            quiet = false;
            opened();
          });
        } finally {
          this.#open = null;
          connection.end();
        }
      } catch (error) {
        // Said once for each time it goes away, not ten times a second.
        if (!quiet) this.log.error({ err: error }, 'Redis is away');
        quiet = true;
      }
      if (!this.#ended) await pause(retryMs);
    }
  }

  async #serve(connection: RedisConnection, opened: () => void): Promise<void> {
    let lost: Error | null = null;
    connection.onLost((cause) => {
      lost = cause;
      this.#open = null;
      this.#wake();
    });
    while (!this.#ended) {
      const woken = this.#rest();
      await this.#look(connection);
      if (lost !== null) throw lost;
      if (this.#due.size === 0 && !this.#ended && this.#open === null) {
        this.#open = connection;
        opened();
      }
      await woken;
      if (lost !== null) throw lost;
    }
  }

  /** Resolves when it is time to look again, or when something calls for it. */
  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, watchMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One look: does it answer, is it the same one, does it write? Rejects when the connection has to be replaced. */
  async #look(connection: RedisConnection): Promise<void> {
    const late = () => new StoreUnavailable('redis');
    const seen = await withDeadline(redisIncarnation(connection), probeMs, late);
    if (seen !== this.#seen) {
      if (this.#seen !== '') this.log.warn('Redis is another one or has lost its data; bringing it up to date');
      this.#seen = seen;
      for (const listener of this.#listeners) this.#due.add(listener);
    }
    if (this.#due.size > 0) await this.#catchUp(connection);
    if (this.#writesRefusedSinceMs !== null) await withDeadline(this.#probeWrites(connection), probeMs, late);
  }

  async #catchUp(connection: RedisConnection): Promise<void> {
    this.#open = null;
    const own: RedisSender = {
      send: (key, args) => this.#bounded(connection.command(key, args), key),
      sendAll: (commands) => this.#batch(connection, commands),
    };
    for (const listener of [...this.#due]) {
      try {
        await listener(own);
        this.#due.delete(listener);
      } catch (error) {
        this.log.error({ err: error }, 'Redis could not be brought up to date yet');
        return;
      }
    }
  }

  async #probeWrites(connection: RedisConnection): Promise<void> {
    // Under the refused key's own hash tag, so that in a cluster the node that refused is asked.
    const key = probeKey + (/\{[^}]+\}/.exec(this.#refusedKey)?.[0] ?? '');
    try {
      await connection.command(key, ['SET', key, '1', 'PX', '1000']);
      this.#writesRefusedSinceMs = null;
      this.log.info('Redis writes again');
    } catch (error) {
      if (!(redisFault(error) instanceof StoreRefusesWrites)) throw error;
    }
  }
}
