import type { Log } from '../platform/log.js';
import { StoreRefusesWrites, StoreUnavailable } from '../platform/unavailable.js';
import { handlesByTag, type SessionRef } from '../sessions/session-id.js';
import type { SessionStore } from '../sessions/store.js';

/** How often it is tried again, in milliseconds. */
const againMs = 250;
/** For how long after Redis answers again a command may still arrive that was sent before, in milliseconds. */
const settledMs = 3_000;
/** More than can be on their way in at once. Those beyond are tried once, and lapse with their grant. */
const most = 10_000;
/** How many one command takes back, so that checks wait for it no longer than for one another. */
const sliceSize = 500;

interface Owed {
  readonly ref: SessionRef;
  /** When Redis answered for the first time that there is nothing to withdraw yet. */
  answeredAtMs: number | null;
}

/**
 * Takes back sessions that nobody was given: their opening was not answered in time, which Redis may carry out all the same when
 * it thaws, or its answer could not be delivered. Else their seats would be held until the grant is over, and the person's next
 * try might find a full house.
 */
export class Withdrawals {
  readonly #store: Pick<SessionStore, 'close'>;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #owed = new Map<string, Owed>();
  #working: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  /** `now` is monotonic milliseconds. */
  constructor(parts: { store: Pick<SessionStore, 'close'>; now: () => number; log: Log }) {
    this.#store = parts.store;
    this.#now = parts.now;
    this.#log = parts.log;
  }

  /** Answers what `opening` does. Where nobody knows whether it is carried out, the session is withdrawn; that is not waited for. */
  async unlessAnswered<Answer>(ref: SessionRef, opening: Promise<Answer>): Promise<Answer> {
    try {
      return await opening;
    } catch (error) {
      if (error instanceof StoreUnavailable && !(error instanceof StoreRefusesWrites)) this.withdraw(ref);
      throw error;
    }
  }

  /** Begins to take a session back, now and again until it is gone or cannot come any more. Neither waits nor throws. */
  withdraw(ref: SessionRef): void {
    if (this.#owed.size < most) this.#owed.set(ref.handle, { ref, answeredAtMs: null });
    this.#begin([ref]);
  }

  /** Tries once more and leaves the rest to lapse with its grant. For shutting down. */
  async settled(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#working;
    await this.#round(this.#all());
  }

  #begin(refs: readonly SessionRef[]): void {
    this.#working = Promise.all([this.#working, this.#round(refs)]).then(() => {
      if (this.#stopped || this.#timer !== null || this.#owed.size === 0) return;
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#begin(this.#all());
      }, againMs);
    });
  }

  #all(): SessionRef[] {
    return [...this.#owed.values()].map(({ ref }) => ref);
  }

  /** As few commands as can be: after a freeze many may be owed. Never rejects. */
  async #round(refs: readonly SessionRef[]): Promise<void> {
    await Promise.all([...handlesByTag(refs)].map(([tag, handles]) => this.#closeAll(tag, handles)));
  }

  async #closeAll(tag: string, handles: readonly string[]): Promise<void> {
    for (let i = 0; i < handles.length; i += sliceSize) await this.#close(tag, handles.slice(i, i + sliceSize));
  }

  async #close(tag: string, handles: readonly string[]): Promise<void> {
    try {
      const { closed } = await this.#store.close(tag, { handles }, { reason: 'unclaimed' });
      for (const { handle } of closed) this.#owed.delete(handle);
      for (const handle of handles) this.#answered(handle);
    } catch (err) {
      if (err instanceof StoreUnavailable) return this.#putOff(handles);
      for (const handle of handles) this.#owed.delete(handle);
      this.#log.error({ err, tag }, 'a session that nobody was given could not be withdrawn');
    }
  }

  /** While Redis is away, nobody knows what it will be told when it is back. */
  #putOff(handles: readonly string[]): void {
    for (const handle of handles) {
      const owed = this.#owed.get(handle);
      if (owed !== undefined) owed.answeredAtMs = null;
    }
  }

  #answered(handle: string): void {
    const owed = this.#owed.get(handle);
    if (owed === undefined) return;
    const now = this.#now();
    owed.answeredAtMs ??= now;
    if (now - owed.answeredAtMs >= settledMs) this.#owed.delete(handle);
  }
}
