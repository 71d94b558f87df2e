import assert from 'node:assert/strict';
import type { Delivery, LiveSession } from '../../src/kernel/actor.js';
import { newId, randomToken, type UserId } from '../../src/kernel/ids.js';
import type { Fingerprint } from '../../src/sessions/client.js';
import { tagPrefix } from '../../src/sessions/keys.js';
import type { EndReason } from '../../src/sessions/session.js';
import type { IssuedSessionId } from '../../src/sessions/session-id.js';
import type {
  Cause,
  Closing,
  Opened,
  Opening,
  ReadOutcome,
  SeatPolicy,
  SessionEvent,
} from '../../src/sessions/store.js';
import { plainPolicy } from './plain-policy.js';
import { freezeClock } from './shifted-clock.js';
import type { StoreLab } from './store-lab.js';

/** The client every guest uses unless a test says otherwise. */
export const homeClient: Fingerprint = { client: 'firefox/linux/desktop', version: 140 };

/** Somebody who sits: what the browser holds and what the store answered. */
export interface Guest {
  readonly issued: IssuedSessionId;
  readonly userId: UserId;
  readonly opening: Opening;
  readonly session: LiveSession;
}

const digestScript = `
-- DUMP follows the order of a hash table, which changes under lookups while the table is being resized.
local function content(key)
  if redis.call('TYPE', key).ok ~= 'hash' then return redis.call('DUMP', key) end
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[#fields + 1] = flat[i] .. '=' .. flat[i + 1] end
  table.sort(fields)
  return table.concat(fields, ' ')
end
local answer, cursor = {}, '0'
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1] .. ':*', 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    if string.sub(key, 1, #ARGV[1]) == ARGV[1] and not string.find(key, ':test-clock', 1, true) then
      answer[#answer + 1] = key .. ' ' .. redis.sha1hex(content(key)) .. ' ' .. redis.call('PEXPIRETIME', key)
    end
  end
until cursor == '0'
table.sort(answer)
return answer`;

/** One tag as a test sees it: opens sessions with little said, sets the time, and looks at what was left behind. */
export class House {
  version = 0;
  #policy = plainPolicy({ seats: 2 });

  constructor(
    readonly lab: StoreLab,
    readonly tag: string,
    public nowMs: number,
  ) {}

  get prefix(): string {
    return tagPrefix(this.tag);
  }

  /** Pushes the next version of the policy: the last one with `changes`. Two seats to begin with. */
  async policy(changes: Partial<Omit<SeatPolicy, 'version'>>): Promise<void> {
    this.#policy = { ...this.#policy, ...changes };
    this.version += 1;
    await this.lab.store.pushPolicy(this.tag, { ...this.#policy, version: this.version });
  }

  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    await freezeClock(this.lab.link, this.tag, this.nowMs);
  }

  opening(over: Partial<Opening> = {}): Opening {
    const userId = over.userId ?? newId<UserId>();
    return {
      issued: this.lab.ids.issue(this.tag),
      userId,
      epoch: 1,
      policyVersion: this.version === 0 ? null : this.version,
      delivery: 'cookie',
      fingerprint: homeClient,
      snapshot: {
        person: JSON.stringify({ id: userId, name: 'Zoë "Z" O’Hara\n' }),
        licence: JSON.stringify({ serial: 'A-1' }),
      },
      client: JSON.stringify({
        userAgent: 'Firefox\nwith two lines',
        ip: '192.0.2.1',
        browser: 'Firefox',
        os: 'Linux',
      }),
      amr: ['pwd', 'otp'],
      aal: 2,
      csrfSecret: 'csrf-secret',
      csrfToken: 'csrf-token',
      exchange: null,
      attemptId: randomToken(8),
      ...over,
    };
  }

  open(over: Partial<Opening> = {}): Promise<Opened> {
    return this.lab.store.open(this.opening(over));
  }

  /** Opens a session and does not confirm it. */
  async hold(over: Partial<Opening> = {}): Promise<Guest> {
    const opening = this.opening(over);
    const opened = await this.lab.store.open(opening);
    assert.equal(opened.kind, 'opened', JSON.stringify(opened));
    assert.ok(opened.kind === 'opened');
    return { issued: opening.issued, userId: opening.userId, opening, session: opened.session };
  }

  /** Opens a session and confirms it. */
  async sit(over: Partial<Opening> = {}): Promise<Guest> {
    const guest = await this.hold(over);
    assert.equal(await this.lab.store.confirm(guest.issued), true);
    return guest;
  }

  /** Fills `count` seats, each with a user of its own. */
  async fill(count: number): Promise<Guest[]> {
    return Promise.all(Array.from({ length: count }, () => this.sit()));
  }

  read(guest: Guest, fingerprint = homeClient, delivery: Delivery = 'cookie'): Promise<ReadOutcome> {
    return this.lab.store.read(guest.issued, delivery, fingerprint);
  }

  peek(guest: Guest, fingerprint = homeClient, delivery: Delivery = 'cookie'): Promise<ReadOutcome> {
    return this.lab.store.peek(guest.issued, delivery, fingerprint);
  }

  close(which: Closing, cause: Cause = { reason: 'ended-by-staff' }) {
    return this.lab.store.close(this.tag, which, cause);
  }

  end(guest: Guest, reason: EndReason = 'signed-out') {
    return this.close({ handles: [guest.issued.handle] }, { reason });
  }

  async used(): Promise<number> {
    return (await this.lab.store.seats(this.tag)).used;
  }

  /** The whole history that has not been acknowledged, oldest first. */
  async history(): Promise<readonly SessionEvent[]> {
    return (await this.lab.store.events(this.tag, 100_000)).events;
  }

  /** Reads as live and answers the session. */
  async alive(guest: Guest): Promise<LiveSession> {
    const found = await this.read(guest);
    assert.ok(found.kind === 'live', `expected a live session, found ${JSON.stringify(found)}`);
    return found.session;
  }

  /** Reads as ended for `reason`. */
  async over(guest: Guest, reason: EndReason, message: string | null = null): Promise<void> {
    assert.deepEqual(await this.read(guest), { kind: 'ended', reason, message });
  }

  /** Every key of the tag with a digest of what it holds and when it vanishes. */
  async digest(): Promise<readonly string[]> {
    return (await this.lab.link.send(this.prefix, ['EVAL', digestScript, '1', this.prefix, this.prefix])) as string[];
  }

  /** The keys of the tag, the test's clock aside. */
  async keys(): Promise<readonly string[]> {
    return (await this.digest()).map((line) => line.split(' ')[0] ?? '');
  }
}
