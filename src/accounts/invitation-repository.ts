import { type DataSource, type EntityManager, IsNull, MoreThan } from 'typeorm';
import type { LicenceId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { newestFirst } from '../platform/keyset.js';
import { askPostgres } from '../platform/postgres.js';
import { type InvitationRow, invitationTable } from './invitation-table.js';

const columns = [
  ['id', 'uuid'],
  ['licence_id', 'uuid'],
  ['email', 'text'],
  ['email_key', 'text'],
  ['name', 'text'],
  ['rank', 'int'],
  ['token_id', 'uuid'],
  ['created_at', 'timestamptz'],
  ['expires_at', 'timestamptz'],
  ['invited_by', 'uuid'],
] as const;
const replaced = ['email', 'name', 'rank', 'token_id', 'created_at', 'expires_at', 'invited_by'];
const insertSql = `INSERT INTO invitations (${columns.map(([name]) => name).join(', ')})
  SELECT * FROM unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})
  ON CONFLICT (licence_id, email_key) DO UPDATE
  SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}, used_at = NULL`;

/** Licences first: whoever deletes one holds it before the invitations that leave with it. */
const holdSql = `SELECT 1 FROM licences WHERE id IN (SELECT licence_id FROM invitations WHERE email_key = $1)
  ORDER BY id FOR KEY SHARE`;

const [minuteMs, hourMs] = [60_000, 3_600_000];
const mostAnHour = 5;
/** So many who invite the same address at once are counted one by one, also for several licences; of long lists less exactly. */
const fewEnough = 500;

const holdAddressesSql = `SELECT pg_advisory_xact_lock(hashtextextended('invitation ' || key, 0))
  FROM (SELECT DISTINCT unnest($1::text[]) AS key ORDER BY key) keys`;
const latelySql = `SELECT email_key AS key FROM invitations
    WHERE licence_id = $1 AND email_key = ANY($2) AND created_at > $3
  UNION SELECT lower(recipient) FROM mail_outbox
    WHERE template = 'invitation' AND created_at > $4 AND lower(recipient) = ANY($2)
    GROUP BY lower(recipient) HAVING count(*) >= ${mostAnHour}`;

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

  /** The invitation an issued token is for, used or not, too old or not; null when there is none. */
  find(tokenId: string): Promise<InvitationRow | null> {
    return askPostgres(() => this.#dataSource.manager.findOneBy(invitationTable, { tokenId }));
  }

  /** An invitation that has not been used, with its row locked; null when there is none. */
  lockUnused(tx: EntityManager, licenceId: LicenceId, id: string): Promise<InvitationRow | null> {
    const where = { id, licenceId, usedAt: IsNull() };
    return tx.findOne(invitationTable, { where, lock: { mode: 'pessimistic_write' } });
  }

  /**
   * The invitations of an address that can be accepted now, locked, and their licences kept from being deleted. Whoever waits
   * for the lock looks again.
   */
  async lockOpen(tx: EntityManager, emailKey: string, now: Date): Promise<InvitationRow[]> {
    await tx.query(holdSql, [emailKey]);
    return tx.find(invitationTable, {
      where: { emailKey, usedAt: IsNull(), expiresAt: MoreThan(now) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /**
   * Those of these addresses that are not to be written to now: invited to this licence within a minute, or sent five
   * invitations within an hour. Those who ask at the same time wait for each other.
   */
  async invitedLately(
    tx: EntityManager,
    licenceId: LicenceId,
    emailKeys: readonly string[],
    now: Date,
  ): Promise<ReadonlySet<string>> {
    const holds = [licenceId, ...(emailKeys.length <= fewEnough ? emailKeys : [])];
    await tx.query(holdAddressesSql, [holds]);
    return lately(tx, licenceId, emailKeys, now);
  }

  /** The same as it stands now, for nobody who is about to write. */
  lately(licenceId: LicenceId, emailKeys: readonly string[], now: Date): Promise<ReadonlySet<string>> {
    return askPostgres(() => lately(this.#dataSource.manager, licenceId, emailKeys, now));
  }

  /** Keeps a licence from being deleted until the end of the transaction. False when there is none. */
  async hold(tx: EntityManager, licenceId: LicenceId): Promise<boolean> {
    const found = await tx.query<unknown[]>('SELECT 1 FROM licences WHERE id = $1 FOR KEY SHARE', [licenceId]);
    return found.length > 0;
  }

  /** Adds invitations, in this order; each takes the place of an earlier one of the same address to the same licence. */
  async insertOrReplace(tx: EntityManager, rows: readonly InvitationRow[]): Promise<void> {
    await tx.query(insertSql, [
      rows.map((row) => row.id),
      rows.map((row) => row.licenceId),
      rows.map((row) => row.email),
      rows.map((row) => row.emailKey),
      rows.map((row) => row.name),
      rows.map((row) => row.rank),
      rows.map((row) => row.tokenId),
      rows.map((row) => row.createdAt),
      rows.map((row) => row.expiresAt),
      rows.map((row) => row.invitedBy),
    ]);
  }
}

async function lately(
  tx: EntityManager,
  licenceId: LicenceId,
  emailKeys: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const since = (ms: number) => new Date(now.getTime() - ms);
  const rows = await tx.query<{ key: string }[]>(latelySql, [licenceId, emailKeys, since(minuteMs), since(hourMs)]);
  return new Set(rows.map(({ key }) => key));
}
