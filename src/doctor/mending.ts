import type { DataSource } from 'typeorm';
import type { UserRepository } from '../accounts/user-repository.js';
import { userTable } from '../accounts/user-table.js';
import type { By } from '../audit/audit-log.js';
import type { Changes } from '../audit/changes.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { licencePolicyPush } from '../licences/licence-pushes.js';
import { type LicenceRepository, policyOf } from '../licences/licence-repository.js';
import { licenceTable } from '../licences/licence-table.js';
import type { Outbox, OutboxHandlers } from '../platform/outbox.js';
import type { Json } from '../platform/outbox-table.js';
import { askPostgres } from '../platform/postgres.js';
import type { RedisSender } from '../platform/redis.js';
import { policyKey, tagPrefix } from '../sessions/keys.js';
import { userKeyOf } from '../sessions/pushes.js';
import { type EndReason, endReasons } from '../sessions/session.js';
import type { SessionScripts } from '../sessions/session-scripts.js';
import type { SessionStore } from '../sessions/store.js';
import type { Finding, FindingKind } from './finding.js';
import { missedEvent } from './missed-event.js';

/** What mending is done with. */
export interface MendingParts {
  readonly dataSource: DataSource;
  readonly link: RedisSender;
  readonly scripts: Pick<SessionScripts, 'mend'>;
  readonly store: SessionStore;
  readonly changes: Changes;
  readonly outbox: Pick<Outbox, 'flush'>;
  readonly handlers: OutboxHandlers;
  readonly licences: LicenceRepository;
  readonly users: UserRepository;
  /** How long a session can live: what was pushed before cannot matter. */
  readonly absoluteMs: number;
}

type Mend = (found: Finding) => Promise<unknown>;

/**
 * Puts right what was found, one finding at a time, by the same ways as everything else: through the outbox, through
 * scripts that look again first, and through the events that become the history. Harmless when done twice.
 */
export class Mending {
  readonly #parts: MendingParts;
  readonly #by: By;
  readonly #nowMs: number;
  readonly #ways: Readonly<Record<FindingKind, Mend>>;

  constructor(parts: MendingParts, by: By, nowMs: number) {
    this.#parts = parts;
    this.#by = by;
    this.#nowMs = nowMs;
    const act =
      (name: string): Mend =>
      (found) =>
        this.#act(found, { act: name });
    const end =
      (reason: EndReason): Mend =>
      (found) =>
        this.#end(found, reason);
    this.#ways = {
      'outbox-stuck': ({ facts }) => parts.outbox.flush([facts.key ?? '']),
      'policy-missing': (found) => this.#bringPolicy(found),
      'policy-old': (found) => this.#bringPolicy(found),
      'policy-differs': (found) => this.#raisePolicy(found),
      'policy-ahead': (found) => this.#raisePolicy(found),
      'epoch-lost': (found) => this.#applyAgain(found),
      'epoch-ahead': (found) => this.#raiseEpoch(found),
      'overage-forgotten': (found) => this.#bringPolicy(found),
      'overage-unknown': (found) => this.#act(found, { act: 'forget-day', day: found.facts.day ?? 0 }),
      'seat-without-session': act('finish'),
      'session-without-seat': act('finish'),
      'listed-without-session': act('finish'),
      'session-unlisted': act('list'),
      'index-missing': act('index'),
      'index-stray': act('unindex'),
      'client-missing': act('describe'),
      'client-stray': act('undescribe'),
      'uncounted-stray': act('uncount'),
      'session-of-nobody': end('account-disabled'),
      'session-of-stranger': end('member-removed'),
      'session-of-no-licence': (found) => this.#closeLicence(found),
      'session-in-suspended-licence': end('licence-suspended'),
      'session-outdated': end('credentials-changed'),
      'session-revived': (found) => this.#endAgain(found),
      'admission-missing': (found) => this.#tell(found),
      'release-missing': (found) => this.#tell(found),
      'release-without-admission': (found) => this.#tell(found),
    };
  }

  /** Puts one thing right. Throws StoreUnavailable. */
  async mend(found: Finding): Promise<void> {
    await this.#ways[found.kind](found);
  }

  #act({ tag, facts }: Finding, request: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { handle, userId: user } = facts;
    return this.#parts.scripts.mend.run(this.#parts.link, tagPrefix(tag ?? ''), [
      JSON.stringify({ handle, user, ...request }),
    ]);
  }

  async #end({ tag, facts }: Finding, reason: EndReason): Promise<void> {
    const { handle, ref, userId } = facts;
    if (tag === null || handle === undefined || ref === undefined) return;
    const { closed } = await this.#parts.store.close(tag, { handles: [handle] }, { reason });
    if (closed.length === 0) return;
    const detail = { reason, userId, mended: true };
    await this.#parts.changes.make(this.#by, (change) =>
      change.audit({ action: 'session.ended', target: { type: 'session', id: ref }, detail }),
    );
  }

  /** The first ending counts: the browser is told what it was told then. */
  async #endAgain(found: Finding): Promise<void> {
    const rows = await askPostgres(() =>
      this.#parts.dataSource.query<{ reason: string }[]>('SELECT reason FROM session_events WHERE id = $1', [
        `${found.facts.ref}:released`,
      ]),
    );
    await this.#end(found, endReasons.find((reason) => reason === rows[0]?.reason) ?? 'signed-out');
  }

  async #bringPolicy({ tag, facts }: Finding): Promise<void> {
    const policy = await this.#parts.licences.policyFor(facts.licenceId as LicenceId);
    if (tag === null || policy === null) return;
    await this.#parts.store.pushPolicy(tag, policy, facts.day === undefined ? [] : [facts.day]);
  }

  async #raisePolicy({ facts }: Finding): Promise<void> {
    const id = facts.licenceId as LicenceId;
    await this.#parts.changes.make(this.#by, async (change) => {
      const licence = await this.#parts.licences.lock(change.tx, id);
      if (licence === null) return;
      const version = Math.max(licence.version, facts.redis ?? 0) + 1;
      await change.tx.update(licenceTable, { id }, { version, updatedAt: change.now });
      const detail = { version: { from: licence.version, to: version }, mended: true };
      await change.audit({ action: 'licence.updated', target: { type: 'licence', id }, detail });
      await change.push(licencePolicyPush(id, policyOf({ ...licence, version })));
    });
  }

  /** Nobody may enter what is not there, and who is inside leaves. */
  async #closeLicence(found: Finding): Promise<void> {
    const { tag } = found;
    if (tag === null) return;
    const version = await this.#parts.link.send(tagPrefix(tag), ['HGET', policyKey(tag), 'v']);
    const closed = {
      seats: 0,
      state: 'suspended',
      validFromMs: null,
      validToMs: null,
      perUser: null,
      chain: [],
    } as const;
    await this.#parts.store.pushPolicy(tag, { version: Number(version ?? 0) + 1, ...closed });
    await this.#end(found, 'licence-suspended');
  }

  async #applyAgain({ facts }: Finding): Promise<void> {
    const rows = await askPostgres(() =>
      this.#parts.dataSource.query<{ kind: string; key: string; payload: Json }[]>(
        'SELECT kind, key, payload FROM outbox WHERE key = $1 AND applied_at IS NOT NULL AND created_at >= $2 ORDER BY id',
        [userKeyOf(facts.userId as UserId), new Date(this.#nowMs - this.#parts.absoluteMs)],
      ),
    );
    for (const row of rows) await this.#parts.handlers.apply(row);
  }

  async #raiseEpoch({ facts }: Finding): Promise<void> {
    const id = facts.userId as UserId;
    await this.#parts.changes.make(this.#by, async (change) => {
      const user = await this.#parts.users.lock(change.tx, id);
      const epoch = facts.redis ?? 0;
      if (user === null || user.epoch >= epoch) return;
      await change.tx.update(userTable, { id }, { epoch, version: user.version + 1, updatedAt: change.now });
      const detail = { epoch: { from: user.epoch, to: epoch }, mended: true };
      await change.audit({ action: 'user.updated', target: { type: 'user', id }, detail });
    });
  }

  async #tell(found: Finding): Promise<void> {
    const { dataSource, absoluteMs } = this.#parts;
    const event = await missedEvent(dataSource, found, { nowMs: this.#nowMs, absoluteMs });
    await this.#act(found, { act: 'tell', user: found.facts.userId ?? '', ...event });
  }
}
