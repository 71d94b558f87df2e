import { z } from 'zod';
import { invalid } from './problem.js';

/** One page of a list. `total` is exact at the moment of asking; `nextCursor` is null on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly total: number;
}

/** What a list is asked for: at most `limit` items (1 to 200) from `cursor` on. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}

/** The query parameters that every list takes. Spread it into the schema of a list's query. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(500).optional(),
};

/** The page request in a parsed list query. */
export function pageRequest(query: { limit: number; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit, cursor: query.cursor ?? null };
}

/** A cursor holding `parts`: opaque to clients, base64url of JSON. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The parts of a cursor. Throws `invalid-request` naming `query:cursor` unless it holds exactly `kinds`. */
export function decodeCursor(cursor: string, kinds: readonly ('string' | 'number')[]): (string | number)[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === kinds.length && parts.every((part, i) => typeof part === kinds[i])) {
      return parts;
    }
  } catch {
    // Falls through to the one answer for every cursor that was not made here.
  }
  throw invalid('query:cursor', 'must be the nextCursor of an earlier answer');
}

/** The reply schema of a list of `item`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.number().int() });
}
