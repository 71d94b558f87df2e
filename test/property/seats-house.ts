import assert from 'node:assert/strict';
import { newId, randomToken, type UserId } from '../../src/kernel/ids.js';
import type { Credential } from '../../src/sessions/session-id.js';
import type { Opening } from '../../src/sessions/store.js';
import { homeClient } from '../support/house.js';
import { clockKey } from '../support/shifted-clock.js';
import type { StoreLab } from '../support/store-lab.js';
import { firstLimits, type ModelSession, refOf, type SeatsModel, userCount } from './seats-model.js';

/** Answers, for each prefix in KEYS, all seats, all of the index by time, the users' indexes, and the state of the handles asked for. */
const lookScript = `
local answer = {}
for i, prefix in ipairs(KEYS) do
  local asked = cjson.decode(ARGV[i])
  local users, records = {}, {}
  for j, user in ipairs(asked.users) do users[j] = redis.call('SMEMBERS', prefix .. ':u:' .. user) end
  for j, handle in ipairs(asked.handles) do
    local record = redis.call('HMGET', prefix .. ':s:' .. handle, 'v', 'r')
    records[j] = record[1] and 'live' or record[2] or 'none'
  end
  answer[i] = { redis.call('ZRANGE', prefix .. ':seats', 0, -1, 'WITHSCORES'), redis.call('ZRANGE', prefix .. ':opened', 0, -1), users, records,
    redis.call('ZRANGE', prefix .. ':uncounted', 0, -1, 'WITHSCORES'), redis.call('HKEYS', prefix .. ':clients') }
end
return answer`;

type Seen = readonly [
  seats: string[],
  opened: string[],
  users: string[][],
  records: string[],
  uncounted: string[],
  clients: string[],
];

/** The real side of the model: three tags of their own in the store, and what the model must be compared with. */
export class SeatsHouse {
  readonly tags: readonly string[];
  readonly users: readonly UserId[] = Array.from({ length: userCount }, () => newId<UserId>());
  #turn = 0;

  constructor(
    readonly lab: StoreLab,
    lane: number,
  ) {
    const seatless = `s${String(lane).padStart(2, '0')}`;
    this.tags = firstLimits.map((limit) => (limit === null ? seatless : newId()));
  }

  tag(index: number): string {
    const tag = this.tags[index];
    if (tag === undefined) throw new Error(`there is no tag ${index}`);
    return tag;
  }

  user(index: number): UserId {
    const user = this.users[index];
    if (user === undefined) throw new Error(`there is no user ${index}`);
    return user;
  }

  /** Two server processes take turns. */
  get store() {
    return this.#turn++ % 2 ? this.lab.other : this.lab.store;
  }

  async begin(model: SeatsModel): Promise<void> {
    await this.setClock(model.nowMs);
    for (const index of this.tags.keys()) await this.pushPolicy(model, index);
  }

  async setClock(nowMs: number): Promise<void> {
    const keys = this.tags.map(clockKey);
    await this.lab.link.sendAll(keys.map((key) => ({ key, args: ['SET', key, `=${nowMs}`] })));
  }

  async pushPolicy(model: SeatsModel, index: number): Promise<void> {
    const { limit, version, suspended, draining, fromMs, toMs, perUser, chain } = model.tag(index);
    if (limit === null) return;
    const state = suspended ? 'suspended' : draining ? 'draining' : 'active';
    await this.store.pushPolicy(this.tag(index), {
      version,
      seats: limit,
      state,
      validFromMs: fromMs,
      validToMs: toMs,
      perUser,
      chain,
    });
  }

  opening(model: SeatsModel, tag: number, user: number, over: Partial<Opening> = {}): Opening {
    const { limit, version } = model.tag(tag);
    return {
      issued: this.lab.ids.issue(this.tag(tag)),
      userId: this.user(user),
      epoch: model.epochOf(user),
      policyVersion: limit === null ? null : version,
      delivery: 'cookie',
      fingerprint: homeClient,
      snapshot: { person: '{}', licence: 'null' },
      client: '{}',
      amr: ['pwd'],
      aal: 1,
      csrfSecret: 's',
      csrfToken: 't',
      exchange: null,
      attemptId: `${this.tag(tag)}-${model.attempts++}`,
      ...over,
    };
  }

  forged(session: ModelSession): Credential {
    return { ...session.issued, verifier: randomToken(32) };
  }

  /** Compares every seat, index, record and count with the model, and one tag as the port shows it. */
  async compare(model: SeatsModel, shown: number): Promise<void> {
    const [seen, seats, list] = await Promise.all([
      this.#look(model),
      this.lab.other.seats(this.tag(shown)),
      this.lab.store.list(this.tag(shown), {}, 100, null),
    ]);
    for (const [index, one] of seen.entries()) this.#compareTag(model, index, one);
    const live = model.live(shown);
    const used = model.counted(shown).length;
    assert.deepEqual(seats, { used, limit: model.tag(shown).limit }, 'seats in use and limit');
    assert.deepEqual(list.items.map((item) => item.handle).sort(), handles(live), 'the list shows who lives');
    assert.equal(list.total, live.length, 'the total of the list');
  }

  async #look(model: SeatsModel): Promise<Seen[]> {
    const keys = this.tags.map((tag) => `{${tag}}`);
    const asked = this.tags.map((_, index) =>
      JSON.stringify({
        users: this.users,
        handles: model.sessions.filter((s) => s.tag === index).map((s) => s.issued.handle),
      }),
    );
    const args = [
      'EVAL',
      lookScript,
      String(keys.length),
      ...keys,
      ...asked.map((text) => text.replaceAll('"handles":[]', '"handles":{}')),
    ];
    return (await this.lab.link.send(keys[0] ?? '', args)) as Seen[];
  }

  #compareTag(model: SeatsModel, index: number, [seats, opened, users, records, uncounted, clients]: Seen): void {
    const all: string[] = [];
    const live = new Map<string, number>();
    for (let i = 0; i + 1 < seats.length; i += 2) {
      all.push(seats[i] ?? '');
      if (Number(seats[i + 1]) > model.nowMs) live.set(seats[i] ?? '', Number(seats[i + 1]));
    }
    const expected = model.live(index);
    assert.deepEqual([...live.keys()].sort(), handles(expected), 'a seat for each live session and no other');
    for (const { issued, endsAtMs } of expected)
      assert.equal(live.get(issued.handle), endsAtMs, 'when a session ends by itself');
    assert.deepEqual([...opened].sort(), all.sort(), 'the index by time holds the seats');
    assert.deepEqual([...clients].sort(), all, 'the index of clients holds the seats');
    for (const { issued, endsAtMs, ...session } of expected) {
      const at = uncounted.indexOf(issued.handle);
      const told = at === -1 ? null : Number(uncounted[at + 1]);
      assert.equal(told, session.uncounted ? endsAtMs : null, 'which sessions take no seat');
    }
    const sessions = model.sessions.filter((session) => session.tag === index);
    for (const [user, indexed] of users.entries()) {
      const own = sessions.filter((s) => s.user === user && (s.stray || all.includes(s.issued.handle)));
      assert.deepEqual([...indexed].sort(), handles(own), 'the index of a user holds their seats');
    }
    for (const [i, session] of sessions.entries()) {
      const { lost, issued, ended } = session;
      const state = lost ? 'none' : all.includes(issued.handle) ? 'live' : ended;
      assert.equal(records[i], state, `the record of ${refOf(session)}`);
    }
  }

  /** Compares the whole history and leaves nothing behind. */
  async finish(model: SeatsModel): Promise<void> {
    for (const [index, tag] of this.tags.entries()) {
      await this.store.reconcile(tag);
      model.sweep(index);
      await this.compare(model, index);
      const { events, positions } = await this.lab.store.events(tag, 10_000);
      const told = events.map(({ id, reason, userId, atMs, used }) => ({
        id,
        reason,
        user: userId && this.users.indexOf(userId),
        atMs,
        used,
      }));
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      assert.deepEqual(told.sort(byId), [...model.tag(index).events].sort(byId), 'the history tells each thing once');
      await this.lab.store.acknowledge(tag, positions);
    }
  }

  /** Deletes every key the sequence can have made. */
  async clear(model: SeatsModel): Promise<void> {
    const keys = this.tags.flatMap((tag, index) => [
      ...['policy', 'seats', 'opened', 'uncounted', 'clients', 'overage', 'events', 'test-clock'].map(
        (name) => `{${tag}}:${name}`,
      ),
      ...this.users.map((user) => `{${tag}}:u:${user}`),
      ...model.sessions.filter((s) => s.tag === index).map((s) => `{${tag}}:s:${s.issued.handle}`),
    ]);
    await this.lab.link.send(keys[0] ?? '', ['UNLINK', ...keys]);
  }
}

function handles(sessions: readonly ModelSession[]): string[] {
  return sessions.map((session) => session.issued.handle).sort();
}
