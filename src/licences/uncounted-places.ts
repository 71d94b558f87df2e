import type { DataSource } from 'typeorm';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { brokenConstraint, inTransaction } from '../platform/postgres.js';

/**
 * Where people sit who need neither a seat nor a membership: what ends a user must find those sessions too. A place is
 * noted before its session is opened, and stays noted.
 */
export class UncountedPlaces {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Notes that the user is about to sit in the licence. False when the user has been ended since the epoch was read, or one
   * of the two is gone: the credentials must be checked again. The row of the user is held meanwhile, so whatever ends the
   * user either has raised the epoch before or finds the place. Throws StoreUnavailable when Postgres cannot be asked.
   */
  async note(user: { readonly id: UserId; readonly epoch: number }, licenceId: LicenceId): Promise<boolean> {
    try {
      return await inTransaction(this.#dataSource, async (tx) => {
        const asKnown = 'SELECT 1 FROM users WHERE id = $1 AND epoch = $2 FOR SHARE';
        if ((await tx.query<unknown[]>(asKnown, [user.id, user.epoch])).length === 0) return false;
        const place = 'INSERT INTO uncounted_places (user_id, licence_id) VALUES ($1, $2) ON CONFLICT DO NOTHING';
        await tx.query(place, [user.id, licenceId]);
        return true;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'uncounted_places_licence_fk') return false;
      throw error;
    }
  }
}
