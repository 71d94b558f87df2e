/** A hash another system made of a password, as far as its work goes. */
export type ForeignHash =
  | { readonly kind: 'bcrypt'; readonly hash: string; readonly pace: string }
  | { readonly kind: 'argon2'; readonly hash: string; readonly pace: string }
  | ({ readonly kind: 'scrypt'; readonly cost: ScryptCost; readonly pace: string } & Derived)
  | ({
      readonly kind: 'pbkdf2';
      readonly digest: Digest;
      readonly iterations: number;
      readonly pace: string;
    } & Derived);

/** What was derived from a password with a salt, base64. */
export interface Derived {
  readonly salt: string;
  readonly derived: string;
}

/** The parameters of scrypt (RFC 7914). */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

type Digest = 'sha256' | 'sha512';

/** A hash that cannot be read: `fault` says why, in words for whoever brought it. */
export interface Unreadable {
  readonly fault: string;
}

/** Some 900 ms on an ordinary core, like every other bound here. */
const highestBcrypt = 14;
const mostArgon2 = { memoryKiB: 262_144, work: 1_048_576, lanes: 16 } as const;
const mostScrypt = { bytes: 268_435_456, work: 2 ** 21 } as const;
const mostIterations = 3_000_000;
const tooDear = 'costs more than a second of a core to check, which would let anybody stop the sign-in';

/**
 * Reads a hash of another system, in the form that system keeps it: bcrypt (`$2a$`, `$2b$`, `$2y$`), argon2id and argon2i (PHC),
 * scrypt (PHC), PBKDF2 with SHA-256 or SHA-512 (PHC, passlib, Django). Those whose work has no bound are unreadable.
 */
export function readForeign(text: string): ForeignHash | Unreadable {
  if (text.length > 512) return { fault: 'is longer than a hash' };
  return readBcrypt(text) ?? readArgon2(text) ?? readScrypt(text) ?? readPbkdf2(text) ?? { fault: unknown };
}

const unknown = 'is no hash known here: bcrypt, argon2id, argon2i, scrypt and PBKDF2 with SHA-256 or SHA-512 are';

function readBcrypt(text: string): ForeignHash | Unreadable | null {
  const [, costText, rest] = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$/.exec(text) ?? [];
  if (rest === undefined) return null;
  const cost = Number(costText);
  if (cost > highestBcrypt) return { fault: tooDear };
  if (cost < 4) return { fault: 'has a cost under 4, which bcrypt does not have' };
  // The three letters name bugs of old programs, none of which was in what made 2y and 2b.
  return { kind: 'bcrypt', hash: `$2b$${costText}$${rest}`, pace: `foreign bcrypt ${cost}` };
}

function readArgon2(text: string): ForeignHash | Unreadable | null {
  const form =
    /^\$argon2(?:id|i)\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;
  const [, memory, passes, lanes] = (form.exec(text) ?? []).map(Number);
  if (memory === undefined || passes === undefined || lanes === undefined) return null;
  if (memory < 8 * lanes || passes < 1 || lanes < 1) return { fault: 'has parameters that argon2 does not have' };
  const dear = memory > mostArgon2.memoryKiB || memory * passes > mostArgon2.work || lanes > mostArgon2.lanes;
  return dear
    ? { fault: tooDear }
    : { kind: 'argon2', hash: text, pace: `foreign argon2 ${memory} ${passes} ${lanes}` };
}

function readScrypt(text: string): ForeignHash | Unreadable | null {
  const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/.]{11,86})\$([A-Za-z0-9+/.]{22,86})$/;
  const [, ln, r, p, salt, derived] = form.exec(text) ?? [];
  if (salt === undefined || derived === undefined) return null;
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  if (cost.N < 2 || cost.r < 1 || cost.p < 1) return { fault: 'has parameters that scrypt does not have' };
  const work = cost.N * cost.r * cost.p;
  if (128 * cost.N * cost.r > mostScrypt.bytes || work > mostScrypt.work) return { fault: tooDear };
  return { kind: 'scrypt', cost, salt: base64(salt), derived: base64(derived), pace: `foreign scrypt ${work}` };
}

/** Django salts with the characters themselves; the others write the bytes of the salt in base64. */
function readPbkdf2(text: string): ForeignHash | Unreadable | null {
  const phc =
    /^\$pbkdf2-(sha256|sha512)\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([\w+/.-]{2,128})\$([A-Za-z0-9+/.]{22,88}={0,2})$/;
  const django = /^pbkdf2_(sha256|sha512)\$(\d{1,9})\$([^$]{1,128})\$([A-Za-z0-9+/]{22,88}={0,2})$/;
  const [, digest, count, given, derived] = phc.exec(text) ?? django.exec(text) ?? [];
  if ((digest !== 'sha256' && digest !== 'sha512') || given === undefined || derived === undefined) return null;
  const iterations = Number(count);
  if (iterations > mostIterations) return { fault: tooDear };
  if (iterations < 1) return { fault: 'has no iterations' };
  const salt = text.startsWith('$') ? base64(given) : Buffer.from(given, 'utf8').toString('base64');
  const pace = `foreign pbkdf2 ${digest} ${iterations}`;
  return { kind: 'pbkdf2', digest, iterations, salt, derived: base64(derived), pace };
}

/** passlib writes a dot where base64 has a plus. */
function base64(text: string): string {
  return text.replaceAll('.', '+');
}
