import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { newId, type UserId } from '../kernel/ids.js';
import { recoveryCodeTable } from './factor-table.js';
import type { KeyedHash } from './keyed-hash.js';

/** How many codes a set has. */
export const recoveryCodeCount = 10;
/** With so few left, or fewer, people are told to make new ones. */
export const lowStock = 3;

const digits = '0123456789abcdefghjkmnpqrstvwxyz';
const codeLength = 25;

/** Recovery codes: 125 random bits each, so that a keyed hash is enough (ASVS 6.5.2: 112), and good once (ASVS 6.5.1). */
export class RecoveryCodes {
  readonly #hash: KeyedHash;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** Stores a new set, and answers it: this is the only time it can be read. */
  async make(tx: EntityManager, userId: UserId, factorId: string): Promise<string[]> {
    const codes = Array.from({ length: recoveryCodeCount }, newCode);
    await tx.insert(
      recoveryCodeTable,
      codes.map((code) => ({ id: newId(), factorId, hash: this.#hash.of(userId, plain(code)), usedAt: null })),
    );
    return codes.map((code) => code.replace(/(.{5})(?=.)/g, '$1-'));
  }

  /** Uses a code up and answers how many are left; null when it is none of the set, or was used. Of many, one is told. */
  async use(
    tx: EntityManager,
    asked: { readonly userId: UserId; readonly factorId: string; readonly typed: string; readonly now: Date },
  ): Promise<number | null> {
    const { userId, factorId, typed, now } = asked;
    const code = plain(typed);
    if (code.length !== codeLength) return null;
    // The set before its codes, as whoever removes it does: in the other order the two would wait for each other.
    await tx.query('SELECT 1 FROM factors WHERE id = $1 FOR UPDATE', [factorId]);
    const [used] = await tx.query<[unknown[], number]>(
      'UPDATE recovery_codes SET used_at = $3 WHERE factor_id = $1 AND hash = $2 AND used_at IS NULL RETURNING id',
      [factorId, this.#hash.of(userId, code), now],
    );
    if (used.length === 0) return null;
    await tx.query('UPDATE factors SET last_used_at = $2 WHERE id = $1', [factorId, now]);
    const [row] = await tx.query<{ left: number }[]>(
      'SELECT count(*)::int AS left FROM recovery_codes WHERE factor_id = $1 AND used_at IS NULL',
      [factorId],
    );
    return row?.left ?? 0;
  }
}

function newCode(): string {
  return [...randomBytes(codeLength)].map((byte) => digits.charAt(byte % 32)).join('');
}

/** What somebody typed, as it is hashed: capitals, spaces and hyphens are no fault, nor are O for 0 and I or L for 1. */
function plain(typed: string): string {
  return typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}
