import type { DataSource, EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Actor } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.js';
import { invalid } from '../kernel/problem.js';
import { askPostgres } from '../platform/postgres.js';
import { type AuditFilter, auditNames, auditQuery } from './audit-search.js';
import { type AuditRow, auditTable } from './audit-table.js';

/** Everything that is audited. */
export const auditActions = [
  'user.created',
  'user.updated',
  'user.disabled',
  'user.enabled',
  'user.given-up',
  'user.deleted',
  'user.credentials-changed',
  'remembered.reused',
  'remembered.revoked',
  'owner.created',
  'owner.updated',
  'owner.deleted',
  'licence.created',
  'licence.updated',
  'licence.suspended',
  'licence.reinstated',
  'licence.renewed',
  'licence.started',
  'licence.deleted',
  'licence.near-limit',
  'licence.full',
  'licence.over',
  'licence.expiring',
  'member.added',
  'member.removed',
  'manager.appointed',
  'manager.dismissed',
  'member.updated',
  'invitation.made',
  'invitation.revoked',
  'invitation.accepted',
  'session.opened-uncounted',
  'session.ended',
  'token.revoked',
  'role.created',
  'role.updated',
  'role.deleted',
] as const;

/** The name of something audited: what it was done to, and what was done. */
export type AuditAction = (typeof auditActions)[number];

/** Who did it: a signed-in person, a person of whom only the id is known, the server itself, or nobody who is known. */
export type AuditActor = Actor | { readonly userId: UserId } | 'system' | null;

/** On whose order something is done, and by which request. */
export interface By {
  readonly actor: AuditActor;
  readonly caller: {
    readonly requestId: string;
    readonly address: string | null;
    readonly userAgent?: string;
  } | null;
  /** Who worked on the command line, as the operating system knows them: the server acts on their order. */
  readonly operator?: string;
}

/** The server itself. */
export const bySystem: By = { actor: 'system', caller: null };

/** The person behind `by`, or undefined. */
export function personBehind(by: By): UserId | undefined {
  if (by.actor === null || by.actor === 'system') return undefined;
  return 'person' in by.actor ? by.actor.person.id : by.actor.userId;
}

/** What the audit log is told. `detail` must not hold secrets. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly target: { readonly type: 'user' | 'owner' | 'licence' | 'session' | 'role'; readonly id: string };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** How many lines one statement reads or writes. */
const atOnce = 1_000;

/** Who did what. Lines are only ever added, in the transaction of what they tell. */
export class AuditLog {
  readonly #dataSource: DataSource;
  readonly #clock: Clock;

  constructor(dataSource: DataSource, clock: Clock) {
    this.#dataSource = dataSource;
    this.#clock = clock;
  }

  /** Adds lines in the caller's transaction. */
  async record(tx: EntityManager, by: By, ...entries: readonly AuditEntry[]): Promise<void> {
    const at = new Date(this.#clock.nowMs());
    const lines = entries.map((entry) => ({
      at,
      action: entry.action,
      ...actorColumns(by.actor),
      targetType: entry.target.type,
      targetId: entry.target.id,
      detail: by.operator === undefined ? (entry.detail ?? null) : { ...entry.detail, operator: by.operator },
      requestId: by.caller?.requestId ?? null,
      ip: by.caller?.address ?? null,
    }));
    for (let from = 0; from < lines.length; from += atOnce) {
      const some = lines.slice(from, from + atOnce);
      await tx.createQueryBuilder().insert().into(auditTable).values(some).updateEntity(false).execute();
    }
  }

  /** A page of lines, newest first. */
  async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditRow>> {
    const query = await auditQuery(this.#dataSource, filter);
    const total = await askPostgres(() => query.getCount());
    if (page.cursor !== null) {
      const [before] = decodeCursor(page.cursor, ['number']);
      if (!Number.isSafeInteger(before)) throw invalid('query:cursor', 'must be the nextCursor of an earlier answer');
      query.andWhere('a.id < :before', { before });
    }
    const rows = await newestFirst(query, page.limit + 1);
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > page.limit && last ? encodeCursor([Number(last.id)]) : null, total };
  }

  /** The newest lines, so many at most, a thousand at a time. */
  async *newest(filter: AuditFilter, most: number): AsyncGenerator<AuditRow[]> {
    const query = await auditQuery(this.#dataSource, filter);
    let before: string | null = null;
    for (let left = most; left > 0; left -= atOnce) {
      const some = query.clone();
      if (before !== null) some.andWhere('a.id < :before', { before });
      const rows = await newestFirst(some, Math.min(left, atOnce));
      if (rows.length > 0) yield rows;
      if (rows.length < atOnce) return;
      before = rows.at(-1)?.id ?? null;
    }
  }

  /** What the people, licences and owners in these lines are called, by id. */
  names(rows: readonly AuditRow[]): Promise<Record<string, string>> {
    return auditNames(this.#dataSource, rows);
  }
}

function newestFirst(query: SelectQueryBuilder<AuditRow>, limit: number): Promise<AuditRow[]> {
  return askPostgres(() => query.orderBy('a.id', 'DESC').take(limit).getMany());
}

function actorColumns(actor: AuditActor): Pick<AuditRow, 'actorKind' | 'actorId' | 'actorEmail'> {
  if (actor === 'system') return { actorKind: 'system', actorId: null, actorEmail: null };
  if (actor === null) return { actorKind: 'anonymous', actorId: null, actorEmail: null };
  if ('person' in actor) return { actorKind: 'person', actorId: actor.person.id, actorEmail: actor.person.email };
  return { actorKind: 'person', actorId: actor.userId, actorEmail: null };
}
