import type { UserId } from '../kernel/ids.js';
import type { RedisSender } from '../platform/redis.js';
import {
  anySessionKey,
  clientsKey,
  epochField,
  eventsKey,
  overageKey,
  parseKey,
  policyKey,
  tagPrefix,
} from '../sessions/keys.js';
import { eventReply, UnexpectedReply } from '../sessions/replies.js';
import { formatRef, isTag } from '../sessions/session-id.js';
import type { SessionScripts } from '../sessions/session-scripts.js';

/** What Redis keeps of one session. Times in milliseconds, null for what is not there. */
export interface Kept {
  readonly tag: string;
  readonly handle: string;
  readonly ref: string;
  /** Whether there is a record, what is left of one, or nothing. */
  readonly record: 'live' | 'ended' | 'none';
  readonly userId: UserId | null;
  readonly epoch: number;
  /** The user's epoch in this tag. */
  readonly knownEpoch: number | null;
  readonly openedAtMs: number | null;
  readonly seatUntilMs: number | null;
  readonly listedAtMs: number | null;
  readonly uncountedUntilMs: number | null;
  readonly indexed: boolean;
  /** Whether filters find its client without its record. */
  readonly described: boolean;
  readonly reason: string | null;
  readonly endedAtMs: number | null;
  /** A record and a seat whose time is ahead: somebody is signed in by it. */
  readonly lives: boolean;
}

/** A handle in the index of a user to whom no live session of that name belongs. */
export interface Stray {
  readonly tag: string;
  readonly userId: UserId;
  readonly handle: string;
}

/** What one call told: `next` is the position to go on from, 0 at the end. */
export interface Told {
  readonly next: number;
  readonly rows: readonly Kept[];
  readonly strays: readonly Stray[];
}

/** Session keys of a tag, from a slice of the keyspace. */
export interface KeysOfTag {
  readonly tag: string;
  readonly handles: string[];
  readonly users: UserId[];
}

const scanSize = 1_000;
/** So many keys reach every master of a cluster of a usual size. */
const probes = 256;

/** Reads what lies in Redis of sessions, slice by slice, and writes nothing. Every method throws StoreUnavailable. */
export class Survey {
  readonly #link: RedisSender;
  readonly #scripts: Pick<SessionScripts, 'survey'>;

  constructor(link: RedisSender, scripts: Pick<SessionScripts, 'survey'>) {
    this.#link = link;
    this.#scripts = scripts;
  }

  /** All session keys there are, on every node, by tag. A key may come twice. */
  async *keys(): AsyncGenerator<KeysOfTag[]> {
    for (const node of await this.#nodes()) {
      let cursor = '0';
      do {
        const reply = await this.#link.send(node, ['SCAN', cursor, 'MATCH', anySessionKey, 'COUNT', String(scanSize)]);
        const [next, keys] = reply as [string, string[]];
        cursor = next;
        yield byTag(keys);
      } while (cursor !== '0');
    }
  }

  /**
   * What is kept of these sessions, what strays in the indexes of these users, what is kept of those of these that are described
   * and not listed, or what lacks something from a position on.
   */
  async ask(
    tag: string,
    about:
      | { handles?: readonly string[]; users?: readonly string[] }
      | { described: readonly string[] }
      | { from: number },
  ): Promise<Told> {
    const reply = await this.#scripts.survey.run(this.#link, tagPrefix(tag), [JSON.stringify(about)]);
    if (!Array.isArray(reply)) throw new UnexpectedReply('survey');
    const [now, next, rows, strays] = reply as [number, number, string[][], string[]];
    const found: Stray[] = [];
    for (let i = 0; i + 1 < strays.length; i += 2) {
      found.push({ tag, userId: strays[i] as UserId, handle: strays[i + 1] ?? '' });
    }
    return { next, rows: rows.map((row) => keptOf(tag, row, now)), strays: found };
  }

  /** What the tag decides by: the fields of its policy and the epochs of users, slice by slice. */
  policy(tag: string): AsyncGenerator<[field: string, value: string][]> {
    return this.#fields(tag, policyKey(tag));
  }

  /** The handles of which the tag knows the client apart from their records, slice by slice. */
  async *described(tag: string): AsyncGenerator<string[]> {
    for await (const fields of this.#fields(tag, clientsKey(tag))) yield fields.map(([handle]) => handle);
  }

  async *#fields(tag: string, key: string): AsyncGenerator<[field: string, value: string][]> {
    let cursor = '0';
    do {
      const reply = await this.#link.send(tagPrefix(tag), ['HSCAN', key, cursor, 'COUNT', String(scanSize)]);
      const [next, flat] = reply as [string, string[]];
      cursor = next;
      const fields: [string, string][] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) fields.push([flat[i] ?? '', flat[i + 1] ?? '']);
      yield fields;
    } while (cursor !== '0');
  }

  /** The epochs the tag knows of these users, in their order; null where it knows none. */
  async epochs(tag: string, users: readonly UserId[]): Promise<(number | null)[]> {
    const reply = await this.#link.send(tagPrefix(tag), ['HMGET', policyKey(tag), ...users.map(epochField)]);
    return (reply as (string | null)[]).map((text) => (text === null ? null : Number(text)));
  }

  /** The days, since 1970, on which the tag remembers to have admitted more than it has seats. */
  async overageDays(tag: string): Promise<number[]> {
    const reply = await this.#link.send(tagPrefix(tag), ['ZRANGE', overageKey(tag), '0', '-1']);
    return (reply as string[]).map(Number);
  }

  /** The ids of the events that have not reached Postgres. */
  async waiting(tag: string): Promise<Set<string>> {
    const ids = new Set<string>();
    let from = '-';
    for (;;) {
      const range = ['XRANGE', eventsKey(tag), from, '+', 'COUNT', String(scanSize)];
      const entries = (await this.#link.send(tagPrefix(tag), range)) as [string, string[]][];
      for (const [, flat] of entries) ids.add(eventReply(tag, flat).id);
      const last = entries.at(-1);
      if (last === undefined) return ids;
      from = `(${last[0]}`;
    }
  }

  /** A key for each node, served by it. */
  async #nodes(): Promise<string[]> {
    const key = (probe: number) => tagPrefix(`probe-${probe}`);
    const alone = String(await this.#link.send(key(0), ['INFO', 'cluster']));
    if (!alone.includes('cluster_enabled:1')) return [key(0)];
    const asked = Array.from({ length: probes }, (_, probe) => ({ key: key(probe), args: ['CLUSTER', 'MYID'] }));
    const names = await this.#link.sendAll(asked);
    return [...new Map(names.map((name, probe) => [String(name), key(probe)])).values()];
  }
}

function byTag(keys: readonly string[]): KeysOfTag[] {
  const found = new Map<string, KeysOfTag>();
  for (const key of keys) {
    const parsed = parseKey(key);
    if (parsed === null || !isTag(parsed.tag)) continue;
    const ofTag = found.get(parsed.tag) ?? { tag: parsed.tag, handles: [], users: [] };
    found.set(parsed.tag, ofTag);
    if (parsed.handle !== null) ofTag.handles.push(parsed.handle);
    if (parsed.user !== null) ofTag.users.push(parsed.user as UserId);
  }
  return [...found.values()];
}

function keptOf(tag: string, row: readonly (string | number)[], now: number): Kept {
  const [handle = '', record, user, epoch, known, opened, seat, listed, uncounted, indexed, reason, ended, described] =
    row.map(String);
  const time = (text: string | undefined) => (text ? Number(text) : null);
  const seatUntilMs = time(seat);
  return {
    tag,
    handle,
    ref: formatRef({ tag, handle }),
    record: record as Kept['record'],
    userId: user ? (user as UserId) : null,
    epoch: Number(epoch),
    knownEpoch: time(known),
    openedAtMs: time(opened),
    seatUntilMs,
    listedAtMs: time(listed),
    uncountedUntilMs: time(uncounted),
    indexed: indexed === '1',
    described: described === '1',
    reason: reason || null,
    endedAtMs: time(ended),
    lives: record === 'live' && seatUntilMs !== null && seatUntilMs > now,
  };
}
