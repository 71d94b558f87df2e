import { newId, randomToken, type UserId } from '../../src/kernel/ids.js';
import type { SessionTimes } from '../../src/sessions/session.js';
import type { IssuedSessionId } from '../../src/sessions/session-id.js';
import type { SessionStore } from '../../src/sessions/store.js';
import { homeClient } from '../support/house.js';
import { plainPolicy } from '../support/plain-policy.js';
import type { StoreLab } from '../support/store-lab.js';
import type { Observed, ParallelHistory, Span } from './history-lives.js';

/** So short that sessions and grants run out while the clients are at work. */
export const hastyTimes: SessionTimes = {
  idleMs: 500,
  slackMs: 60,
  absoluteMs: 2000,
  grantMs: 250,
  rotationMs: 10_000,
};

/** A licence under many hands: what its clients did and saw is in `observed`. */
export class BusyHouse {
  readonly observed: Observed[] = [];
  readonly #users: readonly UserId[] = Array.from({ length: 6 }, () => newId<UserId>());
  /** Each user's epoch, as the database has it. */
  readonly #epochs = new Map<UserId, number>();
  /** Who was let in lately, newest last. */
  #sessions: { issued: IssuedSessionId; user: UserId }[] = [];

  constructor(
    readonly lab: StoreLab,
    readonly tag: string,
    readonly limit: number,
  ) {}

  async begin(): Promise<void> {
    const policy = plainPolicy({ seats: this.limit });
    await this.lab.store.pushPolicy(this.tag, policy);
  }

  get history(): ParallelHistory {
    const { grantMs, absoluteMs } = this.lab.times;
    return { limit: this.limit, grantMs, absoluteMs, observed: this.observed };
  }

  /** One random operation through `store`. `random` answers numbers from 0 to 1. */
  async act(store: SessionStore, random: () => number): Promise<void> {
    const chosen = this.#sessions[Math.floor(random() * this.#sessions.length)];
    const what = random();
    if (chosen === undefined || what < 0.3) return this.#open(store, random, null);
    if (what < 0.38) return this.#open(store, random, chosen);
    if (what < 0.7) return this.#check(store, chosen.issued);
    if (what < 0.75) return this.#peek(store, chosen.issued);
    if (what < 0.8) return this.#save(store, chosen.issued);
    if (what < 0.92) return this.#close(store, chosen.issued);
    if (what < 0.94) return this.#closeUser(store, chosen.user);
    const [{ used }, span] = await timed(() => store.seats(this.tag));
    this.observed.push({ ...span, kind: 'counted', used });
  }

  async #open(store: SessionStore, random: () => number, held: { issued: IssuedSessionId; user: UserId } | null) {
    const user = held?.user ?? this.#users[Math.floor(random() * this.#users.length)];
    if (user === undefined) return;
    const issued = this.lab.ids.issue(this.tag);
    const epoch = this.#epochs.get(user) ?? 1;
    const opening = {
      issued,
      userId: user,
      epoch,
      policyVersion: 1,
      delivery: 'cookie',
      fingerprint: homeClient,
      snapshot: { person: '{}', licence: '{}' },
      client: '{}',
      amr: ['pwd'],
      aal: 1,
      csrfSecret: 's',
      csrfToken: 't',
      exchange: held?.issued ?? null,
      attemptId: randomToken(8),
    } as const;
    const [opened, span] = await timed(() => store.open(opening));
    const replaced = held?.issued.handle ?? null;
    if (opened.kind === 'full') this.observed.push({ ...span, kind: 'full', held: replaced });
    else if (opened.kind === 'stale-user') this.observed.push({ ...span, kind: 'stale', user, epoch });
    else if (opened.kind !== 'opened') throw new Error(`an opening answered ${opened.kind}`);
    else {
      this.observed.push({ ...span, kind: 'opened', session: issued.handle, user, epoch, replaced });
      this.#sessions = [...this.#sessions.slice(-15), { issued, user }];
      if (random() < 0.8) await this.#confirm(store, issued);
    }
  }

  async #confirm(store: SessionStore, issued: IssuedSessionId): Promise<void> {
    const [lives, span] = await timed(() => store.confirm(issued));
    const { idleMs, slackMs } = this.lab.times;
    this.#found(lives, issued, span, 0, idleMs + slackMs);
  }

  async #check(store: SessionStore, issued: IssuedSessionId): Promise<void> {
    const [found, span] = await timed(() => store.read(issued, 'cookie', homeClient));
    const { idleMs, slackMs } = this.lab.times;
    this.#found(found.kind === 'live', issued, span, idleMs, idleMs + slackMs);
  }

  async #peek(store: SessionStore, issued: IssuedSessionId): Promise<void> {
    const [found, span] = await timed(() => store.peek(issued, 'cookie', homeClient));
    this.#found(found.kind === 'live', issued, span, 0, 0);
  }

  async #save(store: SessionStore, issued: IssuedSessionId): Promise<void> {
    const [saved, span] = await timed(() => store.saveData(issued, new Map([['a', '1']]), 100));
    this.#found(saved.kind === 'saved', issued, span, 0, 0);
  }

  #found(lives: boolean, { handle }: IssuedSessionId, span: Span, sureMs: number, mostMs: number): void {
    if (lives) this.observed.push({ ...span, kind: 'alive', session: handle, sureMs, mostMs });
    else this.observed.push({ ...span, kind: 'gone', session: handle });
  }

  async #close(store: SessionStore, { handle }: IssuedSessionId): Promise<void> {
    const [, span] = await timed(() => store.close(this.tag, { handles: [handle] }, { reason: 'signed-out' }));
    this.observed.push({ ...span, kind: 'closed', session: handle });
  }

  async #closeUser(store: SessionStore, user: UserId): Promise<void> {
    const epoch = (this.#epochs.get(user) ?? 1) + 1;
    this.#epochs.set(user, epoch);
    const cause = { reason: 'account-disabled' } as const;
    const [, span] = await timed(() => store.close(this.tag, { userId: user, epoch }, cause));
    this.observed.push({ ...span, kind: 'user-closed', user, epoch });
  }

  /** Ends whatever may still live. */
  async end(): Promise<void> {
    const handles = this.observed.flatMap((one) => (one.kind === 'opened' ? [one.session] : []));
    for (let i = 0; i < handles.length; i += 100)
      await this.lab.store.close(this.tag, { handles: handles.slice(i, i + 100) }, { reason: 'signed-out' });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<[T, Span]> {
  const called = performance.now();
  const result = await work();
  return [result, { called, answered: performance.now() }];
}
