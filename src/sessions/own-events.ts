import type { Actor, Caller } from '../kernel/actor.js';
import { type Clock, isoTime, monotonicMs } from '../kernel/clock.js';
import type { StreamedEvent, Streaming } from '../kernel/route.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import type { Checked, SessionCheck } from './check.js';
import { isResumable } from './session.js';
import type { SessionNews } from './session-news.js';

/** How often it is looked in any case: a message may have been lost, and time ends sessions without one. */
const lookAgainMs = 3_000;
/** Around the end of a session it is looked this soon again, in case the clocks differ. */
const soonestMs = 250;
/** So long before its end somebody is told of it; at the latest after half the time somebody may be idle. */
const warnedMs = [300_000, 60_000];

/**
 * What happens to one's own session, as it happens and whichever process brings it about: `ended`, `expiring`, `role-changed`.
 * It looks as a background request does: the session never slides for it, and the stream does not outlive it (ASVS 7.4.1).
 */
export class OwnEvents {
  readonly #check: Pick<SessionCheck, 'check' | 'actor'>;
  readonly #news: Pick<SessionNews, 'follow'>;
  readonly #clock: Clock;
  readonly #warnedMs: readonly number[];

  constructor(options: {
    check: Pick<SessionCheck, 'check' | 'actor'>;
    news: Pick<SessionNews, 'follow'>;
    clock: Clock;
    idleMs: number;
  }) {
    this.#check = options.check;
    this.#news = options.news;
    this.#clock = options.clock;
    this.#warnedMs = [...new Set(warnedMs.map((ms) => Math.min(ms, options.idleMs / 2)))];
  }

  /** The events of the session a request came with, for so many seconds; null: as long as somebody listens. */
  follow(actor: Actor, caller: Caller, forSeconds: number | null = null): Streaming {
    const untilMs = forSeconds === null ? Number.POSITIVE_INFINITY : monotonicMs() + forSeconds * 1000;
    const look = () =>
      this.#check.check({
        authorization: caller.header('authorization'),
        cookie: caller.header('cookie'),
        userAgent: caller.userAgent,
        background: true,
      });
    return async (send, over) => {
      const rest = new Rest(over);
      const { tag, handle } = actor.session;
      const leave = this.#news.follow({ tag, handle, userId: actor.person.id }, () => rest.wake());
      const told = new Told(actor, this.#warnedMs);
      try {
        // The first look comes at once: something may have happened since the request was let in.
        for (;;) {
          rest.begin();
          const found = await unlessAway(look);
          if (found !== null && found.kind !== 'live') return endingOf(found);
          if (over.aborted) return null;
          const nowMs = this.#clock.nowMs();
          let leftMs = lookAgainMs;
          if (found !== null) {
            const seen = this.#check.actor(found.session, found.snapshot);
            for (const event of told.news(seen, nowMs)) send(event);
            leftMs = found.session.expiresAtMs - nowMs;
          }
          // Next at what comes first: the end, a warning, or the look that is due in any case.
          const aheadMs = [leftMs, ...this.#warnedMs.map((ms) => leftMs - ms)].filter((ms) => ms > 0);
          const restMs = Math.min(untilMs - monotonicMs(), lookAgainMs, Math.max(soonestMs, Math.min(...aheadMs)));
          if (restMs <= 0) return null;
          await rest.until(restMs);
        }
      } finally {
        leave();
      }
    };
  }
}

/** What somebody has been told of a session, and what there is to tell. */
class Told {
  #rights: string;
  #warned = '';

  constructor(
    actor: Actor,
    private readonly warnedMs: readonly number[],
  ) {
    this.#rights = rightsOf(actor);
  }

  news(actor: Actor, nowMs: number): StreamedEvent[] {
    const events: StreamedEvent[] = [];
    const rights = rightsOf(actor);
    if (rights !== this.#rights) {
      const { roles, permissions } = actor.person;
      events.push({ name: 'role-changed', data: { roles, permissions } });
      this.#rights = rights;
    }
    const { expiresAtMs, absoluteExpiresAtMs } = actor.session;
    const passed = this.warnedMs.filter((ms) => expiresAtMs - nowMs <= ms).length;
    const warned = passed === 0 ? '' : `${passed} ${expiresAtMs}`;
    if (warned !== '' && warned !== this.#warned) {
      const data = { expiresAt: isoTime(expiresAtMs), absoluteExpiresAt: isoTime(absoluteExpiresAtMs) };
      events.push({ name: 'expiring', data });
    }
    this.#warned = warned;
    return events;
  }
}

function rightsOf({ person: { roles, permissions } }: Actor): string {
  return JSON.stringify([roles, permissions]);
}

/** The last event; null where there is nothing to say to whoever listens, as when the session has a new secret. */
function endingOf(found: Exclude<Checked, { kind: 'live' }>): StreamedEvent | null {
  if (found.kind === 'other-client') return ended('user-agent', null);
  return found.kind === 'ended' && found.reason !== 'unclaimed' ? ended(found.reason, found.message) : null;
}

function ended(reason: Extract<Checked, { kind: 'ended' }>['reason'], message: string | null): StreamedEvent {
  return { name: 'ended', data: { reason, ...(message === null ? {} : { message }), resumable: isResumable(reason) } };
}

/** A store that is away says nothing about the session. */
async function unlessAway(look: () => Promise<Checked>): Promise<Checked | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

/** Waits between two looks. What wakes it during a look counts for the wait that follows. */
class Rest {
  #awake = false;
  #rise: () => void = () => {};

  constructor(private readonly over: AbortSignal) {
    over.addEventListener('abort', () => this.wake(), { once: true });
  }

  begin(): void {
    this.#awake = this.over.aborted;
  }

  wake(): void {
    this.#awake = true;
    this.#rise();
  }

  until(ms: number): Promise<void> {
    if (this.#awake) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#rise = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
