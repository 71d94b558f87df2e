import { z } from 'zod';

// Lone surrogates cannot be stored as UTF-8, and Postgres takes no NUL; other control characters forge lines.
const oneLine = /^[^\p{Surrogate}\p{Cc}\p{Zl}\p{Zp}]*$/u;
const manyLines = /^(?:[^\p{Surrogate}\p{Cc}]|[\t\n\r])*$/u;

/** A line of text: trimmed, not empty, at most `max` characters, no control characters, no lone surrogates. */
export function line(max: number) {
  return z.string().trim().min(1).max(max).regex(oneLine, 'must be plain text on one line');
}

/** Text that may have lines: trimmed, at most `max` characters, no other control characters, no lone surrogates. */
export function lines(max: number) {
  return z.string().trim().max(max).regex(manyLines, 'must be plain text');
}

/** An e-mail address, trimmed, at most 254 characters (RFC 5321). */
export const emailAddress = line(254).pipe(z.email());

/** An ISO 8601 time with its zone, as a Date. */
export const isoInstant = z.iso
  .datetime({ offset: true })
  .max(40)
  .transform((text) => new Date(text))
  .refine((date) => {
    const year = date.getUTCFullYear();
    return year >= 1970 && year <= 9999;
  }, 'must lie between 1970 and 9999');

/** The text of a search, at most 200 characters. */
export const searchText = line(200);

/** A LIKE pattern that finds `text` anywhere, with its own wildcards taken literally. */
export function anywhere(text: string): string {
  return `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it is written in HTML, also in an attribute. */
export function inHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** The parameter of a path that is a UUID. */
export function idParameter<Id extends string>() {
  return z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be an id')
    .transform((text) => text as Id);
}
