import type { UserId } from '../kernel/ids.js';
import type { RedisChannel } from '../platform/redis-channel.js';
import type { SessionRef } from './session-id.js';

/** Of whose sessions in a tag something has changed: those of the handles, or those of a user. */
export type Whose = { readonly handles: readonly string[] } | { readonly userId: UserId };

/** A session somebody wants to hear of. */
export interface Heard extends SessionRef {
  readonly userId: UserId;
}

/** How many handles one message names: what is said stays short. */
const mostHandles = 200;

/**
 * Tells the processes of this server that sessions have ended or been refreshed, so that their streams look at once. A message
 * says where to look, never what is there: one that is lost, late or forged costs a look and no more.
 */
export class SessionNews {
  readonly #channel: Pick<RedisChannel, 'say' | 'listen' | 'stop'>;
  readonly #byHandle = new Map<string, Set<() => void>>();
  readonly #byUser = new Map<string, Set<() => void>>();
  readonly #ofAll = new Set<(tag: string) => void>();

  constructor(channel: Pick<RedisChannel, 'say' | 'listen' | 'stop'>) {
    this.#channel = channel;
  }

  /** Starts to listen to the other processes. */
  start(): void {
    this.#channel.listen((text) => this.#take(text));
  }

  /** Listens no more. */
  stop(): Promise<void> {
    return this.#channel.stop();
  }

  /** Tells every process. Never throws and waits for nothing. */
  tell(tag: string, whose: Whose): void {
    if ('userId' in whose) {
      this.#channel.say(`u ${tag} ${whose.userId}`);
      return;
    }
    for (let from = 0; from < whose.handles.length; from += mostHandles) {
      this.#channel.say(`h ${tag} ${whose.handles.slice(from, from + mostHandles).join(' ')}`);
    }
  }

  /** Calls `wake` whenever something may have happened to the session, until the answer is called. */
  follow({ tag, handle, userId }: Heard, wake: () => void): () => void {
    const places = [
      [this.#byHandle, `${tag} ${handle}`],
      [this.#byUser, `${tag} ${userId}`],
    ] as const;
    for (const [map, key] of places) map.set(key, (map.get(key) ?? new Set()).add(wake));
    return () => {
      for (const [map, key] of places) {
        const left = map.get(key);
        left?.delete(wake);
        if (left?.size === 0) map.delete(key);
      }
    };
  }

  /** Calls `wake` with the tag whenever something may have happened to any session, until the answer is called. */
  followAll(wake: (tag: string) => void): () => void {
    this.#ofAll.add(wake);
    return () => void this.#ofAll.delete(wake);
  }

  #take(text: string): void {
    const [kind, tag = '', ...names] = text.split(' ');
    for (const wake of this.#ofAll) wake(tag);
    const map = kind === 'u' ? this.#byUser : this.#byHandle;
    for (const name of names) for (const wake of map.get(`${tag} ${name}`) ?? []) wake();
  }
}
