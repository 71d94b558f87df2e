import type { DataSource, EntityManager } from 'typeorm';
import { In, MoreThanOrEqual } from 'typeorm';
import type { UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import { type FactorRow, factorTable, recoveryCodeTable } from './factor-table.js';

/** A user's factors, and how many recovery codes are left; null: none were ever made. */
export interface HeldFactors {
  /** Those that were shown to work, oldest first; recovery codes are not among them. */
  readonly confirmed: readonly FactorRow[];
  readonly recovery: { readonly row: FactorRow; readonly left: number } | null;
}

/** Reads factors. Every method throws StoreUnavailable when Postgres cannot be asked. */
export class FactorRepository {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** What a user has. */
  async held(userId: UserId, tx: EntityManager = this.#dataSource.manager): Promise<HeldFactors> {
    const rows = await askPostgres(() =>
      tx.find(factorTable, { where: { userId }, order: { createdAt: 'ASC', id: 'ASC' } }),
    );
    const confirmed = rows.filter((row) => row.confirmedAt !== null);
    const set = confirmed.find(({ kind }) => kind === 'recovery');
    return {
      confirmed: confirmed.filter(({ kind }) => kind !== 'recovery'),
      recovery: set === undefined ? null : { row: set, left: await this.#left(tx, set.id) },
    };
  }

  /** The passkey an authenticator calls so; null when nobody has it. */
  passkey(credentialId: string): Promise<FactorRow | null> {
    const manager = this.#dataSource.manager;
    return askPostgres(() => manager.findOneBy(factorTable, { credentialId, kind: 'passkey' }));
  }

  /** What a user has enrolled since then, recovery codes too. */
  confirmedSince(tx: EntityManager, userId: UserId, since: Date): Promise<FactorRow[]> {
    return tx.findBy(factorTable, { userId, confirmedAt: MoreThanOrEqual(since) });
  }

  /** Removes factors and what hangs on them. */
  async remove(tx: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await tx.delete(factorTable, { id: In([...ids]) });
  }

  #left(tx: EntityManager, factorId: string): Promise<number> {
    return askPostgres(() =>
      tx
        .createQueryBuilder(recoveryCodeTable, 'c')
        .where('c.factorId = :factorId AND c.usedAt IS NULL', { factorId })
        .getCount(),
    );
  }
}

/** A new factor, of which only what its kind has is given. */
export function newFactor(
  given: Pick<FactorRow, 'id' | 'userId' | 'kind' | 'name' | 'createdAt'> & Partial<FactorRow>,
): FactorRow {
  return {
    sealedSeed: null,
    lastUsedStep: null,
    credentialId: null,
    publicKey: null,
    counter: null,
    transports: null,
    aaguid: null,
    backupEligible: null,
    backedUp: null,
    failures: 0,
    failedAt: null,
    confirmedAt: null,
    lastUsedAt: null,
    ...given,
  };
}
