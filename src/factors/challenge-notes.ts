import type { DataSource, EntityManager } from 'typeorm';
import type { UserRepository } from '../accounts/user-repository.js';
import type { UserId } from '../kernel/ids.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import type { Json } from '../platform/outbox-table.js';
import { inTransaction } from '../platform/postgres.js';

/** What has been asked of the person in a challenge, beside what sign-in keeps there itself. */
export interface Asked {
  /** The code that was e-mailed last, hashed. */
  readonly email?: { readonly hash: string; readonly sends: number; readonly sentAtMs: number } | undefined;
  /** What the passkey is to sign: no secret. */
  readonly passkey?: string | undefined;
}

/** A challenge by its id and its secret. */
export interface ChallengeShown {
  readonly id: string;
  readonly secret: string;
}

type Held = { readonly [name: string]: Json | undefined };

/** Notes within a challenge: they live, end and are revoked with it. */
export class ChallengeNotes {
  readonly #dataSource: DataSource;
  readonly #users: Pick<UserRepository, 'lock'>;
  readonly #challenges: Pick<IssuedTokens<Json>, 'find' | 'change'>;

  constructor(parts: {
    dataSource: DataSource;
    users: Pick<UserRepository, 'lock'>;
    challenges: Pick<IssuedTokens<Json>, 'find' | 'change'>;
  }) {
    this.#dataSource = parts.dataSource;
    this.#users = parts.users;
    this.#challenges = parts.challenges;
  }

  /**
   * Reads what was asked and writes what `work` makes of it, one at a time for a user. Null when the challenge is not good
   * any more, or another's. Throws what `work` throws, and then nothing was written.
   */
  change<T>(
    userId: UserId,
    challenge: ChallengeShown,
    work: (asked: Asked, tx: EntityManager) => Promise<{ readonly asked: Asked; readonly result: T }>,
  ): Promise<T | null> {
    return inTransaction(this.#dataSource, async (tx) => {
      await this.#users.lock(tx, userId);
      const found = await this.#challenges.find(challenge.secret, tx);
      if (found === null || found.id !== challenge.id || found.userId !== userId) return null;
      const data = found.data as Held;
      const { asked, result } = await work((data['asked'] ?? {}) as Asked, tx);
      const written = await this.#challenges.change(tx, found.id, { ...data, asked: { ...asked } });
      return written ? result : null;
    });
  }
}
