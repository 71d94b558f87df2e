/** How new passwords are hashed: bcrypt with a work factor, or argon2id with 19 MiB, two passes and one lane (RFC 9106; OWASP). */
export type HashScheme = { readonly name: 'bcrypt'; readonly cost: number } | { readonly name: 'argon2id' };

/** The parameters of argon2id. */
export const argon2Cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A stored hash that was made here: over a pre-hash, never over a password itself. */
export interface OwnHash {
  /** What the library that made it reads. */
  readonly hash: string;
  readonly scheme: HashScheme;
}

const bcryptForm = /^bcrypt\$v1\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const argon2Form = /^argon2id\$v1\$(\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43})$/;
/** A stored hash that costs more was not made here, and would take a core for seconds. */
const highestCost = 15;
/** bcrypt's time at cost 0 on an ordinary core; doubles with each step. */
const bcryptMs = 0.05;
const argon2Ms = 15;

/** The stored form of what a library made. */
export function storedForm({ name }: HashScheme, hash: string): string {
  return `${name}$v1$${hash}`;
}

/** What a stored text holds that was made here; null for every other text. */
export function readOwn(stored: string): OwnHash | null {
  const [, bcrypt, costText] = bcryptForm.exec(stored) ?? [];
  const cost = Number(costText);
  if (bcrypt !== undefined) return cost > highestCost ? null : { hash: bcrypt, scheme: { name: 'bcrypt', cost } };
  const argon2 = argon2Form.exec(stored)?.[1];
  return argon2 === undefined ? null : { hash: argon2, scheme: { name: 'argon2id' } };
}

/** A well-formed hash, so that comparing with it takes the full work; nobody's password. */
export function decoyOf(scheme: HashScheme): OwnHash {
  const hash =
    scheme.name === 'bcrypt'
      ? `$2b$${String(scheme.cost).padStart(2, '0')}$${'N'.repeat(22)}${'o'.repeat(31)}`
      : `$argon2id$v=19$m=19456,t=2,p=1$${'N'.repeat(21)}A$${'o'.repeat(42)}A`;
  return { hash, scheme };
}

/** How long one hash is thought to take before any was measured, in milliseconds. */
export function firstGuessMs(scheme: HashScheme): number {
  return scheme.name === 'bcrypt' ? bcryptMs * 2 ** scheme.cost : argon2Ms;
}

/** A name for all hashes that take the same time. */
export function paceOf(scheme: HashScheme): string {
  return scheme.name === 'bcrypt' ? `bcrypt ${scheme.cost}` : scheme.name;
}
