import { type DataSource, type EntityManager, IsNull, MoreThan } from 'typeorm';
import type { LicenceId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { newestFirst } from '../platform/keyset.js';
import { askPostgres } from '../platform/postgres.js';
import { type InvitationRow, invitationTable } from './invitation-table.js';

const insertSql = `INSERT INTO invitations
  (id, licence_id, email, email_key, name, rank, token_hash, created_at, expires_at, invited_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (licence_id, email_key) DO UPDATE SET email = excluded.email, name = excluded.name, rank = excluded.rank,
    token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at,
    invited_by = excluded.invited_by, used_at = NULL`;

/** Reads and writes invitations. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class InvitationRepository {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** A page of the invitations to a licence, newest first. */
  list(licenceId: LicenceId, page: PageRequest): Promise<Page<InvitationRow>> {
    const query = this.#dataSource
      .createQueryBuilder(invitationTable, 'i')
      .where('i.licenceId = :licenceId', { licenceId });
    return newestFirst(query, page, { alias: 'i', time: 'createdAt', id: 'id' });
  }

  /** The invitation with this secret, used or not, too old or not; null when there is none. */
  find(tokenHash: string): Promise<InvitationRow | null> {
    return askPostgres(() => this.#dataSource.manager.findOneBy(invitationTable, { tokenHash }));
  }

  /** An invitation that has not been used, with its row locked; null when there is none. */
  lockUnused(tx: EntityManager, licenceId: LicenceId, id: string): Promise<InvitationRow | null> {
    const where = { id, licenceId, usedAt: IsNull() };
    return tx.findOne(invitationTable, { where, lock: { mode: 'pessimistic_write' } });
  }

  /** The invitations of an address that can be accepted now, locked. Whoever waits for the lock looks again. */
  lockOpen(tx: EntityManager, emailKey: string, now: Date): Promise<InvitationRow[]> {
    return tx.find(invitationTable, {
      where: { emailKey, usedAt: IsNull(), expiresAt: MoreThan(now) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Adds an invitation, or puts it in the place of an earlier one of the same address to the same licence. */
  async insertOrReplace(tx: EntityManager, row: InvitationRow): Promise<void> {
    const { id, licenceId, email, emailKey, name, rank, tokenHash, createdAt, expiresAt, invitedBy } = row;
    const values = [id, licenceId, email, emailKey, name, rank, tokenHash, createdAt, expiresAt, invitedBy];
    await tx.query(insertSql, values);
  }
}
