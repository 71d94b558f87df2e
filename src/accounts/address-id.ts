import { createHash } from 'node:crypto';
import type { UserId } from '../kernel/ids.js';
import { identifierKey } from './identifier.js';

/**
 * Stands for an address that has no account yet, where a user's id would stand: so that what was issued to it is found
 * again. A UUID of version 8 (RFC 9562), made from the SHA-256 of the address, and no account's id.
 */
export function addressId(email: string): UserId {
  const hex = createHash('sha256')
    .update(`address ${identifierKey(email)}`)
    .digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  ) as UserId;
}
