import { pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verify } from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import type { Derived, ForeignHash } from './foreign-hash.js';

const derivedByPbkdf2 = promisify(pbkdf2);
const derivedByScrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Whether a password is the one another system made this hash of, by that system's own rules: bcrypt reads 72 bytes. */
export async function compareForeign(password: string, foreign: ForeignHash): Promise<boolean> {
  switch (foreign.kind) {
    case 'bcrypt':
      return bcrypt.compare(password, foreign.hash);
    case 'argon2':
      return verify(foreign.hash, password);
    case 'scrypt': {
      const { N, r, p } = foreign.cost;
      const maxmem = 128 * N * r + 128 * r * p + 1_048_576;
      return same(foreign, (salt, bytes) => derivedByScrypt(password, salt, bytes, { N, r, p, maxmem }));
    }
    case 'pbkdf2': {
      const { iterations, digest } = foreign;
      return same(foreign, (salt, bytes) => derivedByPbkdf2(password, salt, iterations, bytes, digest));
    }
  }
}

async function same(
  { salt, derived }: Derived,
  derive: (salt: Buffer, bytes: number) => Promise<Buffer>,
): Promise<boolean> {
  const expected = Buffer.from(derived, 'base64');
  return timingSafeEqual(await derive(Buffer.from(salt, 'base64'), expected.length), expected);
}
