import { randomBytes } from 'node:crypto';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const checkSymbols = `${digits}*~$=U`;

/**
 * A new serial, `XXXX-XXXX-XXXX-XXXX`: 75 random bits in Crockford's base 32, which has no letters that look like digits,
 * and his check symbol (the number modulo 37), which finds every mistyped character and every swapped pair.
 */
export function newSerial(): string {
  const text = [...randomBytes(15)].map((byte) => digits.charAt(byte % 32)).join('');
  return grouped(text + checkSymbol(text));
}

/** Whether the text is a serial whose check symbol is right. */
export function isSerial(text: string): boolean {
  const plain = text.replaceAll('-', '');
  return /^[0-9A-HJKMNP-TV-Z]{15}[0-9A-HJKMNP-TV-Z*~$=U]$/.test(plain) && checkSymbol(plain.slice(0, 15)) === plain[15];
}

/**
 * The serial somebody typed, as it is kept: lower case, spaces and missing hyphens are no fault, nor are O for 0 and I or L
 * for 1. Null when a character is missing, or wrong, or two are swapped.
 */
export function serialFrom(typed: string): string | null {
  const plain = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return isSerial(plain) ? grouped(plain) : null;
}

function grouped(plain: string): string {
  return plain.replace(/(.{4})(?=.)/g, '$1-');
}

function checkSymbol(text: string): string {
  let value = 0;
  for (const character of text) value = (value * 32 + digits.indexOf(character)) % 37;
  return checkSymbols.charAt(value);
}
