import type { Delivery, LiveSession } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import type { RedisLink, RedisSender } from '../platform/redis.js';
import { isUnknownScript } from '../platform/redis-script.js';
import { StoreRefusesWrites } from '../platform/unavailable.js';
import type { Fingerprint } from './client.js';
import { findRequest, foundReply, idlestReply, idlestRequest, shownReply } from './find-request.js';
import { eventsKey, tagPrefix } from './keys.js';
import { epochTold, outcomeOf } from './last-told.js';
import { deliveryCode, openRequest } from './open-request.js';
import { type CheckReply, checkReply, closedReply, dataOf, eventReply, listReply, UnexpectedReply } from './replies.js';
import type { SessionTimes } from './session.js';
import { type Credential, formatRef, type IssuedSessionId, licenceOfTag, type SessionRef } from './session-id.js';
import type { Whose } from './session-news.js';
import type { SessionScripts } from './session-scripts.js';
import type { FindRequest, FoundSlice, IdlestRequest, IdlestSlice } from './session-traits.js';
import type {
  Cause,
  ClosedSession,
  Closing,
  EventBatch,
  ListedPage,
  ListedSession,
  ListFilter,
  Opened,
  Opening,
  Proof,
  ReadOutcome,
  SaveOutcome,
  SeatPolicy,
  SessionStore,
} from './store.js';

/** After Redis has refused a write, checks go straight to `peek` for so long. */
const peekInsteadMs = 500;

/** The session store in Redis (one server, a cluster or a sentinel group): one script per verb, one round trip each. */
export class RedisSessionStore implements SessionStore {
  readonly #link: RedisSender & Pick<RedisLink, 'health'>;
  readonly #scripts: SessionScripts;
  readonly #times: SessionTimes;
  readonly #now: () => number;
  readonly #touched: (tag: string) => void;
  readonly #changed: (tag: string, whose: Whose) => void;
  readonly #idleWithSlack: string;
  readonly #slack: string;
  readonly #positions = new Map<string, number>();
  #peekUntil = 0;

  /**
   * `now` is monotonic milliseconds; it only spaces out write attempts while Redis refuses them. `touched` is told the tag
   * whenever something was added to its history; `changed`, whose sessions were ended or refreshed.
   */
  constructor(options: {
    link: RedisSender & Pick<RedisLink, 'health'>;
    scripts: SessionScripts;
    times: SessionTimes;
    now: () => number;
    touched?: (tag: string) => void;
    changed?: (tag: string, whose: Whose) => void;
  }) {
    this.#link = options.link;
    this.#scripts = options.scripts;
    this.#times = options.times;
    this.#now = options.now;
    this.#touched = options.touched ?? (() => {});
    this.#changed = options.changed ?? (() => {});
    this.#idleWithSlack = String(options.times.idleMs + options.times.slackMs);
    this.#slack = String(options.times.slackMs);
  }

  async open(opening: Opening): Promise<Opened> {
    const { tag } = opening.issued;
    const reply = await this.#run('open', tag, [openRequest(opening, this.#times)]);
    this.#touched(tag);
    switch (reply[0]) {
      case 1:
        this.#changed(tag, { userId: opening.userId }); // it may have taken the place of another of theirs
        return { kind: 'opened', session: this.#openedSession(opening, Number(reply[1])) };
      case 2:
        return {
          kind: 'full',
          used: Number(reply[1]),
          limit: Number(reply[2]),
          nextFreeAtMs: reply[3] ? Number(reply[3]) : null,
          own: reply[4] as string[],
          code: reply[5] as 'FULL' | 'USER_MAX',
        };
      case 3:
        return { kind: 'refused', code: reply[1] as 'SUSPENDED' | 'NOT_STARTED' | 'EXPIRED' };
      case 4:
        return { kind: 'policy-needed' };
      case 5:
        return { kind: 'stale-user' };
      default:
        throw new UnexpectedReply('open');
    }
  }

  /** As it will be once the opening is confirmed. */
  #openedSession(opening: Opening, at: number): LiveSession {
    const absoluteExpiresAtMs = at + this.#times.absoluteMs;
    return {
      ref: formatRef(opening.issued),
      tag: opening.issued.tag,
      handle: opening.issued.handle,
      delivery: opening.delivery,
      createdAtMs: at,
      lastSeenAtMs: at,
      expiresAtMs: Math.min(at + this.#times.idleMs + this.#times.slackMs, absoluteExpiresAtMs),
      absoluteExpiresAtMs,
      authenticatedAtMs: opening.authenticatedAtMs ?? at,
      amr: opening.amr,
      aal: opening.aal,
      data: new Map(),
      csrfSecret: opening.csrfSecret,
      csrfToken: opening.csrfToken,
    };
  }

  async confirm(ref: SessionRef): Promise<boolean> {
    return (await this.#scripts.confirm.run(this.#link, tagPrefix(ref.tag), [ref.handle, this.#idleWithSlack])) === 1;
  }

  async read(credential: Credential, delivery: Delivery, fingerprint: Fingerprint): Promise<ReadOutcome> {
    if (this.#peekUntil !== 0) {
      if (this.#now() < this.#peekUntil) return this.peek(credential, delivery, fingerprint);
      this.#peekUntil = 0;
    }
    const args = this.#checkArgs(credential, delivery, fingerprint);
    let reply: unknown;
    try {
      reply = await this.#scripts.read.runKnown(this.#link, tagPrefix(credential.tag), args);
    } catch (error) {
      if (error instanceof StoreRefusesWrites) {
        this.#peekUntil = this.#now() + peekInsteadMs;
        return this.peek(credential, delivery, fingerprint);
      }
      if (!isUnknownScript(error)) throw error;
      reply = await this.#scripts.read.run(this.#link, tagPrefix(credential.tag), args);
    }
    const found = outcomeOf(reply, credential, delivery);
    return found.kind === 'over' ? this.#closeOver(credential, found.reason) : found;
  }

  async peek(credential: Credential, delivery: Delivery, fingerprint: Fingerprint): Promise<ReadOutcome> {
    const args = this.#checkArgs(credential, delivery, fingerprint);
    const reply = await this.#scripts.peek.run(this.#link, tagPrefix(credential.tag), args);
    const found = outcomeOf(reply, credential, delivery);
    return found.kind === 'over' ? { kind: 'ended', reason: found.reason, message: null } : found;
  }

  async lives({ tag, handle }: SessionRef): Promise<boolean> {
    const seated = licenceOfTag(tag) === null ? '0' : '1';
    return (await this.#scripts.lives.run(this.#link, tagPrefix(tag), [handle, seated])) === 1;
  }

  /** What both `read` and `peek` are asked with: one array at its size, as the hot path wants it. */
  #checkArgs(credential: Credential, delivery: Delivery, fingerprint: Fingerprint): string[] {
    return [
      credential.handle,
      credential.verifier,
      deliveryCode[delivery] + fingerprint.client,
      String(fingerprint.version),
      credential.seated ? '1' : '0',
      this.#idleWithSlack,
      this.#slack,
      epochTold(credential),
    ];
  }

  /** A session that is over by the licence's window or an epoch has to stay so when the licence is renewed. */
  async #closeOver(ref: SessionRef, reason: Extract<CheckReply, { kind: 'over' }>['reason']): Promise<ReadOutcome> {
    await this.close(ref.tag, { handles: [ref.handle] }, { reason });
    return { kind: 'ended', reason, message: null };
  }

  async saveData(
    credential: Credential,
    changes: ReadonlyMap<string, string | null>,
    maxBytes: number,
  ): Promise<SaveOutcome> {
    const args = [credential.handle, credential.verifier, credential.seated ? '1' : '0', String(maxBytes)];
    for (const [name, text] of changes) args.push(text === null ? 'r' : 's', name, text ?? '');
    const reply = await this.#run('save', credential.tag, args);
    if (reply[0] === 1) return { kind: 'saved', data: dataOf(reply[1] as string[]) };
    if (reply[0] === 6) return { kind: 'too-large' };
    const found = checkReply(reply, credential, 'cookie');
    if (found.kind === 'live' || found.kind === 'other-client') throw new UnexpectedReply('save');
    return found.kind === 'over' ? { kind: 'ended', reason: found.reason, message: null } : found;
  }

  async rotate(current: SessionRef, next: IssuedSessionId, proof?: Proof): Promise<boolean> {
    const args = [current.handle, next.verifier, String(this.#times.rotationMs)];
    if (proof !== undefined) args.push(proof.amr.join(' '), String(proof.aal));
    return (await this.#scripts.rotate.run(this.#link, tagPrefix(current.tag), args)) === 1;
  }

  async refresh(tag: string, userId: UserId, epoch: number, person: string): Promise<number> {
    const refreshed = await this.#scripts.refresh.run(this.#link, tagPrefix(tag), [userId, String(epoch), person]);
    this.#changed(tag, { userId });
    return Number(refreshed);
  }

  async close(tag: string, which: Closing, cause: Cause): Promise<{ closed: readonly ClosedSession[]; more: boolean }> {
    const { userId, ...rest } = which as Closing & { userId?: UserId };
    const request = { ...rest, ...(userId === undefined ? {} : { user: userId }), ...cause };
    const [more, ...pairs] = await this.#run('close', tag, [JSON.stringify(request)]);
    this.#touched(tag);
    const closed = closedReply(pairs);
    this.#changed(tag, { handles: closed.map(({ handle }) => handle) });
    return { closed, more: more === 1 };
  }

  async list(tag: string, filter: ListFilter, limit: number, after: string | null): Promise<ListedPage> {
    const place = after?.split(':') ?? ['', ''];
    return listReply(await this.#run('list', tag, [String(limit), filter.userId ?? '', ...place]), tag);
  }

  async find(tag: string, request: FindRequest): Promise<FoundSlice> {
    return foundReply(await this.#run('find', tag, [findRequest(request)]));
  }

  async idlest(tag: string, request: IdlestRequest): Promise<IdlestSlice | null> {
    return idlestReply(await this.#run('idlest', tag, [idlestRequest(request)]));
  }

  async show(tag: string, handles: readonly string[]): Promise<readonly ListedSession[]> {
    return handles.length === 0 ? [] : shownReply(await this.#run('show', tag, handles), tag);
  }

  async seats(tag: string): Promise<{ used: number; limit: number | null }> {
    const [{ used, limit } = { used: 0, limit: null }] = await this.counts([tag]);
    return { used, limit };
  }

  async counts(tags: readonly string[]): Promise<{ used: number; limit: number | null; living: number }[]> {
    const replies = await Promise.all(tags.map((tag) => this.#run('count', tag, [])));
    return replies.map(([used, limit, living]) => ({
      used: Number(used),
      limit: limit === '' ? null : Number(limit),
      living: Number(living),
    }));
  }

  async total(tags: readonly string[]): Promise<number> {
    return (await this.counts(tags)).reduce((sum, { living }) => sum + living, 0);
  }

  async refuse(tag: string, refusal: Parameters<SessionStore['refuse']>[1]): Promise<void> {
    const { attemptId, userId, code, requestId = '' } = refusal;
    await this.#scripts.refuse.run(this.#link, tagPrefix(tag), [attemptId, userId, code, requestId]);
    this.#touched(tag);
  }

  async pushPolicy(tag: string, policy: SeatPolicy, overageDays: readonly number[] = []): Promise<void> {
    await this.#scripts.policy.run(this.#link, tagPrefix(tag), [
      String(policy.version),
      String(policy.seats),
      policy.state,
      policy.validFromMs === null ? '' : String(policy.validFromMs),
      policy.validToMs === null ? '' : String(policy.validToMs),
      policy.perUser === null ? '' : String(policy.perUser),
      policy.chain.length === 0 ? '' : JSON.stringify(policy.chain),
      ...overageDays.map(String),
    ]);
  }

  async reconcile(tag: string): Promise<{ expired: number; mended: number; events: number }> {
    const position = this.#positions.get(tag) ?? 0;
    const [expired, mended, next, events] = (await this.#run('reconcile', tag, [String(position)])).map(Number);
    if (next) this.#positions.set(tag, next);
    else this.#positions.delete(tag);
    return { expired: expired ?? 0, mended: mended ?? 0, events: events ?? 0 };
  }

  async events(tag: string, atMost: number): Promise<EventBatch> {
    const reply = await this.#link.send(tagPrefix(tag), ['XRANGE', eventsKey(tag), '-', '+', 'COUNT', String(atMost)]);
    if (!Array.isArray(reply)) throw new UnexpectedReply('XRANGE');
    const entries = reply as [string, string[]][];
    return {
      events: entries.map(([, flat]) => eventReply(tag, flat)),
      positions: entries.map(([position]) => position),
    };
  }

  async acknowledge(tag: string, positions: readonly string[]): Promise<void> {
    if (positions.length > 0) await this.#link.send(tagPrefix(tag), ['XDEL', eventsKey(tag), ...positions]);
  }

  health(): { reachable: boolean; writesRefusedSinceMs: number | null } {
    return this.#link.health();
  }

  async #run(name: keyof SessionScripts, tag: string, args: readonly string[]): Promise<unknown[]> {
    const reply = await this.#scripts[name].run(this.#link, tagPrefix(tag), args);
    if (!Array.isArray(reply)) throw new UnexpectedReply(name);
    return reply;
  }
}
